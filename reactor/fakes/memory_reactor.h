// Public test double. MemoryReactor: a Reactor without a network, whose time passes when told to.
//
//   MemoryReactor reactor;
//   reactor.listen_tcp(8007, factory_for<Echo>());
//   FakeTransport& peer = *reactor.ports().at(0)->accept();
//   peer.deliver("hello");
//   CHECK(peer.take() == "hello");
//
//   reactor.connect_tcp("example.com", 80, factory);
//   reactor.connectors().at(0)->fail(std::make_error_code(std::errc::connection_refused));
//   reactor.advance(3s);  // the retry
//
// What is asked for is kept; what the network answers is the test's to say. The order of the
// callbacks and the turns in which they come are those of the real one.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "reactor/fakes/fake_datagram_transport.h"
#include "reactor/fakes/fake_transport.h"
#include "reactor/fakes/memory_connector.h"
#include "reactor/fakes/memory_port.h"
#include "reactor/fakes/memory_process.h"
#include "reactor/reactor.h"

namespace twx {

class Triggers;

class MemoryReactor final : public Reactor {
 public:
  MemoryReactor();
  ~MemoryReactor() override;

  // --- for the test ---
  // One turn: the calls that are due now, the work for threads, which is done in this one, the
  // calls from threads, the end of the turn of each transport. Throws std::logic_error inside a
  // turn, as advance() and run() do.
  void turn();
  // Lets `by` pass, with a turn at each time at which a call is due and one at the end.
  void advance(Duration by);

  // Everything that was asked for, in that order; ports until they are forgotten, connectors only
  // as long as somebody holds them.
  std::vector<MemoryPort*> ports() const;
  std::vector<std::shared_ptr<MemoryConnector>> connectors() const;
  // All that were ever connected. They stay until the reactor goes.
  std::vector<FakeTransport*> transports() const;
  // All datagram sockets that were asked for: those of connect_datagram have a peer. They stay
  // until the reactor goes. A port asked for as 0 is chosen as a MemoryPort's.
  std::vector<FakeDatagramTransport*> datagrams() const;
  // That of standard_io; nullptr before.
  FakeTransport* standard_transport() const { return standard_; }

  // The processes that were asked for, in that order. They stay until the reactor goes.
  std::vector<MemoryProcess*> processes() const;
  // What spawn_process answers from now on; nothing: it succeeds.
  void fail_processes(std::optional<Failure> failure) { process_failure_ = std::move(failure); }
  // As suggested. With 0 the work for threads waits until there may be more.
  std::size_t thread_pool_size() const { return pool_size_; }

  // What resolve() says of `name`; it knows no others.
  void set_addresses(std::string const& name, std::vector<Address> addresses) {
    addresses_[name] = std::move(addresses);
  }
  // As if the signal had come: its call runs in the next turn. Without one SIGINT and SIGTERM stop
  // run(true), the rest does nothing.
  void raise_signal(int signal);

  // --- Reactor ---
  Time now() const override { return now_; }
  using Reactor::connect;
  using Reactor::listen;
  // Fails with EADDRINUSE where another port listens.
  Result<ListeningPort*> listen(Address const&, std::shared_ptr<Factory>, ListenOptions) override;
  // The descriptor is noted, no more; so with adopt, which connects a transport in the next turn.
  Result<ListeningPort*> listen_descriptor(int fd, std::shared_ptr<Factory>,
                                           ListenOptions) override;
  // It is no longer one of ports(), from the call on.
  void forget(ListeningPort&) override;
  void adopt(int fd, Address const& peer, Factory&, std::shared_ptr<TlsContext> tls = {}) override;
  std::shared_ptr<Connector> connect(Endpoint const&, std::shared_ptr<ClientFactory>,
                                     ConnectOptions) override;
  // Both start the protocol in the next turn. Listening fails with EADDRINUSE where another
  // datagram socket does, unless both say reuse_address.
  using Reactor::connect_datagram;
  using Reactor::listen_datagram;
  Result<DatagramTransport*> listen_datagram(Address const&, std::unique_ptr<DatagramProtocol>,
                                             DatagramOptions) override;
  Result<DatagramTransport*> connect_datagram(std::span<Address const>,
                                              std::unique_ptr<DatagramProtocol>, ConnectOptions,
                                              DatagramOptions) override;
  void standard_io(std::unique_ptr<Protocol>) override;
  Result<ProcessTransport*> spawn_process(std::unique_ptr<ProcessProtocol>,
                                          std::string const& executable,
                                          SpawnOptions = {}) override;

