// Public test double. MemoryConnector: a connector of a MemoryReactor.
#pragma once

#include <memory>

#include "reactor/connector.h"
#include "reactor/fakes/fake_transport.h"

namespace twx {

class MemoryReactor;

// A connector whose attempts wait for the test to decide them. Names are not looked up.
class MemoryConnector final : public Connector {
 public:
  MemoryConnector(MemoryReactor&, Endpoint, std::shared_ptr<ClientFactory>, ConnectOptions);

  // The attempt succeeds: the protocol is built and connected. An IP literal or path is the peer if
  // none is given. Both first let started_connecting come if it is still due, and throw
  // std::logic_error if no attempt is under way then. `tls` is what a connector with TLS came to.
  FakeTransport& succeed();
  FakeTransport& succeed(Address const& peer, TlsInfo const& tls = FakeTransport::usual_tls());
  void fail(Failure const&);

  bool attempting() const { return attempting_; }
  unsigned attempts() const { return attempts_; }  // so far
  // Of the present or last connection; nullptr before the first.
  FakeTransport* transport() const { return transport_; }
  using Connector::options;

 private:
  void start_attempt() override;
  void stop_attempt() override;
  void close_connection() override { transport_->lose_connection(); }
  void hold(bool busy) override;
  void decide();

  MemoryReactor& reactor_;
  FakeTransport* transport_ = nullptr;
  DelayedCall told_;  // started_connecting comes just before
  bool attempting_ = false;
  unsigned attempts_ = 0;
};

}  // namespace twx
