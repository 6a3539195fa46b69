#include "clients/http_connect.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "protocols/http_tunnel.h"
#include "protocols/proxy_error.h"
#include "protocols/socks_handshake.h"
#include "reactor/client_creator.h"
#include "reactor/descriptor.h"

namespace twx {
namespace {

class Hold;

// The one protocol of a connection: first what is said to proxies, and TLS; then everything goes to
// the protocol that it was made for, on the same transport. One step at a time.
class RoutedConnection final : public Protocol {
 public:
  // Each of these fires when it has been carried out; a failure ends the connection.
  Deferred<void> made();
  Deferred<void> talk(ProxyHandshake& handshake);  // must live until then
  Deferred<void> secure(std::shared_ptr<TlsContext> context, std::string const& name);
  // From now on all is `inner`'s.
  void become(std::unique_ptr<Protocol> inner);

  void abort() { transport().abort_connection(); }
  void be_held_by(Hold* hold) { hold_ = hold; }
  using Protocol::transport;

 private:
  void connection_made() override { failure_ ? abort() : finish({}); }
  void data_received(Bytes data) override;
  void eof_received() override;
  void handshake_completed() override { inner_ ? inner_->handshake_completed() : finish({}); }
  void connection_lost(Failure const& reason) override;
  void write_connection_lost() override {
    if (inner_) inner_->write_connection_lost();
  }
  void pause_writing() override { inner_ ? inner_->pause_writing() : Protocol::pause_writing(); }
  void resume_writing() override { inner_ ? inner_->resume_writing() : Protocol::resume_writing(); }
  void reading_resumed() override {
    if (inner_) inner_->reading_resumed();
  }
  void file_forwarded(std::uint64_t count, Result<void> const& written) override {
    if (inner_) inner_->file_forwarded(count, written);
  }

  Deferred<void> step();
  void send_output();
  void finish(Result<void> const&);
  void give_up(Failure const&);

  ProxyHandshake* handshake_ = nullptr;  // while it is under way
  Promise<void> promise_;                // of the present step
  std::optional<Failure> failure_;
  Hold* hold_ = nullptr;
  std::unique_ptr<Protocol> inner_;
};

// A connection on its way: aborted if it does not get there.
class Hold {
 public:
  explicit Hold(RoutedConnection* connection) : connection_(connection) {
    connection_->be_held_by(this);
  }
  ~Hold() {
    if (!connection_) return;
    connection_->be_held_by(nullptr);
    if (!arrived_) connection_->abort();
  }
  Hold(Hold const&) = delete;
  Hold& operator=(Hold const&) = delete;

  // Throws if the connection is over.
  RoutedConnection& get() const {
    if (!connection_) throw FailureException(reason_);
    return *connection_;
  }
  void lost(Failure const& reason) {
    connection_ = nullptr;
    reason_ = reason;
  }
  void arrived() { arrived_ = true; }

 private:
  RoutedConnection* connection_;
  Failure reason_ = Error::connection_lost;
  bool arrived_ = false;
};

Deferred<void> RoutedConnection::step() {
  if (failure_) return fail<void>(*failure_);
  auto deferred = Deferred<void>::with_canceller([this](Promise<void>&) {
    handshake_ = nullptr;
    if (!connected())
      failure_ = Error::cancelled;
    else
      abort();
  });
  promise_ = deferred.promise();
  return deferred;
}

Deferred<void> RoutedConnection::made() { return connected() ? succeed() : step(); }

Deferred<void> RoutedConnection::talk(ProxyHandshake& handshake) {
  auto deferred = step();
  if (promise_.fired()) return deferred;
  handshake_ = &handshake;
  send_output();
  return deferred;
}

void RoutedConnection::send_output() {
  if (auto const output = handshake_->take_output(); !output.empty()) transport().write(output);
}

Deferred<void> RoutedConnection::secure(std::shared_ptr<TlsContext> context,
                                        std::string const& name) {
  if (failure_) return fail<void>(*failure_);
  if (auto const begun = transport().start_tls(std::move(context), name); !begun)
    return fail<void>(begun.failure());
  return step();
}

void RoutedConnection::become(std::unique_ptr<Protocol> inner) {
  inner_ = std::move(inner);
  inner_->make_connection(transport());
}

// Nobody has a reason to send before he is asked; with TLS to come it would be nobody's word
// (CVE-2011-0411).
void RoutedConnection::data_received(Bytes data) {
  if (inner_) return inner_->data_received(data);
  auto const code =
      handshake_ ? handshake_->ended().code() : make_error_code(ProxyError::handshake);
  auto const early = Failure::with_message(code, "the proxy sent something before it was asked");
  if (!handshake_) return give_up(early);
  auto const used = handshake_->put(data);
  if (!used) return give_up(used.failure());
  send_output();
  if (!handshake_->done()) return;
  *used == data.size() ? finish({}) : give_up(early);
}

void RoutedConnection::eof_received() {
  if (inner_) return inner_->eof_received();
  give_up(handshake_ ? handshake_->ended() : Failure(Error::connection_lost));
}

void RoutedConnection::connection_lost(Failure const& reason) {
  if (!failure_) failure_ = handshake_ ? handshake_->ended() : reason;
  if (hold_) hold_->lost(*failure_);
  hold_ = nullptr;
  if (inner_) return inner_->connection_lost(reason);
  finish(*failure_);
}

// The last thing in its caller: whoever waits goes on inside.
void RoutedConnection::finish(Result<void> const& result) {
  handshake_ = nullptr;
  auto promise = std::move(promise_);
  if (promise.fired()) return;
  result ? promise.callback() : promise.errback(result.failure());
}

void RoutedConnection::give_up(Failure const& failure) {
  if (!failure_) failure_ = failure;
  abort();
  finish(failure);
}

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
    Hold hold(first);
    if (events_.connected) events_.connected(first->transport().peer());
    if (route_.proxy) co_await pass_proxy(hold);
    if (!route_.secure) co_return arrive(hold);
    if (!hold.get().transport().tls()) co_return co_await secure(hold);
    Hold inner(co_await dig(hold));
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
  Deferred<void> pass_proxy(Hold& hold);
  Deferred<SocksRequest> socks_request();
  Deferred<RoutedConnection*> dig(Hold& hold);
  Deferred<HttpClient*> secure(Hold& hold);
  HttpClient* arrive(Hold& hold);

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

Deferred<void> Journey::pass_proxy(Hold& hold) {
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

Deferred<RoutedConnection*> Journey::dig(Hold& hold) {
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

Deferred<HttpClient*> Journey::secure(Hold& hold) {
  co_await in_time(hold.get().secure(route_.tls, route_.host), Error::handshake_timeout);
  if (auto const tls = hold.get().transport().tls(); tls && events_.secured) events_.secured(*tls);
  co_return arrive(hold);
}

HttpClient* Journey::arrive(Hold& hold) {
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
