#include "reactor/client_creator.h"

namespace twx {
namespace {

// One connection for one Deferred.
class OneConnection final : public ClientFactory {
 public:
  OneConnection(Reactor& reactor, std::shared_ptr<Factory> factory)
      : reactor_(reactor), factory_(std::move(factory)) {
    noisy = false;
  }

  Deferred<Protocol*> result() {
    auto deferred = Deferred<Protocol*>::with_canceller([this](Promise<Protocol*>&) {
      tell_ = {};
      if (auto const connector = connector_.lock()) connector->disconnect();
    });
    promise_ = deferred.promise();
    return deferred;
  }
  void started(std::shared_ptr<Connector> const& connector) { connector_ = connector; }

  void start_factory() override { factory_->do_start(); }
  void stop_factory() override { factory_->do_stop(); }
  std::unique_ptr<Protocol> build_protocol(Address const& peer) override {
    auto protocol = factory_->build_protocol(peer);
    if (auto* const made = protocol.get())
      tell_ = reactor_.call_later(Duration::zero(), [this, made] { promise_.callback(made); });
    return protocol;
  }
  void client_connection_failed(Connector&, Failure const& reason) override { fail(reason); }
  void client_connection_lost(Connector&, Failure const& reason) override { fail(reason); }

 private:
  void fail(Failure const& reason) {
    tell_ = {};
    if (!promise_.fired()) promise_.errback(reason);
  }

  Reactor& reactor_;
  std::shared_ptr<Factory> factory_;
  std::weak_ptr<Connector> connector_;  // it owns this
  Promise<Protocol*> promise_;
  DelayedCall tell_;
};

}  // namespace

Deferred<Protocol*> connect(Reactor& reactor, Endpoint const& where,
                            std::shared_ptr<Factory> factory, ConnectOptions options) {
  auto const one = std::make_shared<OneConnection>(reactor, std::move(factory));
  auto result = one->result();
  one->started(reactor.connect(where, one, std::move(options)));
  return result;
}

}  // namespace twx
