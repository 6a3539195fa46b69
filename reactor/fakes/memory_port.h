// Public test double. MemoryPort: a port of a MemoryReactor.
#pragma once

#include <memory>

#include "reactor/fakes/fake_transport.h"
#include "reactor/reactor.h"

namespace twx {

class MemoryReactor;

// A port that somebody listens on. Port 0 becomes 49152, 49153, ...
class MemoryPort final : public ListeningPort {
 public:
  MemoryPort(MemoryReactor&, Address where, int descriptor, std::shared_ptr<Factory>,
             ListenOptions);

  // A peer connects: the protocol is built and connected. Nothing if the factory builds none.
  // Throws std::logic_error if the port is not listening. On a port with TLS the handshake has been
  // done by then and has come to `tls`; one that fails is none of the protocols' business.
  FakeTransport* accept();
  FakeTransport* accept(Address const& peer, TlsInfo const& tls = FakeTransport::usual_tls());

  Address const& asked() const { return where_; }
  int descriptor() const { return descriptor_; }  // of listen_descriptor, -1 otherwise
  Factory& factory() const { return *factory_; }
  ListenOptions const& options() const { return options_; }

  Address host() const override { return host_; }
  bool listening() const override { return listening_; }
  Deferred<void> stop_listening() override;
  // Fails with EADDRINUSE where another port listens.
  Result<void> start_listening() override;

 private:
  MemoryReactor& reactor_;
  Address where_;
  int descriptor_;
  std::shared_ptr<Factory> factory_;
  ListenOptions options_;
  Address host_;
  bool listening_ = false;
};

}  // namespace twx
