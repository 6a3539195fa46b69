#include "clients/irc_joins.h"

#include <algorithm>
#include <utility>

namespace twx {
namespace {

constexpr std::size_t most_line = 400;  // bytes of names and keys in one JOIN
constexpr Duration shortest_growing = std::chrono::milliseconds(100);

}  // namespace

IrcJoins::IrcJoins(Clock& clock, std::vector<Channel> const& channels, Times times, Send send)
    : clock_(clock), times_(times), send_(std::move(send)) {
  for (auto const& channel : channels) seats_.emplace_back().channel = channel;
}

// Those with keys come first, as the command has it.
void IrcJoins::start(std::size_t most) {
  started_ = true;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (!seats_[i].in) order.push_back(i);
  std::stable_partition(order.begin(), order.end(),
                        [this](std::size_t i) { return !seats_[i].channel.key.empty(); });
  std::vector<std::size_t> list;
  std::size_t size = 0;
  for (auto const index : order) {
    auto const& channel = seats_[index].channel;
    auto const more = channel.name.size() + channel.key.size() + 2;
    if (!list.empty() && (list.size() >= most || size + more > most_line)) {
      ask(list);
      list.clear();
      size = 0;
    }
    list.push_back(index);
    size += more;
  }
  if (!list.empty()) ask(list);
}

void IrcJoins::ask(std::vector<std::size_t> const& list) {
  // First: what fails after this is tried again.
  for (auto const index : list) {
    seats_[index].asked = true;
    seats_[index].next = clock_.call_later(times_.answer, [this, index] { refused(index); });
  }
  std::string channels;
  std::string keys;
  for (auto const index : list) {
    auto const& channel = seats_[index].channel;
    if (!channels.empty()) channels += ',';
    channels += channel.name;
    if (!keys.empty() && !channel.key.empty()) keys += ',';
    keys += channel.key;
  }
  send_(channels, keys);
}

void IrcJoins::ask(std::size_t index) { ask(std::vector<std::size_t>{index}); }

void IrcJoins::joined(std::size_t index) {
  auto& seat = seats_[index];
  seat.in = true;
  seat.asked = false;
  seat.since = clock_.now();
  seat.tries = 0;
  seat.next = {};
}

// An answer that comes twice makes no second call.
void IrcJoins::refused(std::size_t index) {
  auto& seat = seats_[index];
  if (!std::exchange(seat.asked, false)) return;
  try_later(index, seat.tries++);
}

void IrcJoins::left(std::size_t index) {
  auto& seat = seats_[index];
  if (!std::exchange(seat.in, false)) return;
  if (clock_.now() - seat.since >= times_.proved) seat.kicks = 0;
  try_later(index, seat.kicks++);
}

void IrcJoins::try_later(std::size_t index, unsigned before) {
  seats_[index].next = clock_.call_later(delay(before), [this, index] { ask(index); });
}

Duration IrcJoins::delay(unsigned before) const {
  if (before == 0) return times_.first;
  auto const most = std::max(times_.first, times_.most);
  auto delay = std::max(times_.first, shortest_growing);
  for (; before > 0 && delay < most; --before) delay *= 2;
  return std::min(delay, most);
}

void IrcJoins::hurry(std::size_t index) {
  auto const& seat = seats_[index];
  if (started_ && !seat.in && !seat.asked) ask(index);
}

void IrcJoins::hurry() {
  for (std::size_t index = 0; index < seats_.size(); ++index) hurry(index);
}

}  // namespace twx
