#include "reactor/timer_service.h"

#include "reactor/log.h"

namespace twx {

class TimerService::Calls : public std::enable_shared_from_this<Calls> {
 public:
  Calls(Clock& clock, Duration step, Call call)
      : clock_(clock), step_(step), call_(std::move(call)) {}

  void start() {
    running_ = true;
    start_ = clock_.now();
    call();
  }
  void end() noexcept {
    running_ = false;
    next_ = {};
  }
  Deferred<void> stop() {
    end();
    if (!calling_) return succeed();
    Deferred<void> finished;
    finished_ = finished.promise();
    return finished;
  }

 private:
  void call() {
    auto const self = shared_from_this();
    calling_ = true;
    try {
      call_().add_both([self](Result<void> const& result) { self->called(result); }).release();
    } catch (std::bad_alloc const&) {
      called(Failure::no_memory());
    }
  }

  void called(Result<void> const& result) {
    calling_ = false;
    if (!result) log_failure("a timer service failed", result.failure());
    if (!finished_.fired()) return finished_.callback();
    if (!result || !running_) return;
    next_ = clock_.call_later(until_next(), [this] { call(); });
  }

  Duration until_next() const {
    if (step_ == Duration::zero()) return step_;
    return step_ - (clock_.now() - start_) % step_;
  }

  Clock& clock_;
  Duration const step_;
  Call call_;
  Time start_{};
  DelayedCall next_;
  bool running_ = false;
  bool calling_ = false;
  Promise<void> finished_;  // for a stop that waits for the call
};

TimerService::TimerService(Clock& clock, Duration step, Call call) {
  if (step < Duration::zero()) throw std::invalid_argument("a timer with a negative step");
  calls_ = std::make_shared<Calls>(clock, step, std::move(call));
}

TimerService::~TimerService() {
  abandon();
  calls_->end();
}

Deferred<void> TimerService::on_start() {
  calls_->start();
  return succeed();
}

Deferred<void> TimerService::on_stop() { return calls_->stop(); }

}  // namespace twx
