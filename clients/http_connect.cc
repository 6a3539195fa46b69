#include "clients/http_connect.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "clients/routed_connection.h"
#include "protocols/http_tunnel.h"
#include "protocols/proxy_error.h"
#include "protocols/socks_handshake.h"
#include "reactor/client_creator.h"
#include "reactor/descriptor.h"

namespace twx {
namespace {

// TLS inside of TLS: the inner one runs on one end of a pair of sockets, and what comes out at the
// other end goes through the outer one. Two of these pass everything on to each other.
class Passage final : public Protocol {
 public:
  static void join(Passage& a, Passage& b) {
    a.other_ = &b;
    b.other_ = &a;
  }

 private:
  void data_received(Bytes data) override {
    if (other_ && other_->connected()) other_->transport().write(data);
  }
  void eof_received() override { end(); }
  void pause_writing() override {
    if (other_) other_->transport().pause_producing();
  }
  void resume_writing() override {
    if (other_) other_->transport().resume_producing();
  }
  void connection_lost(Failure const&) override {
    if (other_ && other_->connected()) other_->transport().lose_connection();
    if (other_) other_->other_ = nullptr;
    other_ = nullptr;
  }
  void end() {
    transport().lose_connection();
    if (other_ && other_->connected()) other_->transport().lose_connection();
  }

  Passage* other_ = nullptr;
};

// A protocol on one of the two ends.
template <class P>
P* adopt(Reactor& reactor, Descriptor socket, Address const& peer, std::unique_ptr<P> protocol) {
  auto* const made = protocol.get();
  auto const factory =
      make_factory([&protocol]() -> std::unique_ptr<Protocol> { return std::move(protocol); });
  reactor.adopt(socket.release(), peer, *factory);
  return made;
}

// One route being travelled.
class Journey {
 public:
  Journey(Reactor& reactor, HttpRoute route, HttpConnectEvents events)
      : reactor_(reactor),
        route_(std::move(route)),
        proxy_(route_.proxy.value_or(Proxy())),
        events_(std::move(events)) {
    if (auto const timeout = route_.connecting.timeout) deadline_ = reactor_.now() + *timeout;
  }

  Deferred<HttpClient*> go() {
    auto options = route_.connecting;
    co_await look_up(options);
    auto* const first = co_await connect(std::move(options));
    ConnectionHold hold(first);
    if (events_.connected) events_.connected(first->transport().peer());
    if (route_.proxy) co_await pass_proxy(hold);
    if (!route_.secure) co_return arrive(hold);
    if (!hold.get().transport().tls()) co_return co_await secure(hold);
    ConnectionHold inner(co_await dig(hold));
    co_return co_await secure(inner);
  }

 private:
  // Nothing: for ever.
  std::optional<Duration> left() const {
    if (!deadline_) return std::nullopt;
    return std::max(Duration::zero(), *deadline_ - reactor_.now());
  }
  template <class T>
  Deferred<T> in_time(Deferred<T> step, Error late) {
    auto const most = left();
    if (!most) return step;
    return std::move(step).add_timeout(*most, reactor_).add_errback([late](Failure const& failure) {
      return failure.code() == Error::timed_out ? Failure(late) : failure;
    });
  }
  Failure of_proxy(Failure const& failure) const;
  Deferred<std::vector<Address>> addresses_of(std::string host, std::vector<Address> known,
                                              int family);
  Deferred<void> look_up(ConnectOptions& options);
  Deferred<RoutedConnection*> connect(ConnectOptions options);
  Deferred<void> pass_proxy(ConnectionHold& hold);
  Deferred<SocksRequest> socks_request();
  Deferred<RoutedConnection*> dig(ConnectionHold& hold);
  Deferred<HttpClient*> secure(ConnectionHold& hold);
  HttpClient* arrive(ConnectionHold& hold);

