// Internal to reactor/. Complaints: of what others can cause as often as they like, once a second
// in the log.
#pragma once

#include <optional>

#include "reactor/clock.h"

namespace twx {

class Complaints {
 public:
  // Whether it may be said now; then it has been.
  bool may_complain(Time now) {
    constexpr auto interval = std::chrono::seconds(1);
    if (last_ && now - *last_ < interval) return false;
    last_ = now;
    return true;
  }

 private:
  std::optional<Time> last_;
};

}  // namespace twx
