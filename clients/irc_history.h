// Filling gaps from a server's history (IRCv3 chathistory).
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "clients/irc_log_event.h"
#include "reactor/function.h"

namespace twx {

// The last thing that was heard in a channel, as a history can find it.
struct IrcMark {
  std::string id = {};                         // of the tag msgid
  std::optional<IrcLogEvent::Time> time = {};  // the server's
};

// Which messages have been seen: the last 4096 ids. Equal texts are no sign, people repeat
// themselves.
class IrcSeen {
 public:
  static constexpr std::size_t most = 4096;

  // True for one that is new, or has no id.
  bool add(std::string_view id);

 private:
  std::deque<std::size_t> order_;
  std::unordered_set<std::size_t> hashes_;
};

// Asks page by page for what came behind a mark. Channels are told by their index.
class IrcHistory {
 public:
  static constexpr unsigned most_pages = 100;  // for one gap
  static constexpr std::size_t usual_page = 100;

  // `reference` is what CHATHISTORY AFTER takes: "msgid=...", "timestamp=...".
  using Ask = Function<void(std::size_t channel, std::string const& reference, std::size_t limit)>;

  explicit IrcHistory(Ask ask) : ask_(std::move(ask)) {}

  // What the server says: the most for one request, 0 for any number; which references it knows
  // (MSGREFTYPES), empty: both.
  void set_limits(std::size_t most, std::string_view types);

  // False if the mark is none that can be asked for.
  bool begin(std::size_t channel, IrcMark mark);
  // It is being filled.
  bool fills(std::size_t channel) const { return gaps_.contains(channel); }
  // A message of a page has come; `fresh`: one that was not seen before.
  void heard(std::size_t channel, IrcMark mark, bool fresh);

  enum class End { none, more, whole, cut };
  // The page is complete. more: the next was asked for; whole: all is there; cut: there is more,
  // but that was enough; none: nobody asked for it.
  End page_ended(std::size_t channel);
  // The server does not give it. Where that may be for the id it is asked again by time; otherwise
  // that was all: cut.
  End failed(std::size_t channel);

 private:
  struct Gap {
    IrcMark mark;
    unsigned pages = 0;
    std::size_t fresh = 0;  // in this page
    bool by_time = false;
  };

  bool ask(std::size_t channel, Gap const&);

  Ask ask_;
  std::size_t page_ = usual_page;
  bool ids_ = true;
  bool times_ = true;
  std::map<std::size_t, Gap> gaps_;
};

}  // namespace twx