  Reactor& reactor_;
  HttpRoute const route_;
  Proxy const proxy_;  // where the route has one
  HttpConnectEvents const events_;
  std::optional<Time> deadline_;
};

// Whose failure it is a person could not tell otherwise.
Failure Journey::of_proxy(Failure const& failure) const {
  auto const unknown =
      failure.code() == Error::name_not_found || failure.code() == Error::name_lookup_failed;
  return Failure::with_message(unknown ? ProxyError::name_not_found : failure.code(),
                               "proxy " + proxy_.where().to_string() + ": " + failure.message());
}

Deferred<std::vector<Address>> Journey::addresses_of(std::string host, std::vector<Address> known,
                                                     int family) {
  if (!known.empty()) co_return known;
  auto found = co_await in_time(reactor_.resolve(host, family), Error::lookup_timeout);
  if (found.empty()) throw FailureException(Failure(Error::name_not_found));
  co_return found;
}

Deferred<void> Journey::look_up(ConnectOptions& options) {
  if (!route_.local_host.empty()) {
    auto found = addresses_of(route_.local_host, {}, options.family)
                     .add_errback([this](Failure const& why) -> Result<std::vector<Address>> {
                       return Failure::with_message(Error::bind_failed,
                                                    "cannot use local address " +
                                                        route_.local_host + ": " + why.message());
                     });
    auto const local = co_await std::move(found);
    options.bind = local.front().with_port(options.bind_port);
  }
  auto const where = route_.where();
  if (where.kind == Endpoint::Kind::tcp) {
    auto found =
        addresses_of(where.host, route_.proxy ? route_.proxy_addresses : route_.target_addresses,
                     options.family);
    if (route_.proxy)
      found = std::move(found).add_errback([this](Failure const& why) { return of_proxy(why); });
    options.addresses = co_await std::move(found);
  }
  if (events_.looked_up) events_.looked_up();
}

Deferred<RoutedConnection*> Journey::connect(ConnectOptions options) {
  options.tls = nullptr;
  options.timeout = left();
  auto made = connect_protocol(reactor_, route_.where(), std::make_unique<RoutedConnection>(),
                               std::move(options));
  if (!route_.proxy) return made;
  return std::move(made).add_errback([this](Failure const& why) { return of_proxy(why); });
}

// Who resolves the name is what tells socks4 from socks4a, and socks5 from socks5h.
Deferred<SocksRequest> Journey::socks_request() {
  auto const kind = proxy_.kind;
  auto const old = kind == Proxy::Kind::socks4 || kind == Proxy::Kind::socks4a;
  auto const here = kind == Proxy::Kind::socks4 || kind == Proxy::Kind::socks5;
  SocksRequest request{.version = SocksVersion::v5};
  if (old) request.version = here ? SocksVersion::v4 : SocksVersion::v4a;
  request.host = route_.target_host;
  request.port = route_.target_port;
  request.user = proxy_.user;
  request.password = old ? "" : proxy_.password;
  if (!here && route_.target_addresses.empty()) co_return request;
  auto const known = route_.target_addresses;
  auto const family = old ? AF_INET : route_.connecting.family;
  auto const found =
      co_await addresses_of(request.host, known, family)
          .add_errback([&request](Failure const& why) {
            if (why.is(Error::timed_out)) return why;
            return Failure::with_message(ProxyError::handshake,
                                         "SOCKS: " + request.host + ": " + why.message());
          });
  auto const fits = std::ranges::find_if(found, [old](Address const& each) {
    return !old || each.family() == AF_INET;
  });
  request.host = (fits == found.end() ? found.front() : *fits).host();
  co_return request;
}

Deferred<void> Journey::pass_proxy(ConnectionHold& hold) {
  auto const late = Error::connect_timeout;
  if (proxy_.kind == Proxy::Kind::https)
    co_await in_time(hold.get().secure(route_.proxy_tls, proxy_.host), Error::handshake_timeout)
        .add_errback([this](Failure const& why) { return of_proxy(why); });
  if (proxy_.socks()) {
    auto handshake = SocksHandshake::begin(co_await socks_request()).value();
    co_await in_time(hold.get().talk(handshake), late);
  } else if (route_.tunnel) {
    auto tunnel = HttpTunnel::begin(route_.tunnel_request(), [this](HttpHead const& head) {
                    if (events_.proxy_answered) events_.proxy_answered(head);
                  }).value();
    if (events_.proxy_asked) events_.proxy_asked(head_of(route_.tunnel_request()).value());
    co_await in_time(hold.get().talk(*tunnel), late);
  }
}

Deferred<RoutedConnection*> Journey::dig(ConnectionHold& hold) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
    throw FailureException(Failure::from_errno());
  Descriptor near(ends[0]);
  Descriptor far(ends[1]);
  auto const peer = hold.get().transport().peer();
  auto outer = std::make_unique<Passage>();
  auto inner = std::make_unique<Passage>();
  Passage::join(*outer, *inner);
  hold.get().become(std::move(outer));
  hold.arrived();
  adopt(reactor_, std::move(far), peer, std::move(inner));
  auto* const made = adopt(reactor_, std::move(near), peer, std::make_unique<RoutedConnection>());
  co_await made->made();
  co_return made;
}

Deferred<HttpClient*> Journey::secure(ConnectionHold& hold) {
  co_await in_time(hold.get().secure(route_.tls, route_.host), Error::handshake_timeout);
  if (auto const tls = hold.get().transport().tls(); tls && events_.secured) events_.secured(*tls);
  co_return arrive(hold);
}

HttpClient* Journey::arrive(ConnectionHold& hold) {
  auto owned = std::make_unique<HttpClient>();
  auto* const client = owned.get();
  hold.get().become(std::move(owned));
  hold.arrived();
  return client;
}

}  // namespace

Deferred<HttpClient*> connect_http(Reactor& reactor, HttpRoute route, HttpConnectEvents events) {
  Journey journey(reactor, std::move(route), std::move(events));
  co_return co_await journey.go();
}

}  // namespace twx
