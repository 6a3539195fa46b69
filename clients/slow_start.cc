#include "clients/slow_start.h"

#include <utility>

namespace twx {

Deferred<void> SlowStart::turn() {
  if (all_) return succeed();
  Deferred<void> turn;
  waiting_.push_back(turn.promise());
  if (!look_.active()) look_later();
  return turn;
}

void SlowStart::look_later() {
  ended_ = 0;
  look_ = clock_.call_later(soon, [this] { ended_ < few ? go() : look_later(); });
}

void SlowStart::go() {
  look_ = DelayedCall();
  all_ = true;
  for (auto& promise : std::exchange(waiting_, {})) promise.callback();
}

}  // namespace twx
