// Internal to clients/. Few at a time where they are quick, all where they are not.
#pragma once

#include <cstddef>
#include <vector>

#include "reactor/clock.h"
#include "reactor/deferred.h"

namespace twx {

// For work that may be done many at a time: `few` begin at once, each of the others waits here for
// its turn. What a server answers at once comes no sooner over more connections, it costs more.
class SlowStart {
 public:
  static constexpr std::size_t few = 8;
  static constexpr Duration soon = std::chrono::milliseconds(10);

  explicit SlowStart(Clock& clock) : clock_(clock) {}

  // Fires when fewer than `few` have ended within `soon`, or at go(); after that at once.
  Deferred<void> turn();
  // One has ended.
  void ended() { ++ended_; }
  // All who wait have their turn.
  void go();

 private:
  void look_later();

  Clock& clock_;
  std::vector<Promise<void>> waiting_;
  std::size_t ended_ = 0;  // since the last look
  bool all_ = false;
  DelayedCall look_;
};

}  // namespace twx
