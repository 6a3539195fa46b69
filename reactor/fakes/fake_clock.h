// Public test double. A Clock that stands still until it is told to go on.
#pragma once

#include <span>

#include "reactor/clock.h"

namespace twx {

class FakeClock : public Clock {
 public:
  Time now() const override { return now_; }

  // Lets `by` pass and makes every call that became due in order of time, also those added on the
  // way.
  void advance(Duration by) {
    auto const end = now_ + by;
    for (auto next = next_call(); next && *next <= end; next = next_call()) {
      if (*next > now_) now_ = *next;
      make_due_calls(now_);
    }
    now_ = end;
  }
  // Advances step by step.
  void pump(std::span<Duration const> steps) {
    for (auto const step : steps) advance(step);
  }

 private:
  Time now_{};
};

}  // namespace twx
