#include "reactor/connector.h"

#include "reactor/log.h"

namespace twx {

Connector::Connector(Clock& clock, Endpoint destination, std::shared_ptr<ClientFactory> factory,
                     ConnectOptions options)
    : clock_(clock),
      destination_(std::move(destination)),
      factory_(std::move(factory)),
      options_(std::move(options)) {}

Connector::~Connector() = default;

void Connector::connect() {
  if (state_ != State::disconnected) throw CannotConnectInThisState();
  if (!factory_started_) factory_->do_start();
  factory_started_ = true;
  state_ = State::connecting;
  try {
    begin();
  } catch (...) {
    auto const alive = shared_from_this();
    abandon();
    hold(false);
    stop_factory();
    throw;
  }
}

void Connector::begin() {
  hold(true);
  // Asked for first, so that it comes before any report of an attempt that fails at once.
  started_ = clock_.call_later(Duration::zero(), [this] { factory_->started_connecting(*this); });
  failure_.reset();
  deadline_ =
      clock_.call_later(options_.timeout.value_or(Duration::max()), [this] { deadline_passed(); });
  auto const secured = secure();
  secured ? start_attempt() : fail_later(secured.failure());
}

// An endpoint that wants TLS is never dialled without.
Result<void> Connector::secure() {
  if (!destination_.tls || options_.tls) return {};
  auto context = TlsContext::client(*destination_.tls);
  if (!context) return context.failure();
  options_.tls = std::move(*context);
  return {};
}

void Connector::deadline_passed() {
  auto const failure = failure_ ? *failure_ : timeout_failure();
  stop_attempt();
  connection_failed(failure);
}

void Connector::fail_later(Failure failure) {
  failure_ = std::move(failure);
  deadline_.reset(Duration::zero());
}

void Connector::stop_connecting() {
  if (state_ != State::connecting || stopping()) throw NotConnecting();
  stop_attempt();
  fail_later(Error::stopped_connecting);
}

bool Connector::stopping() const { return failure_ && failure_->is(Error::stopped_connecting); }

void Connector::disconnect() {
  if (state_ == State::connected) return close_connection();
  if (state_ == State::connecting && !stopping()) stop_connecting();
}

std::unique_ptr<Protocol> Connector::connected(Address const& peer) {
  deadline_ = {};
  state_ = State::connected;
  return factory_->build_protocol(peer);
}

void Connector::connection_failed(Failure const& failure) {
  ended(&ClientFactory::client_connection_failed, failure);
}

void Connector::connection_lost(Failure const& failure) {
  ended(&ClientFactory::client_connection_lost, failure);
}

void Connector::abandon() {
  deadline_ = {};
  started_ = {};
  state_ = State::disconnected;
  stop_attempt();
}

void Connector::ended(void (ClientFactory::*tell)(Connector&, Failure const&),
                      Failure const& failure) {
  auto const alive = shared_from_this();
  hold(false);
  deadline_ = {};
  started_ = {};
  state_ = State::disconnected;
  try {
    (factory_.get()->*tell)(*this, failure);
  } catch (...) {
    log_failure("a client factory failed", Failure::from_current_exception());
  }
  if (state_ == State::disconnected) stop_factory();
}

void Connector::stop_factory() noexcept {
  if (!std::exchange(factory_started_, false)) return;
  try {
    factory_->do_stop();
  } catch (...) {
    log_failure("a client factory failed", Failure::from_current_exception());
  }
}

}  // namespace twx
