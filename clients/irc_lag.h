// Whether the server is still there: it is asked when it was silent, and given up if it stays so.
#pragma once

#include "reactor/clock.h"
#include "reactor/function.h"

namespace twx {

class IrcLag {
 public:
  // `ask` is called when nothing was heard for half of `limit`, `give_up` after all of it; a limit
  // of zero is for ever. Between these no timer runs out.
  IrcLag(Clock& clock, Duration limit, Function<void()> ask, Function<void()> give_up);

  void start();
  void heard() { heard_ = clock_.now(); }
  void stop() { next_ = {}; }

  Time last_heard() const { return heard_; }

 private:
  void look();
  void look_at(Duration silence);

  Clock& clock_;
  Duration const limit_;
  Function<void()> ask_;
  Function<void()> give_up_;
  Time heard_{};
  Time asked_ = Time::min();  // what heard_ was then
  DelayedCall next_;
};

}  // namespace twx
