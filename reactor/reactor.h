// Public. Reactor: the loop, and what it can be asked for. One per thread; an object, not a global.
#pragma once

#include <memory>
#include <optional>
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
#include "reactor/process.h"

namespace twx {

class ReactorPool;

// run() or start() of a reactor that runs; take_turn() inside a turn.
struct ReactorAlreadyRunning : std::logic_error {
  ReactorAlreadyRunning() : std::logic_error("the reactor is running already") {}
};
// stop() of a reactor that does not run, or is stopping.
struct ReactorNotRunning : std::logic_error {
  ReactorNotRunning() : std::logic_error("the reactor is not running") {}
};

// For one port.
struct ListenOptions {
  int backlog = 4096;      // connections that wait to be accepted; the system clips it (somaxconn)
  bool ipv6_only = false;  // the IPv6 wildcard takes IPv4 connections too, unless this is set
  // Of a unix socket's file, for example 0660: who may connect. Set, whatever the umask, before
  // anybody can. Nothing: 0777 less the umask.
  std::optional<unsigned> mode = {};
  // Connections go to the least busy reactor of this pool, which builds their protocols: the
  // factory is then used by several threads. Nothing: they stay with the reactor that listens.
  ReactorPool* pool = nullptr;
  // TLS from the start, with a server's context. A connection on which the handshake fails gets no
  // protocol; the reason is logged at Level::info. Nothing: as the endpoint says; for tls:// a
  // context is made from its settings.
  std::shared_ptr<TlsContext> tls = {};
};

// What a trigger waits for: an event, and one of the three phases that it goes through in turn.
enum class Phase { before, during, after };
enum class SystemEvent { startup, shutdown };
// Unique among the triggers of one reactor.
using TriggerId = std::uint64_t;

// Addresses of a host name, in the order in which they should be tried; the ports are 0.
using Resolver = Function<Deferred<std::vector<Address>>(std::string const& name, int family)>;

// Builds the protocol of one datagram socket.
using DatagramFactory = Function<std::unique_ptr<DatagramProtocol>()>;

// Everything except call_from_thread, call_in_thread, suggest_thread_pool_size, in_own_thread and
// connections belongs to the thread that runs the reactor.
// No call made here runs a callback before it returns.
class Reactor : public Clock {
 public:
  // --- TCP and unix stream sockets ---
  // Listens at once. Fails with the system's code and "listen ADDRESS" as context; nothing is left
  // open. A unix path is removed when the port closes, and replaced where nobody answers; of two
  // that take it at the same time one fails with EADDRINUSE. For that moment there is a PATH.lock.
  virtual Result<ListeningPort*> listen(Address const&, std::shared_ptr<Factory>,
                                        ListenOptions = {}) = 0;
  // Takes over an inherited listening socket (systemd's socket activation).
  virtual Result<ListeningPort*> listen_descriptor(int fd, std::shared_ptr<Factory>,
                                                   ListenOptions = {}) = 0;
  // Listens on an endpoint: on each address of a host name, or on none of them. `family`: AF_INET
  // or AF_INET6 for only these addresses. Fails with Error::tls_configuration where the settings of
  // tls:// cannot be used.
  Deferred<std::vector<ListeningPort*>> listen(Endpoint const&, std::shared_ptr<Factory>,
                                               ListenOptions = {}, int family = 0);
  // All interfaces, IPv6 and IPv4, unless `interface` is an IP literal. Port 0 lets the system
  // choose.
  Result<ListeningPort*> listen_tcp(std::uint16_t port, std::shared_ptr<Factory>,
                                    ListenOptions = {}, std::string_view interface = {});
  Result<ListeningPort*> listen_unix(std::string_view path, std::shared_ptr<Factory>,
                                     ListenOptions = {});

  // Closes the port as stop_listening() does, if it listens, and destroys it in a later turn, after
  // the end of its factory: it must not be used any more. For programs that open ports time and
  // again. Throws std::invalid_argument for a port of another reactor.
  virtual void forget(ListeningPort&) = 0;

  // Takes over a connected stream socket that is non-blocking, as if it had just been accepted.
  // With TLS the factory is asked after the handshake and must live until then.
  virtual void adopt(int fd, Address const& peer, Factory&,
                     std::shared_ptr<TlsContext> tls = {}) = 0;

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
  // With `tls` set it is refused, as by connect_datagram: Error::tls_configuration.
  Deferred<std::vector<DatagramTransport*>> listen_datagram(Endpoint const&, DatagramFactory,
                                                            DatagramOptions = {}, int family = 0);
  // All interfaces, IPv6 and IPv4, unless `interface` is an IP literal; port 0 lets the system
  // choose.
  Result<DatagramTransport*> listen_udp(std::uint16_t port, std::unique_ptr<DatagramProtocol>,
                                        DatagramOptions = {}, std::string_view interface = {});
  // A socket of its own, connected to the first of `candidates` that the system has a route to.
  // Fails with the system's code for the last. Of the options the time-out has no meaning. A unix
  // socket gets a name from the system, so that it can be answered.
  //
  // A peer that refuses before anything has come from it is left for the next candidate, which is
  // sent again, and counted again, all that was written so far; peer() and host() change. Not once
  // that is more than 64 KiB or 256 datagrams, nor after an option of the socket was set. A local
  // port that was asked for cannot be had for two addresses of one family. connection_refused comes
  // when none is left.
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

