// Public. Connector: one wish to be connected, its state and its attempts.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactor/clock.h"
#include "reactor/endpoint.h"
#include "reactor/factory.h"
#include "reactor/tls.h"

namespace twx {

// connect() of a connector that is not disconnected.
struct CannotConnectInThisState : std::logic_error {
  CannotConnectInThisState() : std::logic_error("can't connect in this state") {}
};
// stop_connecting() of a connector that is not connecting.
struct NotConnecting : std::logic_error {
  NotConnecting() : std::logic_error("not connecting") {}
};

// For a connector and all its attempts.
struct ConnectOptions {
  // For the whole attempt, the name look-up included: Error::connect_timeout, or
  // Error::lookup_timeout if no address was known by then. Nothing: only the system's own limits.
  std::optional<Duration> timeout = std::chrono::seconds(30);
  std::optional<Address> bind = {};  // local address; port 0 lets the system choose
  std::uint16_t bind_port = 0;       // local port, where `bind` is not given
  int family = 0;                    // AF_INET or AF_INET6 to allow only that
  // TLS from the start, with a client's context. Connected means that the handshake is done; before
  // that what fails is the attempt. Nothing: as the endpoint says; for tls:// the connector makes a
  // context of its own, and where that fails so does the attempt (Error::tls_configuration).
  std::shared_ptr<TlsContext> tls = {};
  // TCP: the addresses of the host, which is not looked up then; their ports mean nothing.
  std::vector<Address> addresses = {};
  // TCP, where `bind` is not given: the network interface to leave by (SO_BINDTODEVICE; where the
  // system forbids that, an address of it is the local one).
  // Shared, since GCC 12 moves temporaries of this in a coroutine by their bytes, which a string
  // does not survive.
  std::shared_ptr<std::string const> interface = {};
};

// disconnected -> connecting -> connected -> disconnected. Must not be used after its reactor.
// Lives while anyone holds it; the reactor does while it is connecting or connected. Owns its
// factory, which never owns it.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  // connected: from build_protocol to the end of that connection.
  enum class State { disconnected, connecting, connected };

  Connector(Clock& clock, Endpoint destination, std::shared_ptr<ClientFactory> factory,
            ConnectOptions options);
  virtual ~Connector();
  Connector(Connector const&) = delete;
  Connector& operator=(Connector const&) = delete;

  State state() const { return state_; }
  Endpoint const& destination() const { return destination_; }
  ClientFactory& factory() const { return *factory_; }

  // Starts an attempt; what becomes of it is told in a later turn. Throws CannotConnectInThisState,
  // or std::bad_alloc and stays disconnected.
  void connect();
  // Gives the attempt up: client_connection_failed(Error::stopped_connecting) follows. Throws
  // NotConnecting.
  void stop_connecting();
  // stop_connecting while connecting, lose_connection while connected, otherwise nothing.
  void disconnect();

 protected:
  ConnectOptions const& options() const { return options_; }
  Clock& clock() const { return clock_; }

  // For the kind of network beneath. start_attempt must not report back before it returns;
  // stop_attempt drops what is under way without reporting.
  virtual void start_attempt() = 0;
  virtual void stop_attempt() = 0;
  virtual void close_connection() = 0;
  // Keeps this alive while it is busy; letting go must not destroy it before the caller returns.
  virtual void hold(bool busy) = 0;
  // What the time-out of the attempt is called: it may not have got beyond the look-up.
  virtual Failure timeout_failure() const { return Error::connect_timeout; }

  // Reports, from the reactor's own turn. connected() ends the time-out and builds the protocol.
  std::unique_ptr<Protocol> connected(Address const& peer);
  void connection_failed(Failure const&);
  // connection_failed in a later turn. Needs no memory.
  void fail_later(Failure);
  void connection_lost(Failure const&);
  // The reactor goes, nothing is reported any more.
  void abandon();

 private:
  friend class Loop;
  void begin();
  Result<void> secure();
  void deadline_passed();
  bool stopping() const;  // stop_connecting was called
  void ended(void (ClientFactory::*tell)(Connector&, Failure const&), Failure const&);
  void stop_factory() noexcept;

  Clock& clock_;
  Endpoint destination_;
  std::shared_ptr<ClientFactory> factory_;
  ConnectOptions options_;
  State state_ = State::disconnected;
  bool factory_started_ = false;
  DelayedCall started_;   // tells started_connecting, after connect() has returned
  DelayedCall deadline_;  // the time-out, or at once for failure_
  std::optional<Failure> failure_;
};

}  // namespace twx
