// Public. Reactor: the loop, and what it can be asked for. One per thread; an object, not a global.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reactor/clock.h"
#include "reactor/connector.h"
#include "reactor/datagram_protocol.h"
#include "reactor/deferred.h"
#include "reactor/endpoint.h"
#include "reactor/factory.h"
#include "reactor/listening_port.h"

namespace twx {

class ReactorPool;

struct ReactorAlreadyRunning : std::logic_error {
  ReactorAlreadyRunning() : std::logic_error("the reactor is running already") {}
};
struct ReactorNotRunning : std::logic_error {
  ReactorNotRunning() : std::logic_error("the reactor is not running") {}
};

struct ListenOptions {
  int backlog = 4096;
  bool ipv6_only = false;  // the IPv6 wildcard takes IPv4 connections too, unless this is set
  // Connections go to the least busy reactor of this pool, which builds their protocols: the
  // factory is then used by several threads. Nothing: they stay with the reactor that listens.
  ReactorPool* pool = nullptr;
};

enum class Phase { before, during, after };
enum class SystemEvent { startup, shutdown };
using TriggerId = std::uint64_t;

// Addresses of a host name, in the order in which they should be tried; the ports are 0.
using Resolver = Function<Deferred<std::vector<Address>>(std::string const& name, int family)>;

// Builds the protocol of one datagram socket.
using DatagramFactory = Function<std::unique_ptr<DatagramProtocol>()>;

// Everything except call_from_thread and connections belongs to the thread that runs the reactor.
// No call made here runs a callback before it returns.
class Reactor : public Clock {
 public:
  // --- TCP and unix stream sockets ---
  // Listens at once. Fails with the system's code and "listen ADDRESS" as context; nothing is left
  // open.
  virtual Result<ListeningPort*> listen(Address const&, std::shared_ptr<Factory>,
                                        ListenOptions = {}) = 0;
  // Takes over an inherited listening socket (systemd's socket activation).
  virtual Result<ListeningPort*> listen_descriptor(int fd, std::shared_ptr<Factory>,
                                                   ListenOptions = {}) = 0;
  // Listens on an endpoint: on each address of a host name, or on none of them.
  Deferred<std::vector<ListeningPort*>> listen(Endpoint const&, std::shared_ptr<Factory>,
                                               ListenOptions = {}, int family = 0);
  // All interfaces, IPv6 and IPv4, unless `interface` is an IP literal. Port 0 lets the system
  // choose.
  Result<ListeningPort*> listen_tcp(std::uint16_t port, std::shared_ptr<Factory>,
                                    ListenOptions = {}, std::string_view interface = {});
  Result<ListeningPort*> listen_unix(std::string_view path, std::shared_ptr<Factory>,
                                     ListenOptions = {});

  // Takes over a connected stream socket that is non-blocking, as if it had just been accepted.
  virtual void adopt(int fd, Address const& peer, Factory&) = 0;

  // Makes a connector and starts its first attempt. All addresses of a name are tried, 250 ms apart
  // (RFC 8305); the first that answers wins.
  virtual std::shared_ptr<Connector> connect(Endpoint const&, std::shared_ptr<ClientFactory>,
                                             ConnectOptions = {}) = 0;
  std::shared_ptr<Connector> connect_tcp(std::string host, std::uint16_t port,
                                         std::shared_ptr<ClientFactory>, ConnectOptions = {});
  std::shared_ptr<Connector> connect_unix(std::string path, std::shared_ptr<ClientFactory>,
                                          ConnectOptions = {});

