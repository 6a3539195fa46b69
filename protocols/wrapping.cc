#include "protocols/wrapping.h"

namespace twx {

WrappingFactory::WrappingFactory(std::shared_ptr<Factory> wrapped)
    : wrapped_(std::move(wrapped)), client_(dynamic_cast<ClientFactory*>(wrapped_.get())) {
  noisy = false;  // the wrapped one is, if it likes
}

std::unique_ptr<Protocol> WrappingFactory::build_protocol(Address const& peer) {
  auto inner = wrapped_->build_protocol(peer);
  return inner ? wrap(std::move(inner), peer) : nullptr;
}

std::unique_ptr<Protocol> WrappingFactory::wrap(std::unique_ptr<Protocol> inner, Address const&) {
  return std::make_unique<ProtocolWrapper>(std::move(inner));
}

void WrappingFactory::started_connecting(Connector& connector) {
  if (client_) client_->started_connecting(connector);
}

void WrappingFactory::client_connection_failed(Connector& connector, Failure const& reason) {
  if (client_) client_->client_connection_failed(connector, reason);
}

void WrappingFactory::client_connection_lost(Connector& connector, Failure const& reason) {
  if (client_) client_->client_connection_lost(connector, reason);
}

}  // namespace twx
