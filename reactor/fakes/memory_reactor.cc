#include "reactor/fakes/memory_reactor.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "reactor/built.h"
#include "reactor/log.h"
#include "reactor/triggers.h"

namespace twx {
namespace {

// Says at its end that we are no longer inside.
struct Leave {
  bool& inside;
  ~Leave() { inside = false; }
};

// This thread is the reactor's for as long as it lives.
struct Own {
  explicit Own(std::atomic<std::thread::id>& thread)
      : own(thread), before(thread.exchange(std::this_thread::get_id())) {}
  ~Own() { own = before; }
  Own(Own const&) = delete;
  Own& operator=(Own const&) = delete;
  std::atomic<std::thread::id>& own;
  std::thread::id const before;
};

template <class Each>
std::vector<Each*> pointers(std::vector<std::unique_ptr<Each>> const& owned) {
  std::vector<Each*> all;
  all.reserve(owned.size());
  for (auto const& each : owned) all.push_back(each.get());
  return all;
}

}  // namespace

// --- time and turns ---

MemoryReactor::MemoryReactor() : triggers_(std::make_unique<Triggers>()) {}

MemoryReactor::~MemoryReactor() {
  busy_connectors_.clear();
  drop_calls();
  processes_.clear();
  transports_.clear();
  datagrams_.clear();
}

void MemoryReactor::turn() {
  if (std::exchange(in_turn_, true)) throw std::logic_error("a turn inside a turn");
  Leave const leave{in_turn_};
  Own const own(thread_);
  make_due_calls(now_);
  do_errands();
  take_mail();
  // What is connected on the way is there in the next turn.
  auto const count = transports_.size();
  auto const process_count = processes_.size();
  auto const datagrams = datagrams_.size();
  for (std::size_t i = 0; i < count; ++i) transports_[i]->turn();
  for (std::size_t i = 0; i < process_count; ++i) processes_[i]->turn();
  for (std::size_t i = 0; i < datagrams; ++i) datagrams_[i]->turn();
}

void MemoryReactor::advance(Duration by) {
  auto const end = now_ + by;
  for (auto next = next_call(); next && *next <= end; next = next_call()) {
    now_ = std::max(now_, *next);
    turn();
  }
  now_ = end;
  turn();
}

void MemoryReactor::take_mail() {
  std::vector<Function<void()>> calls;
  {
    std::scoped_lock const lock(mail_mutex_);
    calls.swap(mail_);
  }
  for (auto& call : calls) {
    try {
      call();
    } catch (...) {
      log_failure("a call from a thread failed", Failure::from_current_exception());
    }
  }
}

void MemoryReactor::do_errands() {
  std::vector<Errand> errands;
  {
    std::scoped_lock const lock(mail_mutex_);
    if (pool_size_ > 0) errands.swap(errands_);
  }
  for (auto& errand : errands) {
    try {
      errand.work();
    } catch (...) {
      log_failure("work in a thread failed", Failure::from_current_exception());
    }
    errand.work = nullptr;
    if (errand.done) call_from_thread(std::move(errand.done));
  }
}

bool MemoryReactor::busy() {
  auto const is_busy = [](auto const& each) { return each->busy(); };
  std::scoped_lock const lock(mail_mutex_);
  return !mail_.empty() || (!errands_.empty() && pool_size_ > 0) ||
         std::ranges::any_of(transports_, is_busy) || std::ranges::any_of(processes_, is_busy) ||
         std::ranges::any_of(datagrams_, is_busy);
}

// False if nothing can happen any more.
bool MemoryReactor::next_turn() {
  auto const next = next_call();
  if (!busy()) {
    if (!next || *next == Time::max()) return false;
    now_ = std::max(now_, *next);
  }
  turn();
  return true;
}

// --- its life ---

void MemoryReactor::run(bool install_signal_handlers) {
  if (running_) throw ReactorAlreadyRunning();
  if (in_turn_) throw std::logic_error("run() inside a turn");
  running_ = true;
  Leave const leave{running_};
  Own const own(thread_);
  stopping_ = crashed_ = told_ = false;
  default_signals_ = install_signal_handlers;
  start_up();
  while (!stopping_ && !crashed_ && next_turn()) {
  }
  if (stopping_ && !crashed_) shut_down();
}

void MemoryReactor::start_up() {
  fire(Phase::before, SystemEvent::startup, true);
  if (stopping_) return;
  fire(Phase::during, SystemEvent::startup, false);
  fire(Phase::after, SystemEvent::startup, false);
}

void MemoryReactor::stop() {
  if (!running_ || stopping_) throw ReactorNotRunning();
  stopping_ = true;
}

void MemoryReactor::shut_down() {
  fire(Phase::before, SystemEvent::shutdown, true);
  for (auto const& port : ports_) port->stop_listening().release();
  lose_all();
  told_ = true;
  fire(Phase::during, SystemEvent::shutdown, false);
  do_errands();  // on the real one they have begun
  take_mail();
  drop_errands();
  fire(Phase::after, SystemEvent::shutdown, false);
  turn();
  lose_all();
}

void MemoryReactor::lose_all() {
  for (std::size_t i = 0; i < transports_.size(); ++i) transports_[i]->lose();
  for (std::size_t i = 0; i < processes_.size(); ++i) processes_[i]->lose();
  for (std::size_t i = 0; i < datagrams_.size(); ++i) datagrams_[i]->finish();
}

void MemoryReactor::drop_errands() {
  std::vector<Errand> dropped;  // destroyed without the lock
  std::scoped_lock const lock(mail_mutex_);
  dropped.swap(errands_);
}

void MemoryReactor::fire(Phase phase, SystemEvent event, bool wait) {
  auto const held = triggers_->fire(phase, event);
  auto const given_up = [&] { return crashed_ || (event == SystemEvent::startup && stopping_); };
  while (wait && held && *held > 0 && !given_up() && next_turn()) {
  }
}

void MemoryReactor::call_when_running(Function<void()> call) {
  if (running_) return call();
  auto const id = std::make_shared<TriggerId>();
  auto once = [this, id, call = std::move(call)]() mutable {
    triggers_->remove(*id);
    call();
    return succeed();
  };
  *id = triggers_->add(Phase::after, SystemEvent::startup, std::move(once));
}

TriggerId MemoryReactor::add_system_event_trigger(Phase phase, SystemEvent event,
                                                  Function<Deferred<void>()> call) {
  return triggers_->add(phase, event, std::move(call));
}

void MemoryReactor::remove_system_event_trigger(TriggerId id) { triggers_->remove(id); }

Deferred<void> MemoryReactor::drain(Duration limit) {
  for (auto const& port : ports_) port->stop_listening().release();
  for (auto const& socket : datagrams_) socket->stop_listening().release();
  for (auto const& transport : transports_)
    if (transport.get() != standard_) transport->lose_connection();
  if (connections() == 0) return succeed();
  Deferred<void> drained;
  draining_.push_back(drained.promise());
  drain_limit_ = call_later(limit, [this] {
    for (auto const& transport : transports_)
      if (transport.get() != standard_) transport->abort_connection();
  });
  return drained;
}

void MemoryReactor::one_lost() {
  if (--connections_ > 0) return;
  drain_limit_ = {};
  for (auto& promise : std::exchange(draining_, {})) promise.callback();
}

void MemoryReactor::on_signal(int signal, Function<void()> call) {
  signal_calls_[signal] = std::move(call);
}

void MemoryReactor::raise_signal(int signal) {
  call_from_thread([this, signal] {
    if (auto const found = signal_calls_.find(signal); found != signal_calls_.end())
      return found->second();
    auto const ends = signal == SIGINT || signal == SIGTERM;
    if (ends && default_signals_ && running_ && !stopping_) stop();
  });
}

void MemoryReactor::call_from_thread(Function<void()> call) {
  std::scoped_lock const lock(mail_mutex_);
  mail_.push_back(std::move(call));
}

void MemoryReactor::call_in_thread(Function<void()> work, Function<void()> done) {
  std::scoped_lock const lock(mail_mutex_);
  errands_.push_back({std::move(work), std::move(done)});
}

Deferred<std::vector<Address>> MemoryReactor::resolve(std::string const& name, int family) {
  auto const fits = [family](Address const& address) {
    return family == AF_UNSPEC || family == address.family();
  };
  if (auto const literal = Address::ip(name, 0))
    return fits(*literal) ? succeed(std::vector{*literal})
                          : fail<std::vector<Address>>(Error::name_not_found);
  if (resolver_) return maybe_deferred([&] { return resolver_(name, family); });
  std::vector<Address> known;
  if (auto const found = addresses_.find(name); found != addresses_.end())
    std::ranges::copy_if(found->second, std::back_inserter(known), fits);
  Deferred<std::vector<Address>> answer;
  auto tell = [promise = answer.promise(), known = std::move(known)]() mutable {
    if (known.empty()) return promise.errback(Error::name_not_found);
    promise.callback(std::move(known));
  };
  call_later(Duration::zero(), std::move(tell)).release();
  return answer;
}

// --- ports and connections ---

bool MemoryReactor::in_use(Address const& where) const {
  return where.family() != AF_UNSPEC && (where.is_unix() || where.port() != 0) &&
         std::ranges::any_of(ports_, [&](auto const& port) {
           return port->listening() && port->host() == where;
         });
}

Result<ListeningPort*> MemoryReactor::keep(std::unique_ptr<MemoryPort> port) {
  if (auto opened = port->start_listening(); !opened) return opened.failure();
  ports_.push_back(std::move(port));
  return ports_.back().get();
}

Result<ListeningPort*> MemoryReactor::listen(Address const& where, std::shared_ptr<Factory> factory,
                                             ListenOptions options) {
  return keep(std::make_unique<MemoryPort>(*this, where, -1, std::move(factory), options));
}

Result<ListeningPort*> MemoryReactor::listen_descriptor(int fd, std::shared_ptr<Factory> factory,
                                                        ListenOptions options) {
  return keep(std::make_unique<MemoryPort>(*this, Address(), fd, std::move(factory), options));
}

void MemoryReactor::forget(ListeningPort& port) {
  auto const found = std::ranges::find(ports_, &port, &std::unique_ptr<MemoryPort>::get);
  if (found == ports_.end()) throw std::invalid_argument("a port of another reactor");
  port.stop_listening().release();
  call_later(Duration::zero(), [owned = std::move(*found)] {}).release();
  ports_.erase(found);
}

FakeTransport& MemoryReactor::add(Address const& host, Address const& peer,
                                  Function<void(Failure const&)> when_lost) {
  auto& transport = *transports_.emplace_back(std::make_unique<FakeTransport>(this));
  transport.set_host(host);
  transport.set_peer(peer);
  ++connections_;
  transport.when_lost([this, told = std::move(when_lost)](Failure const& reason) mutable {
    one_lost();
    if (told) told(reason);
  });
  return transport;
}

void MemoryReactor::adopt(int, Address const& peer, Factory& factory,
                          std::shared_ptr<TlsContext> tls) {
  auto protocol = built([&] { return factory.build_protocol(peer); });
  if (!protocol) return;
  auto& transport = add(FakeTransport::usual_host(), peer);
  if (tls) transport.set_tls(FakeTransport::usual_tls());
  connect_later(transport, std::move(protocol));
}

void MemoryReactor::connect_later(FakeTransport& transport, std::unique_ptr<Protocol> protocol) {
  auto connect = [&transport, protocol = std::move(protocol)]() mutable {
    if (!transport.lost()) transport.connect(std::move(protocol));
  };
  call_later(Duration::zero(), std::move(connect)).release();
}

std::shared_ptr<Connector> MemoryReactor::connect(Endpoint const& where,
                                                  std::shared_ptr<ClientFactory> factory,
                                                  ConnectOptions options) {
  auto connector =
      std::make_shared<MemoryConnector>(*this, where, std::move(factory), std::move(options));
  connectors_.push_back(connector);
  connector->connect();
  return connector;
}

FakeDatagramTransport& MemoryReactor::add_datagram(Address const& where,
                                                   std::unique_ptr<DatagramProtocol> protocol,
                                                   DatagramOptions const& options) {
  auto& socket = *datagrams_.emplace_back(std::make_unique<FakeDatagramTransport>(options));
  auto const chosen = where.is_unix() || where.port() != 0;
  socket.set_host(chosen ? where : where.with_port(next_port_++));
  auto start = [&socket, protocol = std::move(protocol)]() mutable {
    if (socket.listening()) socket.start(std::move(protocol));
  };
  call_later(Duration::zero(), std::move(start)).release();
  return socket;
}

Result<DatagramTransport*> MemoryReactor::listen_datagram(
    Address const& where, std::unique_ptr<DatagramProtocol> protocol, DatagramOptions options) {
  auto const in_the_way = [&](auto const& other) {
    return other->listening() && other->host() == where &&
           !(other->options().reuse_address && options.reuse_address);
  };
  if (std::ranges::any_of(datagrams_, in_the_way))
    return Failure(std::make_error_code(std::errc::address_in_use),
                   "listen " + where.datagram_uri());
  return &add_datagram(where, std::move(protocol), options);
}

Result<DatagramTransport*> MemoryReactor::connect_datagram(
    std::span<Address const> candidates, std::unique_ptr<DatagramProtocol> protocol,
    ConnectOptions options, DatagramOptions datagram_options) {
  if (candidates.empty())
    return Failure(std::make_error_code(std::errc::destination_address_required));
  auto const& peer = candidates.front();
  auto const own = peer.is_unix() ? Address::unix("@memory").value_or(Address())
                                  : Address::any(options.bind_port, peer.family());
  auto& socket = add_datagram(options.bind.value_or(own), std::move(protocol), datagram_options);
  socket.set_peer(peer);
  return &socket;
}

void MemoryReactor::standard_io(std::unique_ptr<Protocol> protocol) {
  standard_ = transports_.emplace_back(std::make_unique<FakeTransport>(this)).get();
  standard_->set_peer({});
  standard_->set_host({});
  connect_later(*standard_, std::move(protocol));
}

Result<ProcessTransport*> MemoryReactor::spawn_process(std::unique_ptr<ProcessProtocol> protocol,
                                                       std::string const& executable,
                                                       SpawnOptions options) {
  if (process_failure_) return *process_failure_;
  auto const pid = 1001 + static_cast<int>(processes_.size());
  processes_.push_back(std::make_unique<MemoryProcess>(*this, std::move(protocol), executable,
                                                       std::move(options), pid));
  return processes_.back().get();
}

// --- what was asked for ---

std::vector<MemoryProcess*> MemoryReactor::processes() const { return pointers(processes_); }
std::vector<MemoryPort*> MemoryReactor::ports() const { return pointers(ports_); }
std::vector<FakeDatagramTransport*> MemoryReactor::datagrams() const {
  return pointers(datagrams_);
}
std::vector<FakeTransport*> MemoryReactor::transports() const { return pointers(transports_); }

std::vector<std::shared_ptr<MemoryConnector>> MemoryReactor::connectors() const {
  std::vector<std::shared_ptr<MemoryConnector>> all;
  for (auto const& each : connectors_)
    if (auto connector = each.lock()) all.push_back(std::move(connector));
  return all;
}

}  // namespace twx