  // --- UDP and unix datagrams ---
  // Binds at once; start_protocol follows in a later turn. Fails with the system's code and "listen
  // udp://ADDRESS" as context; nothing is left open. A unix path is removed when the socket closes,
  // and replaced where nobody answers.
  virtual Result<DatagramTransport*> listen_datagram(Address const&,
                                                     std::unique_ptr<DatagramProtocol>,
                                                     DatagramOptions = {}) = 0;
  // The same for an endpoint: on each address of a host name, with a protocol for each, or on none.
  Deferred<std::vector<DatagramTransport*>> listen_datagram(Endpoint const&, DatagramFactory,
                                                            DatagramOptions = {}, int family = 0);
  // All interfaces, IPv6 and IPv4, unless `interface` is an IP literal; port 0 lets the system
  // choose.
  Result<DatagramTransport*> listen_udp(std::uint16_t port, std::unique_ptr<DatagramProtocol>,
                                        DatagramOptions = {}, std::string_view interface = {});
  // A socket of its own, connected to the first of `candidates` that the system has a route to.
  // Fails with the system's code for the last. Of the options the time-out has no meaning. A unix
  // socket gets a name from the system, so that it can be answered.
  virtual Result<DatagramTransport*> connect_datagram(std::span<Address const> candidates,
                                                      std::unique_ptr<DatagramProtocol>,
                                                      ConnectOptions = {},
                                                      DatagramOptions = {}) = 0;
  // The same for an endpoint. The time-out is the look-up's: Error::lookup_timeout.
  Deferred<DatagramTransport*> connect_datagram(Endpoint const&, std::unique_ptr<DatagramProtocol>,
                                                ConnectOptions = {}, DatagramOptions = {});
  Deferred<DatagramTransport*> connect_udp(std::string host, std::uint16_t port,
                                           std::unique_ptr<DatagramProtocol>, ConnectOptions = {});

  // Standard input and output as a transport: pipes, terminals, files, sockets, /dev/null. The
  // descriptors stay open and keep their flags. Losing the write side leaves output open.
  virtual void standard_io(std::unique_ptr<Protocol>) = 0;

  // --- the loop ---
  // Blocks until stop(), then shuts down. Throws ReactorAlreadyRunning. May be run again.
  virtual void run(bool install_signal_handlers = true) = 0;
  // Ends run() after the present turn: "before" triggers of shutdown, then every transport gets
  // connection_lost(Error::connection_lost) or stop_protocol, "during" and "after". Throws
  // ReactorNotRunning.
  virtual void stop() = 0;
  // Leaves the loop without any of that.
  virtual void crash() = 0;
  // From the start-up triggers on.
  virtual bool running() const = 0;
  // At once if running, otherwise after start-up.
  virtual void call_when_running(Function<void()>) = 0;
  // Inside a phase triggers run in the order of adding; a failing one is logged, the others run.
  // What a "before" trigger returns holds back "during" until it fires, either way.
  virtual TriggerId add_system_event_trigger(Phase, SystemEvent, Function<Deferred<void>()>) = 0;
  // Throws std::invalid_argument for an unknown one.
  virtual void remove_system_event_trigger(TriggerId) = 0;

  // Closes all ports and datagram sockets and loses every connection (what was written still
  // leaves). Fires when the last is gone; after `limit` those that are left are aborted.
  virtual Deferred<void> drain(Duration limit) = 0;
  // How many sockets are connected; may be asked from any thread.
  virtual std::size_t connections() const = 0;

  // --- signals ---
  // `call` runs in the loop each time the signal comes, until the reactor is destroyed. Without it
  // run() answers SIGINT and SIGTERM with stop(), unless the program has a handler of its own.
  // SIGPIPE never ends the process from run() on.
  virtual void on_signal(int signal, Function<void()> call) = 0;
  // on_signal for those of SIGINT and SIGTERM that are not ignored now: nohup, and scripts for what
  // they start in the background, ask for that.
  void on_termination(Function<void(int signal)> call);

  // --- threads and names ---
  // For other threads too: `call` runs in the loop, in order per thread, never
  // inside this call. Wakes the loop. Calls made after the last turn are destroyed unrun.
  virtual void call_from_thread(Function<void()> call) = 0;
  // The addresses of a name; IP literals without any look-up. Error::name_not_found,
  // Error::name_lookup_failed. Cancelling gives the look-up up at once.
  virtual Deferred<std::vector<Address>> resolve(std::string const& name, int family = 0) = 0;
  virtual void set_resolver(Resolver) = 0;
};

// A reactor on epoll. Raises the soft limit of descriptors to the hard one. Throws
// std::system_error where the system refuses a descriptor.
std::unique_ptr<Reactor> make_reactor();

}  // namespace twx
