// Public. Connecting as a Deferred: for who wants one connection and its protocol, not a factory's
// life.
#pragma once

#include <memory>
#include <utility>

#include "reactor/reactor.h"

namespace twx {

// Connects a protocol of `factory` and fires with it in the turn after its connection_made; it
// belongs to its connection and is valid until its connection_lost. Fails with what stopped the
// attempt, Error::no_protocol, or the reason of a connection that ended before that turn.
// Cancelling gives the attempt up: Error::cancelled.
Deferred<Protocol*> connect(Reactor&, Endpoint const&, std::shared_ptr<Factory>,
                            ConnectOptions = {});

// The same for a protocol that is there already.
template <class P>
Deferred<P*> connect_protocol(Reactor& reactor, Endpoint const& where, std::unique_ptr<P> protocol,
                              ConnectOptions options = {}) {
  auto factory =
      make_factory([protocol = std::move(protocol)]() mutable { return std::move(protocol); });
  return connect(reactor, where, std::move(factory), std::move(options))
      .add_callback([](Protocol* made) { return static_cast<P*>(made); });
}

// Makes a P(args...) for each connection asked for.
template <class P, class... Args>
class ClientCreator {
 public:
  explicit ClientCreator(Reactor& reactor, Args... args)
      : reactor_(reactor), factory_(factory_for<P>(std::move(args)...)) {}

  // As connect() does with a new P.
  Deferred<P*> connect_tcp(std::string host, std::uint16_t port, ConnectOptions options = {}) {
    return connect(Endpoint::tcp(std::move(host), port), std::move(options));
  }
  Deferred<P*> connect_unix(std::string path, ConnectOptions options = {}) {
    return connect(Endpoint::unix(std::move(path)), std::move(options));
  }

 private:
  Deferred<P*> connect(Endpoint const& where, ConnectOptions options) {
    return twx::connect(reactor_, where, factory_, std::move(options))
        .add_callback([](Protocol* made) { return static_cast<P*>(made); });
  }

  Reactor& reactor_;
  std::shared_ptr<Factory> factory_;
};

}  // namespace twx
