// Public. ReconnectingClientFactory: tries again for ever, after growing, jittered delays.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "reactor/connector.h"

namespace twx {

// Twisted's algorithm: each retry multiplies the delay by `factor`, up to `max_delay`, and then
// draws from a normal distribution around it. So the first retry comes after about 2.7 s; with
// jitter 0 the delays are e, e^2, e^3, ... seconds. Differences: a drawn delay is clamped to 0 and
// max_delay.
class ReconnectingClientFactory : public ClientFactory {
 public:
  // The defaults are Twisted's.
  struct Settings {
    Duration initial_delay = std::chrono::seconds(1);
    Duration max_delay = std::chrono::hours(1);
    double factor = 2.7182818284590451;        // e
    double jitter = 0.119626565582;            // the standard deviation, as a share of the delay
    std::optional<std::uint64_t> max_retries;  // nothing: for ever
  };
  // Draws a number of normal distribution; replaceable for tests.
  using Draw = Function<double(double mean, double deviation)>;

  explicit ReconnectingClientFactory(Clock& clock) : ReconnectingClientFactory(clock, Settings()) {}
  ReconnectingClientFactory(Clock& clock, Settings settings, Draw draw = {});

  // Both call retry() while it continues trying; a class that overrides them calls these too.
  void client_connection_failed(Connector&, Failure const&) override;
  void client_connection_lost(Connector&, Failure const&) override;

  // Connects again after the next delay. Throws std::logic_error before any connector was seen.
  // After stop_trying or the last allowed retry it only says so.
  void retry();
  // To be called when a connection has proved good, in build_protocol for example: the next delay
  // is the first again, and it continues trying.
  void reset_delay();
  // Cancels a retry that waits, stops an attempt that is under way; a live connection stays.
  void stop_trying();

  // The last one drawn; at first, and after reset_delay, initial_delay.
  Duration delay() const { return delay_; }
  std::uint64_t retries() const { return retries_; }
  bool trying() const { return trying_; }
  // True between a loss or failure and the next attempt.
  bool waiting() const { return waiting_.active(); }

 private:
  Duration next_delay();
  void try_again(Connector&);

  Clock& clock_;
  Settings settings_;
  Draw draw_;
  Duration delay_;
  std::uint64_t retries_ = 0;
  bool trying_ = true;
  std::weak_ptr<Connector> connector_;  // owned by the call that waits, never by this: it owns us
  bool seen_ = false;
  DelayedCall waiting_;
};

}  // namespace twx
