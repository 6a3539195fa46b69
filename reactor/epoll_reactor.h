// Internal to reactor/. The Reactor that make_reactor gives: the loop, its life, and the makers of
// ports, connectors, standard streams and processes.
#pragma once

#include "reactor/datagrams.h"
#include "reactor/lookup.h"
#include "reactor/loop.h"
#include "reactor/mailbox.h"
#include "reactor/process_child.h"
#include "reactor/signals.h"
#include "reactor/thread_calls.h"
#include "reactor/triggers.h"

namespace twx {

class EpollReactor final : public Loop {
 public:
  EpollReactor();
  ~EpollReactor() override;

  using Reactor::connect;
  using Reactor::listen;
  Result<ListeningPort*> listen(Address const&, std::shared_ptr<Factory>, ListenOptions) override;
  Result<ListeningPort*> listen_descriptor(int, std::shared_ptr<Factory>, ListenOptions) override;
  void forget(ListeningPort&) override;
  void adopt(int fd, Address const& peer, Factory&, std::shared_ptr<TlsContext> tls) override;
  void accepted(Descriptor, Address const& peer, std::shared_ptr<Factory> const&,
                std::shared_ptr<TlsContext> const& tls) override;
  std::shared_ptr<Connector> connect(Endpoint const&, std::shared_ptr<ClientFactory>,
                                     ConnectOptions) override;
  using Reactor::connect_datagram;
  using Reactor::listen_datagram;
  Result<DatagramTransport*> listen_datagram(Address const&, std::unique_ptr<DatagramProtocol>,
                                             DatagramOptions) override;
  Result<DatagramTransport*> connect_datagram(std::span<Address const>,
                                              std::unique_ptr<DatagramProtocol>, ConnectOptions,
                                              DatagramOptions) override;
  void standard_io(std::unique_ptr<Protocol>) override;
  Result<ProcessTransport*> spawn_process(std::unique_ptr<ProcessProtocol>,
                                          std::string const& executable, SpawnOptions) override;
  void run(bool install_signal_handlers) override;
  void start(Function<void()> wake) override;
  int descriptor() const override { return set().fd(); }
  std::optional<Time> turn_due() const override;
  bool take_turn() override;
  void stop() override;
  void crash() override;
  bool running() const override { return running_; }
  bool shutting_down() const override { return running_ && told_; }
  void call_when_running(Function<void()>) override;
  TriggerId add_system_event_trigger(Phase, SystemEvent, Function<Deferred<void>()>) override;
  void remove_system_event_trigger(TriggerId id) override { triggers_.remove(id); }
  Deferred<void> drain(Duration limit) override;
  std::size_t connections() const override { return stream_count(); }
  void on_signal(int signal, Function<void()>) override;
  void call_from_thread(Function<void()>) override;
  void call_in_thread(Function<void()> work, Function<void()> done) override;
  void suggest_thread_pool_size(std::size_t most) override { threads_.set_size(most); }
  bool in_own_thread() const override { return thread_ == std::this_thread::get_id(); }
  Deferred<std::vector<Address>> resolve(std::string const& name, int family) override;
  void set_resolver(Resolver resolver) override { resolver_ = std::move(resolver); }

 private:
  enum class Stage : std::uint8_t { starting, up, stopping, joining };
  struct Run;
  struct Waker final : Watched {
    explicit Waker(EpollReactor& owner) : reactor(owner) {}
    void ready(std::uint32_t) override { reactor.take_mail(); }
    EpollReactor& reactor;
  };

  Result<ListeningPort*> keep(std::unique_ptr<ListeningPort>);
  void take_mail();
  void begin();
  bool steady() const { return stage_ == Stage::up && !stopping_ && !crashed_; }
  bool go_on();
  bool go_on_hosted();
  void end();
  void hold(SystemEvent);
  bool held() const { return held_ && *held_ > 0; }
  void start_up();
  void shut_down();
  void shut_down_at_last();
  void stream_removed() override;
  void take_default_signals();

  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  Waker waker_{*this};
  std::unique_ptr<Signals> signals_;
  Triggers triggers_;
  Lookups lookups_{mailbox_};
  Children children_{*this};
  ThreadCalls threads_{mailbox_};
  Resolver resolver_;  // instead of lookups_, if set
  std::vector<std::unique_ptr<ListeningPort>> ports_;
  Datagrams datagrams_{*this};
  std::vector<Promise<void>> draining_;
  DelayedCall drain_limit_;
  std::shared_ptr<int> held_;  // what the present stage waits for
  Stage stage_ = Stage::starting;
  std::atomic<std::thread::id> thread_;  // in which it runs
  bool running_ = false;
  bool stopping_ = false;
  bool crashed_ = false;
  bool told_ = false;  // the "during" triggers of shutdown
};

}  // namespace twx