  // --- processes ---
  // Starts a program, looked for in the PATH of its environment unless its name has a slash. Fails
  // with the system's code and "run NAME", for a failed exec too: then nothing runs, and the
  // protocol is destroyed untold. connection_made follows in a later turn. Only the process is
  // waited for that was started here, and SIGCHLD is not used; if it is ignored, it gets its
  // default action, or there would be no exit codes. A process outlives the reactor: stop() closes
  // its pipes, and process_ended comes only if it is dead by then, or if the reactor is run again.
  virtual Result<ProcessTransport*> spawn_process(std::unique_ptr<ProcessProtocol>,
                                                  std::string const& executable,
                                                  SpawnOptions = {}) = 0;

  // --- the loop ---
  // Blocks until stop(), then shuts down. Throws ReactorAlreadyRunning. May be run again.
  virtual void run(bool install_signal_handlers = true) = 0;
  // Ends run() after the present turn: "before" triggers of shutdown, then every transport gets
  // connection_lost(Error::connection_lost) or stop_protocol, "during", the end of what threads do,
  // "after". Throws ReactorNotRunning.
  virtual void stop() = 0;
  // Leaves the loop without any of that.
  virtual void crash() = 0;
  // From the start-up triggers on.
  virtual bool running() const = 0;
  // From the "during" triggers of shutdown to the end of the run: what would be told by such a
  // trigger will not be any more.
  virtual bool shutting_down() const = 0;

  // --- on a loop of somebody else's ---
  // For a thread that waits elsewhere: GLib's loop, libuv's, a poll of its own (for Boost.Asio all
  // this is done in reactor/asio.h). start() stands for run(): it fires the start-up triggers. Then
  // the host calls take_turn() whenever descriptor() is readable or turn_due() has come, until it
  // returns false.
  //
  // `wake` is called where something is asked for outside of a turn, inside the very call that asks
  // and once until the next turn: what turn_due() said no longer holds. It notes that and no more,
  // neither calling the reactor nor throwing, and is destroyed when the run ends. Throws
  // ReactorAlreadyRunning. Signals are the host's, apart from SIGPIPE and SIGXFSZ.
  virtual void start(Function<void()> wake);
  // To be waited for, and otherwise left alone. Level-triggered, as poll(2) does; with EPOLLET it
  // must be armed anew after each turn.
  virtual int descriptor() const;
  // When a turn must be made though nothing is readable; in the past: at once. Nothing: not before
  // something is readable or asked for. A turn too early does no harm.
  virtual std::optional<Time> turn_due() const;
  // Does what is ready or due, without waiting. False when the reactor is no longer running: after
  // stop() once the shutdown is done, after crash(), which outside of a turn leaves at once. Throws
  // ReactorAlreadyRunning inside a turn or run(); anything else that it throws ends the run.
  virtual bool take_turn();

  // At once if running, otherwise after start-up.
  virtual void call_when_running(Function<void()>) = 0;
  // Inside a phase triggers run in the order of adding; a failing one is logged, the others run.
  // What a "before" trigger returns holds back "during" until it fires, either way.
  virtual TriggerId add_system_event_trigger(Phase, SystemEvent, Function<Deferred<void>()>) = 0;
  // Throws std::invalid_argument for an unknown one.
  virtual void remove_system_event_trigger(TriggerId) = 0;

  // Closes all ports and datagram sockets and loses every connection of the network (what was
  // written still leaves). Fires when the last is gone; after `limit` those that are left are
  // aborted.
  virtual Deferred<void> drain(Duration limit) = 0;
  // How many sockets are connected; may be asked from any thread.
  virtual std::size_t connections() const = 0;

  // --- signals ---
  // `call` runs in the loop each time the signal comes, until the reactor is destroyed. Without it
  // run() answers SIGINT and SIGTERM with stop(), unless the program has a handler of its own.
  // SIGPIPE and SIGXFSZ never end the process from run() on.
  virtual void on_signal(int signal, Function<void()> call) = 0;
  // on_signal for those of SIGINT and SIGTERM that are not ignored now: nohup, and scripts for what
  // they start in the background, ask for that.
  void on_termination(Function<void(int signal)> call);

  // --- threads and names ---
  // For other threads too: `call` runs in the loop, in order per thread, never inside this call.
  // Wakes the loop. Calls made after the last turn are destroyed unrun.
  virtual void call_from_thread(Function<void()> call) = 0;
  // Has `work` done by a pool of threads, then runs `done`, if any, in the loop; with results, see
  // threads.h. What either throws is logged. The shutdown waits for work that has begun, while the
  // loop goes on; the rest is destroyed, and its `done`, in the reactor's thread. Throws
  // std::system_error where the system refuses even one thread.
  virtual void call_in_thread(Function<void()> work, Function<void()> done = {}) = 0;
  // How many threads there may be, 10 at first.
  virtual void suggest_thread_pool_size(std::size_t most) = 0;
  // True in the thread that is inside run().
  virtual bool in_own_thread() const = 0;
  // The addresses of a name; IP literals without any look-up. Error::name_not_found,
  // Error::name_lookup_failed. Cancelling gives the look-up up at once. `family` as for listen.
  virtual Deferred<std::vector<Address>> resolve(std::string const& name, int family = 0) = 0;
  // Asked instead of the system, literals excepted. An empty one: the system again.
  virtual void set_resolver(Resolver) = 0;
};

// A reactor on epoll. Raises the soft limit of descriptors to the hard one. Throws
// std::system_error where the system refuses a descriptor.
std::unique_ptr<Reactor> make_reactor();

}  // namespace twx
