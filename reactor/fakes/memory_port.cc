#include "reactor/fakes/memory_port.h"

#include <stdexcept>

#include "reactor/built.h"
#include "reactor/fakes/memory_reactor.h"

namespace twx {
namespace {

bool is_wildcard(Address const& address) {
  return address.family() == AF_UNSPEC || address == Address::any(address.port()) ||
         address == Address::any(address.port(), AF_INET);
}

}  // namespace

MemoryPort::MemoryPort(MemoryReactor& reactor, Address where, int descriptor,
                       std::shared_ptr<Factory> factory, ListenOptions options)
    : reactor_(reactor),
      where_(std::move(where)),
      descriptor_(descriptor),
      factory_(std::move(factory)),
      options_(std::move(options)) {}

FakeTransport* MemoryPort::accept() {
  return accept(host_.is_unix() ? Address() : FakeTransport::usual_peer());
}

FakeTransport* MemoryPort::accept(Address const& peer, TlsInfo const& tls) {
  if (!listening_) throw std::logic_error("the port is not listening");
  auto const usual = FakeTransport::usual_host().with_port(host_.port());
  auto protocol = built([&] { return factory_->build_protocol(peer); });
  if (!protocol) return nullptr;
  auto& transport = reactor_.add(is_wildcard(host_) ? usual : host_, peer);
  if (options_.tls) transport.set_tls(tls);
  transport.connect(std::move(protocol));
  return &transport;
}

Result<void> MemoryPort::start_listening() {
  if (listening_ || reactor_.in_use(where_))
    return Failure(std::make_error_code(std::errc::address_in_use), "listen " + where_.to_string());
  auto const chosen = where_.family() == AF_UNSPEC || where_.is_unix() || where_.port() != 0;
  host_ = chosen ? where_ : where_.with_port(reactor_.next_port_++);
  listening_ = true;
  factory_->do_start();
  return {};
}

Deferred<void> MemoryPort::stop_listening() {
  if (!listening_) return succeed();
  listening_ = false;
  Deferred<void> closed;
  auto finish = [this, promise = closed.promise()]() mutable {
    factory_->do_stop();
    promise.callback();
  };
  reactor_.call_later(Duration::zero(), std::move(finish)).release();
  return closed;
}

}  // namespace twx
