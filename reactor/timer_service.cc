#include "reactor/timer_service.h"

#include <new>

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
    prepare_next();
    calling_ = true;
    try {
      call_().add_both([self](Result<void> const& result) { self->called(result); }).release();
    } catch (std::bad_alloc const&) {
      log_failure("a timer service could not make its call", Failure::no_memory());
      called({});
    }
  }

  void called(Result<void> const& result) {
    calling_ = false;
    if (!result) log_failure("a timer service failed", result.failure());
    if (!finished_.fired()) return finished_.callback();
    if (!result || !running_) return end();
    if (!next_.active()) prepare_next();
    if (next_.active()) next_.reset(until_next());
  }

  // For a time that never comes. Before the call at hand is made: then called() needs no memory,
  // and where there is none now it tries once more.
  void prepare_next() {
    next_ = {};  // its memory will do for the new one
    try {
      next_ = clock_.call_later(Duration::max(), [this] { call(); });
    } catch (std::bad_alloc const&) {
      log_failure("a timer service could not ask for its next call", Failure::no_memory());
    }
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
