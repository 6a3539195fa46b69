// Public. TimerService: a call that is made again and again while the service runs.
#pragma once

#include <concepts>
#include <memory>

#include "reactor/clock.h"
#include "reactor/service.h"

namespace twx {

class TimerService final : public Service {
 public:
  // Makes `call` in start_service and then at each multiple of `step` from that time on; those for
  // which it is late are left out. What it returns is nothing or a Deferred<void>, for which the
  // next call waits. If it fails that is logged, and no more calls are made until the service was
  // stopped and started again. Lack of memory is logged, and may cost one call; it is the end only
  // where the next call can be asked for neither before the one at hand nor after it. With a step
  // of zero the calls come one each turn. Must not outlive its clock. Throws
  // std::invalid_argument if `step` is negative.
  template <std::invocable F>
  TimerService(Clock& clock, Duration step, F call)
      : TimerService(clock, step, Call([call = std::move(call)]() mutable -> Deferred<void> {
                       return maybe_deferred(call);
                     })) {}
  ~TimerService() override;

 private:
  using Call = Function<Deferred<void>()>;
  class Calls;
  TimerService(Clock&, Duration step, Call);

  Deferred<void> on_start() override;
  // Waits for the call that is under way.
  Deferred<void> on_stop() override;

  // Shared with the call that is under way, which may destroy the service.
  std::shared_ptr<Calls> calls_;
};

}  // namespace twx
