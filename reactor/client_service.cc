#include "reactor/client_service.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "reactor/log.h"

namespace twx {
namespace {

using Seconds = std::chrono::duration<double>;

double draw_uniform() {
  static thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_real_distribution<double>()(engine);
}

}  // namespace

RetryPolicy backoff_policy(Backoff backoff, Function<double()> draw) {
  if (!draw) draw = draw_uniform;
  return [backoff, draw = std::move(draw)](std::uint64_t failures) mutable {
    auto const power = static_cast<double>(std::min<std::uint64_t>(failures, 100));
    auto const delay = Seconds(backoff.initial) * std::pow(backoff.factor, power);
    return std::chrono::duration_cast<Duration>(std::min(delay, Seconds(backoff.max)) +
                                                Seconds(draw()));
  };
}

// The service as its connector sees it.
class ClientService::Attempts final : public ClientFactory,
                                      public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(ClientService& service, std::shared_ptr<Factory> factory)
      : service_(&service), factory_(std::move(factory)) {
    noisy = false;
  }
  // The service goes.
  void leave() { service_ = nullptr; }

  void start_factory() override { factory_->do_start(); }
  void stop_factory() override { factory_->do_stop(); }
  std::unique_ptr<Protocol> build_protocol(Address const& peer) override;
  void client_connection_failed(Connector&, Failure const& reason) override { ended(reason); }
  void client_connection_lost(Connector&, Failure const& reason) override { ended(reason); }

 private:
  class Observed;
  void connected(Protocol& protocol) {
    if (service_) service_->connected(protocol);
  }
  void disconnected() {
    if (service_) service_->protocol_ = nullptr;
  }
  void ended(Failure const& reason) {
    if (service_) service_->ended(reason);
  }

  ClientService* service_;
  std::shared_ptr<Factory> factory_;
};

// Passes everything on to `inner`, and tells when it has a connection and when it has none.
class ClientService::Attempts::Observed final : public Protocol {
 public:
  Observed(std::shared_ptr<Attempts> attempts, std::unique_ptr<Protocol> inner)
      : attempts_(std::move(attempts)), inner_(std::move(inner)) {}

  void connection_made() override {
    inner_->make_connection(transport());
    attempts_->connected(*inner_);
  }
  void data_received(Bytes data) override { inner_->data_received(data); }
  void eof_received() override { inner_->eof_received(); }
  void handshake_completed() override { inner_->handshake_completed(); }
  void write_connection_lost() override { inner_->write_connection_lost(); }
  void pause_writing() override { inner_->pause_writing(); }
  void resume_writing() override { inner_->resume_writing(); }
  void reading_resumed() override { inner_->reading_resumed(); }
  void descriptor_received(Descriptor descriptor) override {
    inner_->descriptor_received(std::move(descriptor));
  }
  void file_forwarded(std::uint64_t count, Result<void> const& written) override {
    inner_->file_forwarded(count, written);
  }
  void connection_lost(Failure const& reason) override {
    attempts_->disconnected();
    inner_->connection_lost(reason);
  }

 private:
  std::shared_ptr<Attempts> attempts_;
  std::unique_ptr<Protocol> inner_;
};

std::unique_ptr<Protocol> ClientService::Attempts::build_protocol(Address const& peer) {
  auto inner = factory_->build_protocol(peer);
  if (!inner) return nullptr;
  return std::make_unique<Observed>(shared_from_this(), std::move(inner));
}

ClientService::ClientService(Reactor& reactor, Endpoint where, std::shared_ptr<Factory> factory)
    : ClientService(reactor, std::move(where), std::move(factory), Settings()) {}

ClientService::ClientService(Reactor& reactor, Endpoint where, std::shared_ptr<Factory> factory,
                             Settings settings)
    : reactor_(reactor),
      where_(std::move(where)),
      settings_(std::move(settings)),
      attempts_(std::make_shared<Attempts>(*this, std::move(factory))) {
  if (!settings_.clock) settings_.clock = &reactor_;
}

ClientService::~ClientService() {
  attempts_->leave();
  abandon();
  if (connector_) connector_->disconnect();
}

Deferred<Protocol*> ClientService::when_connected(std::optional<std::uint64_t> failures) {
  if (stopped_ && !running()) return fail<Protocol*>(Error::cancelled);
  if (protocol_ && !stopped_) return succeed(protocol_);
  Deferred<Protocol*> connected;
  waiters_.push_back({connected.promise(), failures});
  return connected;
}

Deferred<void> ClientService::on_start() {
  stopped_ = false;
  failures_ = 0;
  connect();
  return succeed();
}

// A failure here is that of an attempt: nobody else would make the next one.
void ClientService::connect() {
  was_connected_ = false;
  prepare_retry();
  try {
    if (connector_) return connector_->connect();
    connector_ = reactor_.connect(where_, attempts_, settings_.connect);
  } catch (...) {
    ended(Failure::from_current_exception());
  }
}

void ClientService::connected(Protocol& protocol) {
  protocol_ = &protocol;
  was_connected_ = true;
  failures_ = 0;
  for (auto& each : std::exchange(waiters_, {}))
    if (!each.promise.fired()) each.promise.callback(&protocol);
}

void ClientService::ended(Failure const& reason) {
  if (!closed_.fired()) return closed_.callback();
  auto const failed = !was_connected_;
  retry(reason);
  if (failed || !retry_.active()) tell_failure(reason);
}

// For a time that never comes. Before each attempt: then retry() needs no memory, and where there
// is none now it tries once more.
void ClientService::prepare_retry() {
  retry_ = {};  // its memory will do for the new one
  try {
    retry_ = settings_.clock->call_later(Duration::max(), [this] { connect(); });
  } catch (std::bad_alloc const&) {
    log_failure("a client service could not ask for its next attempt", Failure::no_memory());
  }
}

void ClientService::retry(Failure const& reason) {
  auto const delay = settings_.retry(++failures_);
  if (!retry_.active()) prepare_retry();
  if (!retry_.active()) return;
  retry_.reset(delay);
  log_retry(reason, delay);
}

void ClientService::log_retry(Failure const& reason, Duration delay) const {
  if (!log_enabled(Level::info)) return;
  try {
    log(Level::info, where_.to_string() + ": " + reason.message() + "; connecting again in " +
                         std::to_string(Seconds(delay).count()) + " s");
  } catch (std::bad_alloc const&) {
    log(Level::info, "connecting again");
  }
}

// All of them if there is no next attempt. What is told may destroy this.
void ClientService::tell_failure(Failure const& reason) {
  std::vector<Waiter> told;
  for (auto& each : std::exchange(waiters_, {})) {
    auto const last = !retry_.active() || (each.failures_left && *each.failures_left <= 1);
    if (each.failures_left) --*each.failures_left;
    (last ? told : waiters_).push_back(std::move(each));
  }
  for (auto& each : told)
    if (!each.promise.fired()) each.promise.errback(reason);
}

Deferred<void> ClientService::on_stop() {
  stopped_ = true;
  retry_ = {};
  auto closed = succeed();
  if (connector_ && connector_->state() != Connector::State::disconnected) {
    closed = Deferred<void>();
    closed_ = closed.promise();
    connector_->disconnect();
  }
  for (auto& each : std::exchange(waiters_, {}))
    if (!each.promise.fired()) each.promise.errback(Error::cancelled);
  return closed;
}

}  // namespace twx
