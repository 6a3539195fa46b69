// Public. ClientService: keeps one connection up while the service runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "reactor/reactor.h"
#include "reactor/service.h"

namespace twx {

// How long to wait before the next attempt, when `failures` have come since there was a connection:
// 1 and more; a connection that was lost counts as one.
using RetryPolicy = Function<Duration(std::uint64_t failures)>;

// initial * factor^failures, at most `max`, and a random part of a second, so that many clients of
// one server do not come back all at once.
struct Backoff {
  Duration initial = std::chrono::seconds(1);
  Duration max = std::chrono::minutes(1);
  double factor = 1.5;
};
// `draw` gives a number from 0 to 1, 1 excluded; replaceable for tests.
RetryPolicy backoff_policy(Backoff backoff = {}, Function<double()> draw = {});

// Connects in start_service, which does not wait for it, and again whenever an attempt failed or
// the connection was lost. stop_service closes the connection and waits for its end. Memory for
// each next attempt is taken ahead; where there is none, neither before the one at hand nor after
// it, all who wait are told and no more are made until it is started again. Must not outlive its
// reactor.
class ClientService final : public Service {
 public:
  // How it connects, and how long it waits between two attempts.
  struct Settings {
    ConnectOptions connect = {};
    RetryPolicy retry = backoff_policy();
    Clock* clock = nullptr;  // for the waits; nothing: the reactor
  };

  // `factory` builds the protocol of each connection.
  ClientService(Reactor& reactor, Endpoint where, std::shared_ptr<Factory> factory);
  ClientService(Reactor& reactor, Endpoint where, std::shared_ptr<Factory> factory,
                Settings settings);
  ~ClientService() override;

  // Fires with the protocol of the connection: at once if it is there, otherwise after the
  // connection_made of the next one and before any data. The protocol is valid until its
  // connection_lost. Fails with the reason of the last of `fail_after_failures` attempts that
  // failed since this call; without a number it waits. Error::cancelled when the service is
  // stopped, or was stopped before and not started since.
  Deferred<Protocol*> when_connected(std::optional<std::uint64_t> fail_after_failures = {});

  // How many attempts have failed since there was a connection.
  std::uint64_t failures() const { return failures_; }

 private:
  class Attempts;
  struct Waiter {
    Promise<Protocol*> promise;
    std::optional<std::uint64_t> failures_left;
  };

  Deferred<void> on_start() override;
  Deferred<void> on_stop() override;
  void connect();
  void connected(Protocol&);
  void ended(Failure const&);
  void prepare_retry();
  void retry(Failure const&);
  void log_retry(Failure const&, Duration delay) const;
  void tell_failure(Failure const&);

  Reactor& reactor_;
  Endpoint where_;
  Settings settings_;
  std::shared_ptr<Attempts> attempts_;
  std::shared_ptr<Connector> connector_;  // from the first attempt on
  Protocol* protocol_ = nullptr;          // from connection_made to connection_lost
  bool was_connected_ = false;            // this attempt came so far
  bool stopped_ = false;
  std::uint64_t failures_ = 0;
  DelayedCall retry_;
  std::vector<Waiter> waiters_;
  Promise<void> closed_;  // for a stop that waits for the end of the connection
};

}  // namespace twx
