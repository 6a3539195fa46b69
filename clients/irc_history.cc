#include "clients/irc_history.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "reactor/ascii.h"
#include "reactor/utc_text.h"

namespace twx {
bool IrcSeen::add(std::string_view id) {
  if (id.empty()) return true;
  auto const hash = std::hash<std::string_view>()(id);
  if (!hashes_.insert(hash).second) return false;
  order_.push_back(hash);
  if (order_.size() > most) {
    hashes_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

void IrcHistory::set_limits(std::size_t most, std::string_view types) {
  page_ = most == 0 ? usual_page : std::min(most, usual_page);
  ids_ = types.empty() || lists(types, "msgid");
  times_ = types.empty() || lists(types, "timestamp");
}

bool IrcHistory::begin(std::size_t channel, IrcMark mark) {
  Gap gap{.mark = std::move(mark)};
  if (!ask(channel, gap)) return false;
  gaps_.insert_or_assign(channel, std::move(gap));
  return true;
}

bool IrcHistory::ask(std::size_t channel, Gap const& gap) {
  if (ids_ && !gap.by_time && !gap.mark.id.empty())
    ask_(channel, "msgid=" + gap.mark.id, page_);
  else if (times_ && gap.mark.time)
    ask_(channel,
         "timestamp=" + utc_text(std::chrono::floor<std::chrono::milliseconds>(*gap.mark.time)),
         page_);
  else
    return false;
  return true;
}

void IrcHistory::heard(std::size_t channel, IrcMark mark, bool fresh) {
  auto const found = gaps_.find(channel);
  if (found == gaps_.end()) return;
  found->second.mark = std::move(mark);
  if (fresh) ++found->second.fresh;
}

// A page with nothing new in it is the last: what follows was heard since.
IrcHistory::End IrcHistory::page_ended(std::size_t channel) {
  auto const found = gaps_.find(channel);
  if (found == gaps_.end()) return End::none;
  auto& gap = found->second;
  auto const done = std::exchange(gap.fresh, 0) == 0;
  if (!done && ++gap.pages < most_pages && ask(channel, gap)) return End::more;
  gaps_.erase(found);
  return done ? End::whole : End::cut;
}

IrcHistory::End IrcHistory::failed(std::size_t channel) {
  auto const found = gaps_.find(channel);
  if (found == gaps_.end()) return End::none;
  auto& gap = found->second;
  if (!std::exchange(gap.by_time, true) && !gap.mark.id.empty() && ask(channel, gap))
    return End::more;
  gaps_.erase(found);
  return End::cut;
}

}  // namespace twx
