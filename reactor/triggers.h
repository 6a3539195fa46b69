// Internal to reactor/. The calls that wait for start-up and shutdown.
#pragma once

#include <map>
#include <utility>

#include "reactor/reactor.h"

namespace twx {

class Triggers {
 public:
  using Call = Function<Deferred<void>()>;

  TriggerId add(Phase, SystemEvent, Call);
  void remove(TriggerId);
  // Makes the calls of one phase, in the order of adding. Returns the number of those that are not
  // done yet, which counts down; nothing if there was none to make. `released` is called when the
  // last is done, unless that is so already when this returns.
  std::shared_ptr<int> fire(Phase, SystemEvent, Function<void()> released = {});

 private:
  struct Trigger {
    Phase phase;
    SystemEvent event;
    std::shared_ptr<Call> call;  // may remove its own trigger while it runs
  };
  TriggerId next_ = 1;
  std::map<TriggerId, Trigger> all_;
};

}  // namespace twx
