#include "clients/irc_lag.h"

#include <utility>

namespace twx {

IrcLag::IrcLag(Clock& clock, Duration limit, Function<void()> ask, Function<void()> give_up)
    : clock_(clock), limit_(limit), ask_(std::move(ask)), give_up_(std::move(give_up)) {}

void IrcLag::start() {
  heard();
  asked_ = Time::min();
  if (limit_ > Duration::zero()) look_at(limit_ / 2);
}

// The next look is when the server will have been silent for so long.
void IrcLag::look_at(Duration silence) {
  next_ = clock_.call_later(heard_ + silence - clock_.now(), [this] { look(); });
}

void IrcLag::look() {
  auto const silence = clock_.now() - heard_;
  if (silence >= limit_) return give_up_();
  if (silence < limit_ / 2) return look_at(limit_ / 2);
  look_at(limit_);  // first: asking may fail
  if (std::exchange(asked_, heard_) != heard_) ask_();
}

}  // namespace twx
