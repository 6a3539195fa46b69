#include "reactor/looping_call.h"

#include <optional>
#include <stdexcept>

#include "reactor/log.h"

namespace twx {

// From one start() to its end. The promise of start()'s Deferred is fired then.
class LoopingCall::Run : public std::enable_shared_from_this<Run> {
 public:
  Run(Clock& clock, std::shared_ptr<Counted> function, Duration interval)
      : clock_(clock), function_(std::move(function)), interval_(interval), start_(clock.now()) {}

  Deferred<void> finished(std::source_location where);
  void begin(bool now);
  void stop();
  void reset();
  void abandon();
  bool running() const { return running_; }
  bool over() const { return !running_ && !calling_; }

 private:
  void call();
  std::uint64_t count();
  Result<void> returned(Result<void> result);
  void schedule();
  Duration until_next() const;
  void give_up();
  void end(Result<void> const& result);

  Clock& clock_;
  std::shared_ptr<Counted> const function_;
  Duration const interval_;
  Time start_;
  std::int64_t last_ = -1;  // number of the interval in which the last call was made, from start_
  bool running_ = true;
  bool calling_ = false;  // a call has no result yet
  Promise<void> promise_;
  DelayedCall next_;
  std::optional<Deferred<void>> under_way_;  // the call that is, if it returned a Deferred
};

Deferred<void> LoopingCall::Run::finished(std::source_location where) {
  auto deferred = Deferred<void>::with_canceller(
      [known = weak_from_this()](Promise<void>&) {
        if (auto const alive = known.lock()) alive->give_up();
      },
      where);
  promise_ = deferred.promise();
  return deferred;
}

void LoopingCall::Run::begin(bool now) {
  if (now) return call();
  last_ = 0;
  schedule();
}

void LoopingCall::Run::call() {
  auto const alive = shared_from_this();
  calling_ = true;
  try {
    auto result = (*function_)(count()).add_both(
        [alive](Result<void> last) { return alive->returned(std::move(last)); });
    if (result.has_result()) return;
    under_way_ = std::move(result);
    if (promise_.fired()) give_up();  // by the function itself
  } catch (...) {
    auto const unheard = returned(Failure::from_current_exception());
    if (!unheard) log_failure("a looping call failed", unheard.failure());
  }
}

std::uint64_t LoopingCall::Run::count() {
  if (interval_ == Duration::zero()) return 1;
  auto const present = (clock_.now() - start_) / interval_;
  return static_cast<std::uint64_t>(present - std::exchange(last_, present));
}

// Gives back a failure of which nobody has heard: that of a call which was given up and went on.
Result<void> LoopingCall::Run::returned(Result<void> result) {
  calling_ = false;
  under_way_.reset();
  if (promise_.fired()) {
    if (!result && !result.failure().is(Error::cancelled)) return result;
  } else if (running_ && result) {
    schedule();
  } else {
    end(result);
  }
  return {};
}

void LoopingCall::Run::schedule() {
  try {
    next_ = clock_.call_later(until_next(), [this] { call(); });
  } catch (...) {
    end(Failure::from_current_exception());
  }
}

Duration LoopingCall::Run::until_next() const {
  if (interval_ == Duration::zero()) return interval_;
  return interval_ - (clock_.now() - start_) % interval_;
}

void LoopingCall::Run::stop() {
  running_ = false;
  if (!next_.active()) return;  // returned() ends it
  next_.cancel();
  end({});
}

void LoopingCall::Run::reset() {
  last_ = 0;
  start_ = clock_.now();
  if (next_.active()) next_.reset(interval_);
}

void LoopingCall::Run::give_up() {
  running_ = false;
  next_ = DelayedCall();
  try {
    if (under_way_) under_way_->cancel();
  } catch (...) {
    log_failure("a canceller failed", Failure::from_current_exception());
  }
}

void LoopingCall::Run::abandon() {
  auto const promise = std::move(promise_);
  give_up();
}

void LoopingCall::Run::end(Result<void> const& result) {
  running_ = false;
  auto promise = std::move(promise_);
  if (promise.fired()) return;
  if (result)
    promise.callback();
  else
    promise.errback(result.failure());
}

LoopingCall::~LoopingCall() {
  if (run_) run_->abandon();
}

Deferred<void> LoopingCall::start(Duration interval, bool now, std::source_location where) {
  if (run_ && !run_->over()) throw std::logic_error("the LoopingCall is running already");
  if (interval < Duration::zero()) throw std::invalid_argument("a negative interval");
  auto const run = std::make_shared<Run>(clock_, function_, interval);
  auto finished = run->finished(where);
  run_ = run;
  run->begin(now);
  return finished;
}

void LoopingCall::stop() { present()->stop(); }
void LoopingCall::reset() { present()->reset(); }
bool LoopingCall::running() const { return run_ && run_->running(); }

// A copy: what it does may destroy *this.
std::shared_ptr<LoopingCall::Run> LoopingCall::present() const {
  if (!running()) throw std::logic_error("the LoopingCall is not running");
  return run_;
}

}  // namespace twx
