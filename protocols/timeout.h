// Public. TimeoutMixin: a deadline that a protocol sets for its peer. TimeoutFactory: one for any
// protocol, on silence.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "protocols/wrapping.h"
#include "reactor/clock.h"

namespace twx {

// A time that is restarted often and runs out seldom: restarting only notes when.
class Timeout {
 public:
  // `expired` may set and destroy what it likes but this.
  Timeout(Clock& clock, Function<void()> expired) : clock_(clock), expired_(std::move(expired)) {}
  // A delayed call refers to it.
  Timeout(Timeout const&) = delete;
  Timeout& operator=(Timeout const&) = delete;

  // Lets `expired` be called after so long from now, or not at all. Returns what was set before.
  // Throws std::invalid_argument if it is negative.
  std::optional<Duration> set(std::optional<Duration> after);
  // Restarts it, if it is set and has not run out.
  void reset() {
    if (call_.active()) start_ = clock_.now();
  }

 private:
  void check();

  Clock& clock_;
  Function<void()> expired_;
  std::optional<Duration> after_;
  Time start_{};
  DelayedCall call_;
};

// class Login : public TimeoutMixin<> { ... }; the clock is the first argument of the constructor,
// what follows is Base's. Nothing runs out until set_timeout is called. The clock must be that of
// the connection's reactor.
template <class Base = Protocol>
class TimeoutMixin : public Base {
 public:
  template <class... Args>
  explicit TimeoutMixin(Clock& clock, Args&&... args)
      : Base(std::forward<Args>(args)...), timeout_(clock, [this] { timeout_connection(); }) {}

  // Calls timeout_connection after so long from now; nothing cancels that. Returns what was set
  // before. Throws std::invalid_argument if it is negative.
  std::optional<Duration> set_timeout(std::optional<Duration> after) { return timeout_.set(after); }
  // The time begins anew, unless it has run out. To be called when the peer does what it should.
  void reset_timeout() { timeout_.reset(); }

 protected:
  // The time is up. Called once for each set_timeout or reset_timeout.
  virtual void timeout_connection() { this->transport().lose_connection(); }

 private:
  Timeout timeout_;
};

// Loses a connection on which nothing has been received or written for `limit`, and aborts it if it
// has not ended after that time once more. While output waits that the peer takes bit by bit, that
// is no silence. For one thread, that of `clock`: connections of a ReactorPool have
// Transport::set_idle_timeout.
class TimeoutFactory final : public WrappingFactory {
 public:
  TimeoutFactory(Clock& clock, std::shared_ptr<Factory> wrapped,
                 Duration limit = std::chrono::minutes(30))
      : WrappingFactory(std::move(wrapped)), clock_(clock), limit_(limit) {}

 private:
  std::unique_ptr<Protocol> wrap(std::unique_ptr<Protocol> inner, Address const& peer) override;

  Clock& clock_;
  Duration limit_;
};

}  // namespace twx
