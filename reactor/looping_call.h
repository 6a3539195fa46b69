// Public. LoopingCall: calls a function again and again, on multiples of an interval.
//
//   LoopingCall reload(clock, [&] { users.read_again(); });
//   reload.start(30s).add_errback([](Failure why) { log_failure("reload", why); }).release();
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <utility>

#include "reactor/clock.h"
#include "reactor/deferred.h"
#include "reactor/function.h"

namespace twx {

// Destroying it while it runs drops the next call, cancels a Deferred that a call has returned and
// fails start()'s with Error::abandoned. The function stays until that Deferred has its result. May
// be stopped or destroyed by its own function.
class LoopingCall {
 public:
  // function() may return a value, which is dropped, a Result or a Deferred.
  template <std::invocable F>
  LoopingCall(Clock& clock, F function)
      : LoopingCall(clock, Counted([function = std::move(function)](std::uint64_t) mutable {
                      return result_of(function);
                    })) {}
  // function(count): `count` intervals began since the last call, more than 1 if calls were
  // skipped.
  template <std::invocable<std::uint64_t> F>
  static LoopingCall with_count(Clock& clock, F function) {
    return LoopingCall(clock,
                       Counted([function = std::move(function)](std::uint64_t count) mutable {
                         return result_of([&function, count] { return function(count); });
                       }));
  }
  ~LoopingCall();
  LoopingCall(LoopingCall const&) = delete;
  LoopingCall& operator=(LoopingCall const&) = delete;

  // Calls at once, inside this call, if `now`, and then at multiples of `interval` from now. A call
  // that takes longer, until the Deferred that it returned has a result, leaves out the multiples
  // that pass meanwhile. With interval 0 the loop goes on between calls.
  // What is returned fires after stop(), and fails with what the function threw or returned as a
  // failure, which ends the calls too. Cancelling it stops and also cancels the Deferred that a
  // call returned. Throws std::logic_error if it runs or its last call has no result yet, and
  // std::invalid_argument if `interval` is negative.
  Deferred<void> start(Duration interval, bool now = true,
                       std::source_location where = std::source_location::current());
  // No more calls. start()'s Deferred fires inside this call, or when a call that is under way has
  // its result. Throws std::logic_error unless it runs.
  void stop();
  // Counts the interval and its multiples from this moment. Throws std::logic_error unless it runs.
  void reset();

  // True from start() until stop() or a failure.
  bool running() const;

 private:
  class Run;
  using Counted = Function<Deferred<void>(std::uint64_t count)>;

  LoopingCall(Clock& clock, Counted function)
      : clock_(clock), function_(std::make_shared<Counted>(std::move(function))) {}
  template <class F>
  static Deferred<void> result_of(F&& function) {
    return maybe_deferred(std::ref(function)).add_callback([](auto&&...) {});
  }
  std::shared_ptr<Run> present() const;

  Clock& clock_;
  std::shared_ptr<Counted> const function_;  // also owned by calls that are under way
  std::shared_ptr<Run> run_;                 // from the last start()
};

}  // namespace twx
