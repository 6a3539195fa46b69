// Public. Factories build one protocol per connection; they know nothing of the network, so one
// factory may serve several ports and transports.
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "reactor/address.h"
#include "reactor/failure.h"
#include "reactor/protocol.h"

namespace twx {

class Connector;

class Factory {
 public:
  virtual ~Factory() = default;

  // Nothing: the connection is closed at once. In a ReactorPool that shares one factory this is
  // called from several threads.
  virtual std::unique_ptr<Protocol> build_protocol(Address const& peer) = 0;
  // Before the first port or connector begins, and after the last one has ended.
  virtual void start_factory() {}
  virtual void stop_factory() {}

  // Called by ports and connectors: they count, start_factory runs at 0 to 1, stop_factory at 1 to
  // 0.
  void do_start();
  void do_stop();

  // Says at Level::debug when it starts and stops.
  bool noisy = true;

 private:
  int users_ = 0;
};

// For connections that this side makes. For each attempt: started_connecting, then either
// client_connection_failed, or build_protocol, the protocol's calls and client_connection_lost.
class ClientFactory : public Factory {
 public:
  // Before anything else is heard of an attempt; connector.stop_connecting() may be called here.
  virtual void started_connecting(Connector&) {}
  // connector.connect() inside these two tries again and keeps the factory started.
  virtual void client_connection_failed(Connector&, Failure const& /*reason*/) {}
  virtual void client_connection_lost(Connector&, Failure const& /*reason*/) {}
};

// A factory whose protocols are what `build` returns, called with the peer's address.
template <class Build, class Base = Factory>
class BuildFactory final : public Base {
 public:
  explicit BuildFactory(Build build) : build_(std::move(build)) {}
  std::unique_ptr<Protocol> build_protocol(Address const& peer) override {
    if constexpr (std::is_invocable_v<Build&, Address const&>)
      return build_(peer);
    else
      return build_();
  }

 private:
  Build build_;
};

// A BuildFactory for ports, and one for connectors.
template <class Build>
std::shared_ptr<Factory> make_factory(Build build) {
  return std::make_shared<BuildFactory<Build>>(std::move(build));
}
template <class Build>
std::shared_ptr<ClientFactory> make_client_factory(Build build) {
  return std::make_shared<BuildFactory<Build, ClientFactory>>(std::move(build));
}

// A factory whose protocols are each P(args...), the arguments copied once for all and passed by
// reference: shared state goes in as std::shared_ptr or std::ref.
template <class P, class... Args>
std::shared_ptr<Factory> factory_for(Args... args) {
  return make_factory([args = std::tuple<Args...>(std::move(args)...)] {
    return std::apply([](auto const&... each) { return std::make_unique<P>(each...); }, args);
  });
}

}  // namespace twx
