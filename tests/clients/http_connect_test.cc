#include "clients/http_connect.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "protocols/proxy_error.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/reactor/support/tls_peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::string_literals;

std::string const granted5 = "\5\0\0\1\0\0\0\0\0\0"s;
std::string const page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

// What a peer waits for, and what it does then.
struct Step {
  std::string until = {};  // what comes ends so; empty: `size` bytes
  std::size_t size = 0;
  std::string answer = {};
  enum class Then { go_on, close, tls, inner_tls } then = Then::go_on;
};

Step head(std::string answer, Step::Then then = Step::Then::go_on) {
  return {.until = "\r\n\r\n", .answer = std::move(answer), .then = then};
}
Step bytes_of(std::size_t size, std::string answer) {
  return {.size = size, .answer = std::move(answer)};
}

struct Answer : HttpResponseReceiver {
  void head_received(HttpHead) override {}
  void body_received(Bytes data) override { body += text(data); }
  void response_done() override {}
  std::string body;
};

HttpUrl url(std::string_view text) { return HttpUrl::parse(text).value(); }

std::shared_ptr<TlsContext> trusting() {
  return TlsContext::client({.insecure = true, .handshake_timeout = {}}).value();
}

struct World {
  World();
  HttpRouteSettings through(std::string const& scheme, std::string const& login = {}) const {
    HttpRouteSettings settings;
    settings.variables = [](std::string const&) { return std::nullopt; };
    settings.connecting.timeout = patience;
    settings.tls = settings.proxy_tls = trusting();
    if (!scheme.empty())
      settings.proxy.proxy = scheme + "://" + login + "127.0.0.1:" + std::to_string(port);
    return settings;
  }
  std::string here(std::string const& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port) + "/";
  }
  void start(HttpUrl const& where, HttpRouteSettings const& settings);
  // "connected", or the failure.
  std::string connect(std::string_view where, HttpRouteSettings const& settings) {
    start(url(where), settings);
    REQUIRE(run_until(*reactor, [this] { return result.has_value(); }));
    return *result ? "connected" : result->failure().message();
  }
  // What a request for it brings.
  std::string ask(HttpRequest const& request = {.target = "/", .fields = {{"Host", "e"}}}) {
    Answer answer;
    std::optional<std::string> ended;
    auto asking = result->value()->request(request, answer).add_both([&](Result<void> asked) {
      ended = asked ? answer.body : asked.failure().message();
    });
    REQUIRE(run_until(*reactor, [&] { return ended.has_value(); }));
    return *ended;
  }
  bool wait_lost() {
    return run_until(*reactor, [this] { return lost; });
  }

  ScratchDirectory scratch;
  TestCertificate certificate;
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<TlsContext> server;
  std::deque<Step> steps;
  std::vector<std::string> received;  // by each step
  std::vector<std::string> events;
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;
  bool lost = false;
  std::optional<Result<HttpClient*>> result;
  Deferred<void> waiting = succeed();
};

// The peer: a proxy and the server behind it in one.
struct Scripted : Protocol {
  explicit Scripted(World& owner) : world(owner) {}

  void data_received(Bytes data) override {
    if (!inner) return take(text(data));
    inner->give(text(data));
    inner->handshake();
    take(inner->read());
    if (auto const output = inner->take(); !output.empty()) transport().write(output);
  }
  void take(std::string_view data) {
    received += data;
    if (world.steps.empty() || received.empty()) return;
    auto const step = world.steps.front();
    if (step.until.empty() ? received.size() < step.size : !received.ends_with(step.until)) return;
    world.steps.pop_front();
    world.received.push_back(std::exchange(received, {}));
    inner ? inner->write(step.answer) : transport().write(step.answer);
    if (step.then == Step::Then::close) transport().lose_connection();
    if (step.then == Step::Then::tls) transport().start_tls(world.server).value();
    if (step.then == Step::Then::inner_tls) inner.emplace(PeerContext::server(world.certificate));
  }
  void connection_lost(Failure const&) override { world.lost = true; }

  World& world;
  std::string received;
  std::optional<MemoryTls> inner;
};

