// Public. Time as the library sees it: a Clock that can be replaced by FakeClock, and calls that
// happen later on it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "reactor/function.h"

namespace twx {

class TimerQueue;
struct TimedCall;

// Monotonic; unaffected by changes of the system's date.
using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

// cancel, reset or delay of a DelayedCall that was made, or that was cancelled.
struct AlreadyCalled : std::logic_error {
  AlreadyCalled() : std::logic_error("the delayed call was already made") {}
};
struct AlreadyCancelled : std::logic_error {
  AlreadyCancelled() : std::logic_error("the delayed call was already cancelled") {}
};

// A call that is to come. Destroying the handle cancels the call, so that none outlives its owner;
// release() lets it come all the same. May outlive its Clock: then it is simply not active.
class [[nodiscard]] DelayedCall {
 public:
  DelayedCall() = default;  // active() is false
  DelayedCall(DelayedCall&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  DelayedCall& operator=(DelayedCall&& other) noexcept;
  ~DelayedCall() { drop(); }

  // True until the call begins or is cancelled; false already inside the call.
  bool active() const noexcept;
  // Destroys the function at once. Throws AlreadyCalled, AlreadyCancelled.
  void cancel();
  // Lets the call come `after` from now, earlier or later than before. Throws as cancel() does.
  void reset(Duration after);
  // Moves the call by `more`, sooner if it is negative. Throws as cancel() does.
  void delay(Duration more);
  // When the call comes, any delay included.
  Time time() const;
  // Gives up the handle and keeps the call.
  void release() noexcept;

 private:
  friend class TimerQueue;
  explicit DelayedCall(TimedCall* call) : call_(call) {}
  TimedCall& pending() const;
  void drop() noexcept;

  TimedCall* call_ = nullptr;
};

// Not for use from other threads than its own.
class Clock {
 public:
  Clock();
  virtual ~Clock();
  Clock(Clock const&) = delete;
  Clock& operator=(Clock const&) = delete;

  virtual Time now() const = 0;

  // Makes `call` when `after` has passed: never sooner, never inside this call, calls of equal time
  // in the order of asking. A failing call is logged and the clock goes on. Throws
  // std::invalid_argument if `after` is negative. O(log n), as is cancelling.
  DelayedCall call_later(Duration after, Function<void()> call);

  // The times of the calls that are pending, soonest first.
  std::vector<Time> delayed_calls() const;

 protected:
  // When the next call is due.
  std::optional<Time> next_call() const;
  // Makes the calls due at `until`. Those they add wait for the next time, so that a chain of
  // zero delays cannot keep the caller busy for ever.
  void make_due_calls(Time until);
  // Destroys all pending calls.
  void drop_calls();
  // A call was asked for, or moved, that is due before all others: for who waits elsewhere for its
  // time.
  virtual void sooner_call() noexcept {}

 private:
  friend class TimerQueue;
  std::unique_ptr<TimerQueue> calls_;
};

}  // namespace twx
