#include "reactor/fakes/memory_connector.h"

#include <stdexcept>

#include "reactor/built.h"
#include "reactor/fakes/memory_reactor.h"

namespace twx {

MemoryConnector::MemoryConnector(MemoryReactor& reactor, Endpoint where,
                                 std::shared_ptr<ClientFactory> factory, ConnectOptions options)
    : Connector(reactor, std::move(where), std::move(factory), std::move(options)),
      reactor_(reactor) {}

void MemoryConnector::start_attempt() {
  ++attempts_;
  told_ = reactor_.call_later(Duration::zero(), [this] { attempting_ = true; });
}

void MemoryConnector::stop_attempt() {
  told_ = {};
  attempting_ = false;
}

void MemoryConnector::hold(bool busy) {
  if (busy)
    reactor_.busy_connectors_.insert(shared_from_this());
  else
    reactor_.busy_connectors_.erase(shared_from_this());
}

void MemoryConnector::decide() {
  if (told_.active() && !reactor_.in_turn_) reactor_.turn();
  if (!attempting_) throw std::logic_error("no attempt is under way");
  attempting_ = false;
}

FakeTransport& MemoryConnector::succeed() {
  auto const& where = destination();
  auto const peer = where.kind == Endpoint::Kind::unix ? Address::unix(where.path)
                                                       : Address::ip(where.host, where.port);
  return succeed(peer.value_or(FakeTransport::usual_peer()));
}

FakeTransport& MemoryConnector::succeed(Address const& peer, TlsInfo const& tls) {
  decide();
  auto lost = [this](Failure const& reason) { connection_lost(reason); };
  transport_ = &reactor_.add(FakeTransport::usual_host(), peer, std::move(lost));
  if (options().tls) transport_->set_tls(tls);
  transport_->connect(built([&] { return connected(peer); }));
  return *transport_;
}

void MemoryConnector::fail(Failure const& failure) {
  decide();
  connection_failed(failure);
}

}  // namespace twx