World::World() {
  server = TlsContext::server({.certificate_file = file_of(scratch, "cert", certificate.pem()),
                               .key_file = file_of(scratch, "key", certificate.key_pem())})
               .value();
  auto factory = make_factory([this] { return std::make_unique<Scripted>(*this); });
  port = reactor->listen_tcp(0, factory, {}, "127.0.0.1").value()->host().port();
  tls_port = reactor->listen_tcp(0, factory, {.tls = server}, "127.0.0.1").value()->host().port();
}

void World::start(HttpUrl const& where, HttpRouteSettings const& settings) {
  result.reset();
  received.clear();
  events.clear();
  lost = false;
  auto const route = route_to(where, settings).value();
  HttpConnectEvents told{
      .looked_up = [this] { events.push_back("looked up"); },
      .connected = [this](Address const&) { events.push_back("connected"); },
      .proxy_asked = [this](std::string_view) { events.push_back("asked"); },
      .proxy_answered =
          [this](HttpHead const& told_head) {
            events.push_back("answered " + std::to_string(told_head.status));
          },
      .secured = [this](TlsInfo const& tls) { events.push_back("secured " + tls.version); }};
  waiting =
      connect_http(*reactor, route, std::move(told)).add_both([this](Result<HttpClient*> made) {
        result.emplace(std::move(made));
      });
}

TEST_CASE("Straight to an HTTP server", "[http][connect]") {
  World f;
  f.steps = {head(page), head(page)};
  CHECK(f.connect(f.here(), f.through("")) == "connected");
  CHECK(f.events == std::vector<std::string>{"looked up", "connected"});
  CHECK(f.ask() == "hi");
  CHECK(f.ask() == "hi");
  CHECK(f.received.at(0) == "GET / HTTP/1.1\r\nHost: e\r\n\r\n");
}

TEST_CASE("Straight to an HTTPS server, whose name is that of the URL", "[http][connect]") {
  World f;
  auto settings = f.through("");
  settings.connect_to = {ConnectTo::parse("::127.0.0.1:" + std::to_string(f.tls_port)).value()};
  f.steps = {head(page)};
  auto const ca = file_of(f.scratch, "ca", f.certificate.pem());
  settings.tls = TlsContext::client({.trusted_file = ca}).value();
  CHECK(f.connect("https://localhost:99/", settings) == "connected");
  CHECK(f.events.at(2).starts_with("secured TLS"));
  CHECK(f.ask() == "hi");
  CHECK(f.connect("https://other.example/", settings) != "connected");
  CHECK(f.result->failure().code() == Error::certificate_not_trusted);
}

TEST_CASE("Another connection continues the TLS session with the same server and name only",
          "[http][connect]") {
  World f;
  auto settings = f.through("");  // with one context for all
  settings.connect_to = {ConnectTo::parse("::127.0.0.1:" + std::to_string(f.tls_port)).value()};
  auto const resumes = [&](std::string_view where) {
    f.steps = {head(page)};
    REQUIRE(f.connect(where, settings) == "connected");
    auto& client = *f.result->value();
    auto const resumed = client.transport().tls()->resumed;
    CHECK(f.ask() == "hi");  // and the server's ticket before it
    client.close().release();
    CHECK(f.wait_lost());
    return resumed;
  };
  CHECK_FALSE(resumes("https://localhost/"));
  CHECK(resumes("https://localhost/"));
  CHECK_FALSE(resumes("https://other.example/"));
  settings.tls = trusting();
  CHECK_FALSE(resumes("https://localhost/"));
}

TEST_CASE("Through CONNECT to an HTTPS server", "[http][connect][proxy]") {
  World f;
  f.steps = {head("HTTP/1.1 200 Yes\r\n\r\n", Step::Then::tls), head(page)};
  CHECK(f.connect("https://localhost/", f.through("http", "u:p@")) == "connected");
  CHECK(f.events.size() == 5);
  CHECK(f.events.at(2) == "asked");
  CHECK(f.events.at(3) == "answered 200");
  CHECK(f.events.at(4).starts_with("secured"));
  CHECK(f.ask() == "hi");
  CHECK(f.received.at(0).starts_with(
      "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nProxy-Authorization: Basic dTpw"));
  CHECK(f.received.at(1) == "GET / HTTP/1.1\r\nHost: e\r\n\r\n");
}