  // Where the real one would wait, time jumps to the next call. Returns after stop(), and also, as
  // after crash(), when nothing is left that could ever happen by itself.
  void run(bool install_signal_handlers = true) override;
  void stop() override;
  void crash() override { crashed_ = true; }
  bool running() const override { return running_; }
  bool shutting_down() const override { return running_ && told_; }
  void call_when_running(Function<void()>) override;
  TriggerId add_system_event_trigger(Phase, SystemEvent, Function<Deferred<void>()>) override;
  void remove_system_event_trigger(TriggerId) override;
  Deferred<void> drain(Duration limit) override;
  std::size_t connections() const override { return connections_; }
  void on_signal(int signal, Function<void()>) override;
  void call_from_thread(Function<void()>) override;
  void call_in_thread(Function<void()> work, Function<void()> done = {}) override;
  void suggest_thread_pool_size(std::size_t most) override { pool_size_ = most; }
  // Inside a turn or run().
  bool in_own_thread() const override { return thread_ == std::this_thread::get_id(); }
  Deferred<std::vector<Address>> resolve(std::string const& name, int family = 0) override;
  void set_resolver(Resolver resolver) override { resolver_ = std::move(resolver); }

 private:
  friend class MemoryPort;
  friend class MemoryConnector;

  // Work for a thread, and what follows it.
  struct Errand {
    Function<void()> work, done;
  };

  bool in_use(Address const&) const;
  Result<ListeningPort*> keep(std::unique_ptr<MemoryPort>);
  FakeTransport& add(Address const& host, Address const& peer,
                     Function<void(Failure const&)> when_lost = {});
  void connect_later(FakeTransport&, std::unique_ptr<Protocol>);
  FakeDatagramTransport& add_datagram(Address const& where, std::unique_ptr<DatagramProtocol>,
                                      DatagramOptions const&);
  void take_mail();
  void do_errands();
  void drop_errands();
  bool busy();
  bool next_turn();
  void fire(Phase, SystemEvent, bool wait);
  void start_up();
  void shut_down();
  void lose_all();
  void one_lost();

  Time now_{};
  std::uint16_t next_port_ = 49152;
  std::vector<std::unique_ptr<MemoryPort>> ports_;
  std::vector<std::weak_ptr<MemoryConnector>> connectors_;
  std::set<std::shared_ptr<Connector>> busy_connectors_;
  std::vector<std::unique_ptr<FakeTransport>> transports_;
  std::vector<std::unique_ptr<FakeDatagramTransport>> datagrams_;
  FakeTransport* standard_ = nullptr;
  std::atomic<std::size_t> connections_{0};
  std::unique_ptr<Triggers> triggers_;
  std::mutex mail_mutex_;
  std::vector<Function<void()>> mail_;
  std::vector<Errand> errands_;  // guarded by the same
  std::atomic<std::size_t> pool_size_{10};
  std::atomic<std::thread::id> thread_;  // that is in a turn
  std::vector<std::unique_ptr<MemoryProcess>> processes_;
  std::optional<Failure> process_failure_;
  std::map<int, Function<void()>> signal_calls_;
  std::map<std::string, std::vector<Address>> addresses_;
  Resolver resolver_;
  std::vector<Promise<void>> draining_;
  DelayedCall drain_limit_;
  bool default_signals_ = false;
  bool in_turn_ = false;
  bool running_ = false;
  bool stopping_ = false;
  bool crashed_ = false;
  bool told_ = false;  // the "during" triggers of shutdown
};

}  // namespace twx
