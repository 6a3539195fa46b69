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
  hold(true);
  // Asked for first, so that it comes before any report of an attempt that fails at once.
  started_ = clock_.call_later(Duration::zero(), [this] { factory_->started_connecting(*this); });
  start_attempt();
  if (options_.timeout)
    timeout_ = clock_.call_later(*options_.timeout, [this] {
      auto const failure = timeout_failure();
      stop_attempt();
      connection_failed(failure);
    });
}

void Connector::stop_connecting() {
  if (state_ != State::connecting || stopped_.active()) throw NotConnecting();
  timeout_ = {};
  stop_attempt();
  stopped_ =
      clock_.call_later(Duration::zero(), [this] { connection_failed(Error::stopped_connecting); });
}

void Connector::disconnect() {
  if (state_ == State::connected) return close_connection();
  if (state_ == State::connecting && !stopped_.active()) stop_connecting();
}

std::unique_ptr<Protocol> Connector::connected(Address const& peer) {
  timeout_ = {};
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
  timeout_ = {};
  started_ = {};
  stopped_ = {};
  state_ = State::disconnected;
  stop_attempt();
}

void Connector::ended(void (ClientFactory::*tell)(Connector&, Failure const&),
                      Failure const& failure) {
  auto const alive = shared_from_this();
  hold(false);
  timeout_ = {};
  started_ = {};
  state_ = State::disconnected;
  try {
    (factory_.get()->*tell)(*this, failure);
  } catch (...) {
    log(Level::error, "a client factory failed: " + Failure::from_current_exception().message());
  }
  if (state_ == State::disconnected && std::exchange(factory_started_, false)) factory_->do_stop();
}

}  // namespace twx