TEST_CASE("Through an HTTPS proxy to an HTTPS server: TLS inside of TLS",
          "[http][connect][proxy][fetch35]") {
  World f;
  auto settings = f.through("");
  settings.proxy.proxy = "https://127.0.0.1:" + std::to_string(f.tls_port);
  auto const body = pattern(300'000);
  f.steps = {head("HTTP/1.1 200 Yes\r\n\r\n", Step::Then::inner_tls), head(page),
             head("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + body)};
  CHECK(f.connect("https://localhost/", settings) == "connected");
  CHECK(f.events.back().starts_with("secured"));
  CHECK(f.ask() == "hi");
  CHECK(difference(f.ask(), body) == "equal");
  f.result->value()->close().release();
  CHECK(f.wait_lost());
}

TEST_CASE("What the proxy refuses is told, and the connection ends", "[http][connect][proxy]") {
  World f;
  f.steps = {head("HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nhello")};
  CHECK(f.connect("https://e/", f.through("http")) == "CONNECT tunnel failed, response 407");
  CHECK(f.result->failure().code() == ProxyError::tunnel);
  CHECK(f.events.back() == "answered 407");
  CHECK(f.wait_lost());
}

TEST_CASE("A proxy that ends, or says more than it was asked", "[http][connect][proxy]") {
  World f;
  f.steps = {head("", Step::Then::close)};
  CHECK(f.connect("https://e/", f.through("http")) ==
        "CONNECT tunnel failed, the proxy ended the connection");
  f.steps = {head("HTTP/1.1 200 OK\r\n\r\nmore")};
  CHECK(f.connect("https://e/", f.through("http")) ==
        "the proxy sent something before it was asked");
  CHECK(f.wait_lost());
  CHECK(f.result->failure().code() == ProxyError::tunnel);
  f.steps = {bytes_of(3, "\5\0"s), bytes_of(8, granted5 + "x")};
  CHECK(f.connect("http://e/", f.through("socks5h")) ==
        "the proxy sent something before it was asked");
}

TEST_CASE("Through SOCKS5 to an HTTP server, whose name the proxy resolves",
          "[http][connect][proxy][fetch36]") {
  World f;
  f.reactor->set_resolver([](std::string const&, int) {
    return fail<std::vector<Address>>(Error::name_lookup_failed);
  });
  f.steps = {bytes_of(3, "\5\0"s), bytes_of(8, granted5), head(page)};
  CHECK(f.connect("http://e/", f.through("socks5h")) == "connected");
  CHECK(f.received.at(1) == "\5\1\0\3\1e\0\x50"s);
  CHECK(f.ask() == "hi");
  CHECK(f.connect("http://" + std::string(300, 'a') + "/", f.through("socks5h")) ==
        "SOCKS: the host's name is longer than 255 bytes");
}

TEST_CASE("SOCKS where names are resolved here", "[http][connect][proxy]") {
  World f;
  f.reactor->set_resolver([](std::string const& name, int) {
    if (name == "none") return fail<std::vector<Address>>(Error::name_not_found);
    return succeed(std::vector{Address::ip("::5", 0).value(), Address::ip("192.0.2.7", 0).value()});
  });
  f.steps = {bytes_of(9, "\0\x5a\0\0\0\0\0\0"s), head(page)};
  CHECK(f.connect("http://e/", f.through("socks4")) == "connected");
  CHECK(f.received.at(0) == "\4\1\0\x50\xc0\0\2\7\0"s);
  CHECK(f.ask() == "hi");
  f.steps = {bytes_of(3, "\5\0"s), bytes_of(22, granted5)};
  CHECK(f.connect("http://e/", f.through("socks5")) == "connected");
  CHECK(f.received.at(1).starts_with("\5\1\0\4"s));
  CHECK(f.connect("http://none/", f.through("socks5")).starts_with("SOCKS: none: "));
  CHECK(f.result->failure().code() == ProxyError::handshake);
}

TEST_CASE("Through SOCKS5 to an HTTPS server", "[http][connect][proxy]") {
  World f;
  f.steps = {bytes_of(4, "\5\2"s), bytes_of(5, "\1\0"s), bytes_of(16, granted5), head(page)};
  f.steps.at(2).then = Step::Then::tls;
  CHECK(f.connect("https://localhost/", f.through("socks5h", "u:p@")) == "connected");
  CHECK(f.ask() == "hi");
  CHECK(f.received.at(1) == "\1\1u\1p"s);
}

TEST_CASE("A proxy that cannot be found or reached", "[http][connect][proxy]") {
  World f;
  auto settings = f.through("");
  f.reactor->set_resolver(
      [](std::string const&, int) { return fail<std::vector<Address>>(Error::name_not_found); });
  settings.proxy.proxy = "nowhere:1";
  CHECK(f.connect("http://e/", settings).starts_with("proxy nowhere:1: "));
  CHECK(f.result->failure().code() == ProxyError::name_not_found);
  RefusedPort const refused;
  settings.proxy.proxy = "127.0.0.1:" + std::to_string(refused.number());
  CHECK(f.connect("http://e/", settings).starts_with("proxy 127.0.0.1:"));
  CHECK(f.result->failure().code() == std::errc::connection_refused);
}

TEST_CASE("One time-out for the whole way", "[http][connect][proxy]") {
  World f;
  auto silent = f.through("http");
  silent.connecting.timeout = 50ms;
  CHECK(f.connect("https://e/", silent) != "connected");
  CHECK(f.result->failure().code() == Error::connect_timeout);
  CHECK(f.wait_lost());
  f.steps = {head("HTTP/1.1 200 OK\r\n\r\n")};
  CHECK(f.connect("https://e/", silent) != "connected");
  CHECK(f.result->failure().code() == Error::handshake_timeout);
  CHECK(f.wait_lost());
  Promise<std::vector<Address>> never;
  f.reactor->set_resolver([&](std::string const&, int) {
    Deferred<std::vector<Address>> answer;
    never = answer.promise();
    return answer;
  });
  auto direct = f.through("");
  direct.connecting.timeout = 50ms;
  CHECK(f.connect("http://e/", direct) != "connected");
  CHECK(f.result->failure().code() == Error::lookup_timeout);
}

TEST_CASE("Cancelling closes what there is", "[http][connect][proxy]") {
  World f;
  f.steps = {head("HTTP/1.1 100 Continue\r\n\r\n")};
  f.start(url("https://e/"), f.through("http"));
  REQUIRE(run_until(*f.reactor, [&] { return f.events.size() == 4; }));
  f.waiting.cancel();
  REQUIRE(f.result);
  CHECK(f.result->failure().code() == Error::cancelled);
  CHECK(f.wait_lost());
}

TEST_CASE("Options resolve and interface on real sockets", "[http][connect]") {
  World f;
  f.reactor->set_resolver(
      [](std::string const&, int) { return fail<std::vector<Address>>(Error::name_not_found); });
  auto settings = f.through("");
  auto const at = std::to_string(f.port);
  settings.resolve = {ResolveTo::parse("e:" + at + ":::1,127.0.0.1").value()};
  settings.interface = "lo";
  CHECK(f.connect("http://e:" + at + "/", settings) == "connected");
  settings.interface = "if!nosuch0";
  CHECK(f.connect("http://e:" + at + "/", settings) != "connected");
  CHECK(f.result->failure().code() == Error::bind_failed);
  settings.interface = "127.0.0.1";
  CHECK(f.connect("http://e:" + at + "/", settings) == "connected");
  CHECK(f.result->value()->transport().host().host() == "127.0.0.1");
}

TEST_CASE("What a listener throws is the connection's failure", "[http][connect]") {
  World f;
  std::optional<std::error_code> failed;
  HttpConnectEvents events;
  events.connected = [](Address const&) { throw FailureException(Failure(Error::cannot_write)); };
  auto waiting = connect_http(*f.reactor, route_to(url(f.here()), f.through("")).value(), events)
                     .add_both([&](Result<HttpClient*> made) {
                       failed = made ? std::error_code() : made.failure().code();
                     });
  CHECK(run_until(*f.reactor, [&] { return failed.has_value(); }));
  CHECK(failed == Error::cannot_write);
  CHECK(f.wait_lost());
}

}  // namespace
