#include "protocols/irc_send_queue.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocols/irc_error.h"

namespace twx {

TokenBucket::TokenBucket(IrcRate rate) : rate_(rate) {
  if (rate.burst == 0) throw std::invalid_argument("a rate lets one pass at least");
  if (rate.interval < Duration::zero()) throw std::invalid_argument("an interval is not negative");
}

Duration TokenBucket::wait(Time now) const {
  auto const longest = rate_.interval * static_cast<Duration::rep>(rate_.burst - 1);
  return std::max(Duration::zero(), full_ - now - longest);
}

bool TokenBucket::take(Time now) {
  if (wait(now) > Duration::zero()) return false;
  full_ = std::max(full_, now) + rate_.interval;
  return true;
}

IrcSendQueue::IrcSendQueue(Clock& clock, IrcRate rate, Function<void(std::string const&)> send)
    : clock_(clock), bucket_(rate), send_(std::move(send)) {}

Result<void> IrcSendQueue::push(std::string line) {
  if (lines_.size() >= most) return Failure(IrcError::queue_full);
  lines_.push_back(std::move(line));
  if (!next_.active()) send_due();
  return {};
}

std::size_t IrcSendQueue::clear() {
  next_ = {};
  return std::exchange(lines_, {}).size();
}

void IrcSendQueue::send_due() {
  auto const now = clock_.now();
  while (!lines_.empty() && bucket_.take(now)) {
    auto const line = std::move(lines_.front());
    lines_.pop_front();
    send_(line);
  }
  if (!lines_.empty()) next_ = clock_.call_later(bucket_.wait(now), [this] { send_due(); });
}

}  // namespace twx
