#include "reactor/epoll_reactor.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "reactor/built.h"
#include "reactor/listener.h"
#include "reactor/log.h"
#include "reactor/socket_connector.h"
#include "reactor/socket_stream.h"
#include "reactor/standard_stream.h"

namespace twx {

EpollReactor::EpollReactor() {
  if (auto const error = set().watch(waker_, mailbox_->fd(), EPOLLIN))
    throw std::system_error(error, std::system_category(), "epoll_ctl");
}

EpollReactor::~EpollReactor() {
  lose_host();
  abandon_connectors();  // their look-ups are ours
  mailbox_->shut();
  triggers_ = {};  // threads may wait for what these would tell them
  threads_.join();
  drop_calls();
}

// --- the life of a reactor ---

// Over, unless somebody says that it goes on.
struct EpollReactor::Run {
  explicit Run(EpollReactor& owner) : reactor(owner) {}
  Run(Run const&) = delete;
  Run& operator=(Run const&) = delete;
  ~Run() {
    if (over) reactor.end();
  }
  EpollReactor& reactor;
  bool over = true;
};

void EpollReactor::run(bool install_signal_handlers) {
  begin();
  Run const whole(*this);
  if (install_signal_handlers) take_default_signals();
  hold(SystemEvent::startup);
  while (steady() || go_on()) turn(true);
}

void EpollReactor::start(Function<void()> wake) {
  begin();
  Run run(*this);
  set_host(std::move(wake));
  hold(SystemEvent::startup);
  run.over = !go_on_hosted();
}

bool EpollReactor::take_turn() {
  if (!running_) return false;
  if (!hosted() || in_hosted_turn()) throw ReactorAlreadyRunning();
  Run run(*this);
  begin_hosted_turn();
  turn(false);
  run.over = !go_on_hosted();
  return !run.over;
}

bool EpollReactor::go_on_hosted() {
  if (!go_on()) return false;
  end_hosted_turn();
  return true;
}

std::optional<Time> EpollReactor::turn_due() const {
  if (!running_) return std::nullopt;
  return stopping_ && stage_ < Stage::stopping ? Time{} : next_turn();
}

void EpollReactor::begin() {
  if (running_) throw ReactorAlreadyRunning();
  survive_failed_writes();
  running_ = true;
  thread_ = std::this_thread::get_id();
  stopping_ = crashed_ = told_ = false;
  stage_ = Stage::starting;
}

void EpollReactor::end() {
  if (stage_ == Stage::joining) threads_.open();
  running_ = false;
  thread_ = std::thread::id();
  held_.reset();
  lose_host();
}

void EpollReactor::stop() {
  if (!running_ || stopping_) throw ReactorNotRunning();
  stopping_ = true;
  wake_host();
}

void EpollReactor::crash() {
  crashed_ = true;
  if (!hosted() || in_hosted_turn()) return;
  wake_host();
  end();
}

// What comes between two turns; false when the run is over.
bool EpollReactor::go_on() {
  if (stage_ == Stage::starting && !crashed_ && (stopping_ || !held())) start_up();
  if (stage_ == Stage::up && !crashed_ && stopping_) {
    stage_ = Stage::stopping;
    hold(SystemEvent::shutdown);
  }
  if (stage_ == Stage::stopping && !crashed_ && !held()) shut_down();
  if (stage_ != Stage::joining || crashed_ || !threads_.all_told()) return !crashed_;
  shut_down_at_last();
  return false;
}

// Fires what comes before `event`. What holds it back may let go between the turns of a host, which
// must hear of it: the mailbox tells, as it outlives the reactor.
void EpollReactor::hold(SystemEvent event) {
  auto letter = hosted() ? std::make_unique<Letter>([] {}) : nullptr;
  auto let_go = [mailbox = mailbox_, letter = std::move(letter)]() mutable {
    if (letter) static_cast<void>(mailbox->put(std::move(letter)));
  };
  held_ = triggers_.fire(Phase::before, event, std::move(let_go));
}

void EpollReactor::start_up() {
  stage_ = Stage::up;
  if (stopping_) return;
  triggers_.fire(Phase::during, SystemEvent::startup);
  triggers_.fire(Phase::after, SystemEvent::startup);
}

// The loop goes on until the threads are done: what one does may wait for a call that it made here.
void EpollReactor::shut_down() {
  for (auto& port : ports_)
    if (port->listening()) port->stop_listening().release();
  // Each finish takes its stream out of the list; callbacks can make no new ones that matter.
  while (auto* const stream = streams()) stream->finish(Error::connection_lost);
  datagrams_.finish_all();
  told_ = true;
  triggers_.fire(Phase::during, SystemEvent::shutdown);
  stage_ = Stage::joining;
  threads_.close();
}

void EpollReactor::shut_down_at_last() {
  threads_.join();
  triggers_.fire(Phase::after, SystemEvent::shutdown);
  turn(false);  // factories' ends and what else was asked for in the last callbacks
  while (auto* const stream = streams()) stream->finish(Error::connection_lost);
  datagrams_.finish_all();
  abandon_connectors();  // those that reconnect at once
}

void EpollReactor::call_when_running(Function<void()> call) {
  if (running_) return call();
  auto const shared = std::make_shared<Function<void()>>(std::move(call));
  auto const id = std::make_shared<TriggerId>();
  *id = triggers_.add(Phase::after, SystemEvent::startup, [this, shared, id] {
    triggers_.remove(*id);  // once, also if the reactor is run again
    (*shared)();
    return succeed();
  });
}

TriggerId EpollReactor::add_system_event_trigger(Phase phase, SystemEvent event,
                                                 Function<Deferred<void>()> call) {
  return triggers_.add(phase, event, std::move(call));
}

// --- ports and connections ---

Result<ListeningPort*> EpollReactor::keep(std::unique_ptr<ListeningPort> port) {
  if (auto opened = port->start_listening(); !opened) return opened.failure();
  ports_.push_back(std::move(port));
  return ports_.back().get();
}

Result<ListeningPort*> EpollReactor::listen(Address const& where, std::shared_ptr<Factory> factory,
                                            ListenOptions options) {
  return keep(std::make_unique<Listener>(*this, where, std::move(factory), options));
}

Result<ListeningPort*> EpollReactor::listen_descriptor(int fd, std::shared_ptr<Factory> factory,
                                                       ListenOptions options) {
  return keep(std::make_unique<Listener>(*this, fd, std::move(factory), options));
}

// Destroyed after what stop_listening() has left to do, which was asked for before.
void EpollReactor::forget(ListeningPort& port) {
  auto const found = std::ranges::find(ports_, &port, &std::unique_ptr<ListeningPort>::get);
  if (found == ports_.end()) throw std::invalid_argument("a port of another reactor");
  port.stop_listening().release();
  call_later(Duration::zero(), [owned = std::move(*found)] {}).release();
  ports_.erase(found);
}

void EpollReactor::accepted(Descriptor socket, Address const& peer,
                            std::shared_ptr<Factory> const& factory,
                            std::shared_ptr<TlsContext> const& tls) {
  auto owned = std::make_unique<SocketStream>(*this, std::move(socket), peer);
  auto& stream = *owned;
  if (tls) {
    auto const limit = tls->options().handshake_timeout;
    auto build = [factory, peer] { return built([&] { return factory->build_protocol(peer); }); };
    stream.start_with_tls(tls, {}, {}, limit, std::move(build));
    return add(std::move(owned), true);
  }
  auto protocol = built([&] { return factory->build_protocol(peer); });
  if (!protocol) return;  // closes the socket
  add(std::move(owned), true);
  stream.start(std::move(protocol));
}

void EpollReactor::adopt(int fd, Address const& peer, Factory& factory,
                         std::shared_ptr<TlsContext> tls) {
  Descriptor socket(fd);
  if (tls)  // with a factory that is not ours to keep
    return accepted(std::move(socket), peer, {std::shared_ptr<Factory>(), &factory}, tls);
  auto stream = std::make_unique<SocketStream>(*this, std::move(socket), peer);
  auto protocol = built([&] { return factory.build_protocol(peer); });
  if (!protocol) return;
  stream->start_later(std::move(protocol));
  add(std::move(stream), true);
}

std::shared_ptr<Connector> EpollReactor::connect(Endpoint const& where,
                                                 std::shared_ptr<ClientFactory> factory,
                                                 ConnectOptions options) {
  auto connector =
      std::make_shared<SocketConnector>(*this, where, std::move(factory), std::move(options));
  connector->connect();
  return connector;
}

Result<DatagramTransport*> EpollReactor::listen_datagram(Address const& where,
                                                         std::unique_ptr<DatagramProtocol> protocol,
                                                         DatagramOptions options) {
  return datagrams_.listen(where, std::move(protocol), options);
}

Result<DatagramTransport*> EpollReactor::connect_datagram(
    std::span<Address const> candidates, std::unique_ptr<DatagramProtocol> protocol,
    ConnectOptions options, DatagramOptions datagram_options) {
  return datagrams_.connect(candidates, std::move(protocol), options, datagram_options);
}

void EpollReactor::standard_io(std::unique_ptr<Protocol> protocol) {
  auto stream = std::make_unique<StandardStream>(*this, STDIN_FILENO, STDOUT_FILENO);
  stream->start_later(std::move(protocol));
  add(std::move(stream), false);
}

Result<ProcessTransport*> EpollReactor::spawn_process(std::unique_ptr<ProcessProtocol> protocol,
                                                      std::string const& executable,
                                                      SpawnOptions options) {
  return children_.spawn(std::move(protocol), executable, options);
}

Deferred<void> EpollReactor::drain(Duration limit) {
  for (auto& port : ports_)
    if (port->listening()) port->stop_listening().release();
  datagrams_.stop_all();
  for (auto* stream = streams(); stream; stream = next(*stream))
    if (counted(*stream)) stream->lose_connection();
  if (connections() == 0) return succeed();
  Deferred<void> drained;
  draining_.push_back(drained.promise());
  drain_limit_ = call_later(limit, [this] {
    for (auto* stream = streams(); stream; stream = next(*stream))
      if (counted(*stream)) stream->abort_connection();
  });
  return drained;
}

void EpollReactor::stream_removed() {
  if (connections() > 0 || draining_.empty()) return;
  drain_limit_ = {};
  for (auto& promise : std::exchange(draining_, {})) promise.callback();
}

// --- signals, threads, names ---

void EpollReactor::on_signal(int signal, Function<void()> call) {
  if (!signals_) signals_ = std::make_unique<Signals>(set());
  signals_->on(signal, std::move(call));
}

void EpollReactor::take_default_signals() {
  for (auto const number : {SIGINT, SIGTERM}) {
    struct sigaction present{};
    // Another handler is the program's own; ignored is what nohup and background jobs ask for.
    if (sigaction(number, nullptr, &present) < 0 || present.sa_handler != SIG_DFL) continue;
    on_signal(number, [this] {
      if (running_ && !stopping_) stop();
    });
  }
}

void EpollReactor::call_from_thread(Function<void()> call) {
  static_cast<void>(mailbox_->put(std::move(call)));  // cannot be shut while this exists
}

void EpollReactor::call_in_thread(Function<void()> work, Function<void()> done) {
  threads_.start(std::move(work), std::move(done));
}

void EpollReactor::take_mail() {
  for (auto letter = mailbox_->take(); letter; letter = std::move(letter->next)) {
    try {
      letter->call();
    } catch (...) {
      log_failure("a call from a thread failed", Failure::from_current_exception());
    }
  }
}

Deferred<std::vector<Address>> EpollReactor::resolve(std::string const& name, int family) {
  if (auto const literal = Address::ip(name, 0)) {
    if (family != AF_UNSPEC && family != literal->family())
      return fail<std::vector<Address>>(Error::name_not_found);
    return succeed(std::vector{*literal});
  }
  if (!resolver_) return lookups_.start(name, family);
  return maybe_deferred([&] { return resolver_(name, family); });
}

std::unique_ptr<Reactor> make_reactor() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));  // the old limit works too
  }
  return std::make_unique<EpollReactor>();
}

}  // namespace twx
