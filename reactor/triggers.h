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
  // Makes the calls of one phase, in the order of adding; `held` counts up for each one that is not
  // done yet and down when it is.
  void fire(Phase, SystemEvent, std::shared_ptr<int> const& held);

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
