// The handshake: peers that stall, who ends it in the midst and how, connectors, ports, drain,
// shutdown and pools while it is under way.
#include <atomic>
#include <filesystem>

#include "reactor/reactor_pool.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

std::shared_ptr<TlsContext> insecure_client() {
  return TlsContext::client({.insecure = true}).value();
}

std::shared_ptr<TlsContext> hasty_server() {
  return TlsContext::server({.handshake_timeout = 200ms}).value();
}

PeerContext const& peer_server() {
  static TestCertificate const certificate;
  static auto const context = PeerContext::server(certificate);
  return context;
}

std::string client_hello() {
  MemoryTls client(PeerContext::client());
  client.handshake();
  return client.take();
}

int descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

// A port with TLS.
struct ServerScene {
  explicit ServerScene(std::shared_ptr<TlsContext> tls = usual_server_context()) {
    factory = make_factory([this] {
      connections.push_back(make_connection());
      if (prepare) prepare(*connections.back());
      return protocol_for(connections.back());
    });
    port = reactor->listen_tcp(0, factory, {.tls = std::move(tls)}, "127.0.0.1").value();
  }
  Peer connect() { return Peer::connect(port->host()); }
  // One whose hello has come and been answered.
  Peer half_way() {
    auto peer = connect();
    peer.send(client_hello());
    std::string answer;
    run_until(*reactor, [&] { return !(answer += peer.receive_now()).empty(); });
    return peer;
  }

  std::vector<std::shared_ptr<Connection>> connections;
  std::function<void(Connection&)> prepare;
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Factory> factory;
  ListeningPort* port;
};

// A connector with TLS.
struct ClientScene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  RawListener listener;
  std::shared_ptr<Client> client = std::make_shared<Client>();

  std::shared_ptr<Connector> connect(std::optional<Duration> timeout = 30s) {
    return reactor->connect_tcp("127.0.0.1", listener.port(), client,
                                {.timeout = timeout, .tls = insecure_client()});
  }
  // Accepts and waits for the hello, which is not answered.
  Peer half_way() {
    auto peer = listener.accept();
    std::string hello;
    run_until(*reactor, [&] { return !(hello += peer.receive_now()).empty(); });
    return peer;
  }
  bool ends() {
    return run_until(*reactor, [&] { return client->ended(); });
  }
};

// --- in time ---

TEST_CASE("A client that stalls after any byte of its hello is dropped when its time is up",
          "[tls_handshake][limit]") {
  LogLines const log;
  ServerScene scene(hasty_server());
  auto const hello = client_hello();
  std::vector<Peer> peers;
  for (std::size_t size = 0; size < hello.size(); ++size) {
    peers.push_back(scene.connect());
    REQUIRE(peers.back().send(hello.substr(0, size)));
  }
  REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() == peers.size(); }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() == 0; }));
  CHECK(scene.connections.empty());  // nobody got a protocol
  CHECK(log.count("TLS with 127.0.0.1:") == peers.size());
  CHECK(log.count("TLS handshake timed out") == peers.size());
  for (auto& peer : peers) CHECK(peer.receive_all().empty());
}

TEST_CASE("A client that stalls after its hello is dropped when its time is up",
          "[tls_handshake][limit]") {
  LogLines const log;
  ServerScene scene(hasty_server());
  auto const peer = scene.half_way();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() == 0; }));
  CHECK(log.count("TLS handshake timed out") == 1);
}

TEST_CASE("A client that sends a byte now and then gets no more time", "[tls_handshake][limit]") {
  ServerScene scene(hasty_server());
  auto const hello = client_hello();
  auto peer = scene.connect();
  std::size_t sent = 0;
  auto const begin = scene.reactor->now();
  run_until(*scene.reactor, [&] {
    if (sent + 1 < hello.size()) peer.send(hello.substr(sent++, 1));
    return peer.ended() || peer.error() != 0;
  });
  CHECK(scene.reactor->now() - begin < 5s);
  CHECK(scene.connections.empty());
}

TEST_CASE("A handshake byte by byte succeeds if it is in time", "[tls_handshake]") {
  ServerScene scene;
  auto peer = scene.connect();
  MemoryTls tls(PeerContext::client());
  std::string unsent;
  REQUIRE(run_until(*scene.reactor, [&] {
    if (!tls.handshake()) tls.give(peer.receive_now());
    unsent += tls.take();
    if (!unsent.empty()) peer.send(unsent.substr(0, 1));
    if (!unsent.empty()) unsent.erase(0, 1);
    return !scene.connections.empty();
  }));
  CHECK(scene.connections[0]->story == "made");
}

TEST_CASE("The time for the handshake does not end the connection made in it",
          "[tls_handshake][limit]") {
  ServerScene scene(hasty_server());
  auto peer = scene.connect();
  REQUIRE(run_beside(*scene.reactor, [&] { return peer.secure(); }));
  run_for(*scene.reactor, 300ms);
  REQUIRE(scene.connections.size() == 1);
  CHECK_FALSE(scene.connections[0]->lost);
}

TEST_CASE("A handshake that waits costs no processor time", "[tls_handshake]") {
  ServerScene scene;
  auto const silent = scene.connect();
  auto const half_way = scene.half_way();
  auto const before = processor_time();
  run_for(*scene.reactor, 200ms);
  CHECK(processor_time() - before < 100ms);
  CHECK(scene.reactor->connections() == 2);
}

TEST_CASE("A time-out of zero is none", "[tls_handshake][limit]") {
  ServerScene scene(TlsContext::server({.handshake_timeout = 0s}).value());
  auto peer = scene.connect();
  run_for(*scene.reactor, 50ms);
  CHECK(run_beside(*scene.reactor, [&] { return peer.secure(); }));
}

// --- who is no client ---

TEST_CASE("Who does not speak TLS gets no protocol, and others go on", "[tls_handshake]") {
  LogLines const log;
  ServerScene scene;
  auto const before = descriptors();
  {
    auto http = scene.connect();
    auto text = scene.connect();
    auto zeros = scene.connect();
    auto gone = scene.connect();
    http.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    text.send("hello, is anybody there?\r\n");
    zeros.send(std::string(5000, '\0'));
    gone.close();
    for (auto* each : {&http, &text, &zeros})
      run_beside(*scene.reactor, [&] { return each->receive_all().size(); });
    REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() == 0; }));
  }
  CHECK(scene.connections.empty());
  CHECK(log.count("the peer does not speak TLS") == 3);
  CHECK(log.count("the peer closed the connection during the handshake") == 1);
  CHECK(descriptors() == before);
  auto peer = scene.connect();
  REQUIRE(run_beside(*scene.reactor, [&] { return peer.secure(); }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connections.size() == 1; }));
}

TEST_CASE("Who does not speak TLS is noticed, though not more than once a second",
          "[tls_handshake]") {
  ServerScene scene(hasty_server());
  std::size_t notices = 0;
  std::size_t lines = 0;
  auto before = set_log_sink([&](Level level, std::string_view line) {
    if (line.find("the peer does not speak TLS") == line.npos) return;
    ++lines;
    notices += level == Level::notice;
  });
  auto const begin = scene.reactor->now();
  for (int i = 0; i < 20; ++i) {
    auto peer = scene.connect();
    peer.send("GET / HTTP/1.1\r\n\r\n");
    run_beside(*scene.reactor, [&] { return peer.receive_all().size(); });
  }
  REQUIRE(run_until(*scene.reactor, [&] { return lines == 20; }));
  auto const seconds = std::chrono::ceil<std::chrono::seconds>(scene.reactor->now() - begin);
  set_log_sink(std::move(before));
  CHECK(notices >= 1);
  CHECK(notices <= static_cast<std::size_t>(seconds.count()));
}

TEST_CASE("A hello with any one byte spoiled harms nobody", "[tls_handshake]") {
  ServerScene scene(hasty_server());
  auto const hello = client_hello();
  std::vector<Peer> peers;
  for (std::size_t place = 0; place < hello.size(); ++place) {
    auto spoiled = hello;
    spoiled[place] = static_cast<char>(spoiled[place] ^ 0x55);
    peers.push_back(scene.connect());
    REQUIRE(peers.back().send(spoiled));
  }
  REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() > 0; }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() == 0; }));
  CHECK(scene.connections.empty());
}

TEST_CASE("A factory that builds nothing ends the connection after the handshake",
          "[tls_handshake][rule4]") {
  auto const reactor = make_reactor();
  auto const factory = make_factory([] { return std::unique_ptr<Protocol>(); });
  auto* const port =
      reactor->listen_tcp(0, factory, {.tls = usual_server_context()}, "127.0.0.1").value();
  auto peer = Peer::connect(port->host());
  REQUIRE(run_beside(*reactor, [&] { return peer.secure(); }));
  CHECK(run_beside(*reactor, [&] { return peer.receive_all(); }).empty());
  CHECK(reactor->connections() == 0);
}

// --- connectors ---

TEST_CASE("A connector is connected when the handshake is done", "[tls_handshake][rule2]") {
  ClientScene scene;
  auto const connector = scene.connect();
  auto peer = scene.half_way();
  CHECK(connector->state() == Connector::State::connecting);
  CHECK(scene.client->story == "start started");
  CHECK(scene.reactor->connections() == 1);
  peer = Peer();
  REQUIRE(scene.ends());
  scene.client->story.clear();
  connector->connect();
  REQUIRE(run_beside(*scene.reactor, [&] {
    peer = scene.listener.accept();
    return peer.secure(peer_server());
  }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  CHECK(connector->state() == Connector::State::connected);
  CHECK(scene.client->connection->transport->tls()->version == "TLSv1.3");
  peer.close();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started build lost stop");
  CHECK(scene.client->message() == "Connection closed");
}

TEST_CASE("A handshake that fails is a failed attempt, never a protocol",
          "[tls_handshake][rule49]") {
  ClientScene scene;
  auto const before = descriptors();
  auto const connector = scene.connect();
  auto peer = scene.half_way();
  SECTION("by a peer that closes") {
    peer.close();
    REQUIRE(scene.ends());
    CHECK(scene.client->message() == "the peer closed the connection during the handshake");
    CHECK(scene.client->reason->is(Error::tls_handshake));
  }
  SECTION("by a peer that resets") {
    peer.reset();
    REQUIRE(scene.ends());
    CHECK(scene.client->reason->code() == std::errc::connection_reset);
  }
  SECTION("by a peer without TLS") {
    peer.send("220 mail.example ESMTP\r\n");
    REQUIRE(scene.ends());
    CHECK(scene.client->message() == "the peer does not speak TLS");
    CHECK(scene.client->reason->is(Error::tls_handshake));
  }
  SECTION("by an alert") {
    peer.send(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    REQUIRE(scene.ends());
    CHECK(scene.client->message() == "the peer refused: handshake failure");
    CHECK(scene.client->reason->is(Error::tls_handshake));
  }
  CHECK(scene.client->story == "start started failed stop");
  CHECK(connector->state() == Connector::State::disconnected);
  peer.close();
  CHECK(scene.reactor->connections() == 0);
  CHECK(descriptors() == before);
}

TEST_CASE("The connector's time-out is the limit of the handshake, and is called by its name",
          "[tls_handshake][rule46]") {
  ClientScene scene;
  auto const connector = scene.connect(100ms);
  auto peer = scene.half_way();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::handshake_timeout));
  CHECK(scene.client->reason->is(Error::timed_out));
  run_turns(*scene.reactor);
  CHECK(peer.receive_all().empty());
  CHECK(scene.reactor->connections() == 0);
}

TEST_CASE("stop_connecting and disconnect give a handshake up", "[tls_handshake][rule45]") {
  ClientScene scene;
  auto const connector = scene.connect();
  auto peer = scene.half_way();
  GENERATE(0, 1) == 0 ? connector->stop_connecting() : connector->disconnect();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::stopped_connecting));
  run_turns(*scene.reactor);
  CHECK(peer.receive_all().empty());
  CHECK(scene.reactor->connections() == 0);
}

TEST_CASE("A handshake that ends in the turn in which it is given up builds nothing",
          "[tls_handshake][rule49]") {
  ClientScene scene;
  auto const connector = scene.connect();
  Peer peer;
  // The server's last word is there, and the timer comes before it in the same turn.
  MemoryTls tls(peer_server());
  peer = scene.listener.accept();
  std::string answer;
  REQUIRE(run_until(*scene.reactor, [&] {
    tls.give(peer.receive_now());
    tls.handshake();
    answer = tls.take();
    return !answer.empty();
  }));
  auto const timer = scene.reactor->call_later(0s, [&] { connector->stop_connecting(); });
  peer.send(answer);
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::stopped_connecting));
}

TEST_CASE("A connector may try again from client_connection_failed", "[tls_handshake][rule51]") {
  ClientScene scene;
  int failures = 0;
  scene.client->on_failed = [&](Connector& connector) {
    if (++failures < 3) connector.connect();
  };
  auto const connector = scene.connect();
  for (int i = 0; i < 3; ++i) {
    auto peer = scene.half_way();
    peer.close();
    run_until(*scene.reactor, [&] { return failures > i; });
  }
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed started failed started failed stop");
}

// --- the reactor's life ---

TEST_CASE("A reactor that is destroyed during handshakes tells nobody and leaks nothing",
          "[tls_handshake]") {
  auto const before = descriptors();
  {
    ServerScene server;
    auto const silent = server.connect();
    auto const half_way = server.half_way();
    ClientScene client;
    auto const connector = client.connect();
    auto const peer = client.half_way();
    client.reactor.reset();
    server.reactor.reset();
    CHECK(server.connections.empty());
    CHECK(client.client->story == "start started");
  }
  CHECK(descriptors() == before);
}

TEST_CASE("stop() ends handshakes; no protocol is built any more", "[tls_handshake][rule64]") {
  ServerScene server;
  auto silent = server.connect();
  auto half_way = server.half_way();
  run_turns(*server.reactor);
  CHECK(server.reactor->connections() == 2);
  auto const stop = server.reactor->call_later(0s, [&] { server.reactor->stop(); });
  server.reactor->run(false);
  CHECK(server.reactor->connections() == 0);
  CHECK(server.connections.empty());
  CHECK(silent.receive_all().empty());
  CHECK(half_way.receive_all().empty());
}

TEST_CASE("stop() during a client's handshake ends the attempt", "[tls_handshake][rule64]") {
  ClientScene scene;
  auto const connector = scene.connect();
  auto peer = scene.half_way();
  auto const stop = scene.reactor->call_later(0s, [&] { scene.reactor->stop(); });
  scene.reactor->run(false);
  CHECK(scene.client->story.find("build") == std::string::npos);
  CHECK(connector->state() == Connector::State::disconnected);
  CHECK(scene.reactor->connections() == 0);
  CHECK(peer.receive_all().empty());
}

TEST_CASE("A drain does not wait for handshakes, nor build protocols for them", "[tls_handshake]") {
  ServerScene scene;
  auto silent = scene.connect();
  auto half_way = scene.half_way();
  // One with words behind its hello that nobody has read yet.
  auto eager = scene.half_way();
  run_turns(*scene.reactor);
  auto whole = scene.connect();
  REQUIRE(run_beside(*scene.reactor, [&] { return whole.secure(); }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connections.size() == 1; }));
  auto drained = false;
  auto const begin = scene.reactor->now();
  auto const draining =
      scene.reactor->drain(30s).add_both([&](Result<void> const&) { drained = true; });
  eager.send("\x14\x03\x03");
  for (auto* each : {&silent, &half_way, &whole})
    CHECK(run_beside(*scene.reactor, [&] { return each->receive_all(); }).empty());
  eager.close();
  REQUIRE(run_until(*scene.reactor, [&] { return drained; }));
  CHECK(scene.reactor->now() - begin < 5s);
  CHECK(scene.connections.size() == 1);
  CHECK(scene.connections[0]->reason() == "Connection closed");
  CHECK(whole.error() == 0);
}

TEST_CASE("A client's last flight in the turn of a drain builds nothing", "[tls_handshake]") {
  ServerScene scene;
  auto peer = scene.connect();
  MemoryTls tls(PeerContext::client());
  REQUIRE(run_until(*scene.reactor, [&] {
    if (tls.handshake()) return true;
    peer.send(tls.take());
    tls.give(peer.receive_now());
    return false;
  }));
  auto drained = false;
  auto const timer = scene.reactor->call_later(0s, [&] {
    scene.reactor->drain(30s).add_both([&](Result<void> const&) { drained = true; }).release();
  });
  peer.send(tls.take());
  auto const closing = scene.reactor->call_later(100ms, [&] { peer.close(); });
  REQUIRE(run_until(*scene.reactor, [&] { return drained; }));
  CHECK(scene.connections.empty());
}

TEST_CASE("stop_listening lets handshakes go on", "[tls_handshake][rule34]") {
  ServerScene scene;
  auto peer = scene.half_way();
  auto const tail = scene.connect();
  run_turns(*scene.reactor);
  auto stopped = false;
  auto const stopping =
      scene.port->stop_listening().add_both([&](Result<void> const&) { stopped = true; });
  REQUIRE(run_until(*scene.reactor, [&] { return stopped; }));
  CHECK(scene.reactor->connections() == 2);
}

// --- pools ---

// Shared by threads.
struct Ledger {
  std::atomic<int> made{0};
  std::atomic<int> without_tls{0};
};

class CountingEcho final : public Protocol {
 public:
  explicit CountingEcho(Ledger& ledger) : ledger_(ledger) {}
  void connection_made() override {
    ++ledger_.made;
    if (!transport().tls()) ++ledger_.without_tls;
  }
  void data_received(Bytes data) override { transport().write(data); }

 private:
  Ledger& ledger_;
};

TEST_CASE("A pool shares a context between its threads, and a reload goes to all of them",
          "[tls_handshake][pool]") {
  Ledger ledger;
  auto const reactor = make_reactor();
  auto const context = usual_server_context();
  {
    ReactorPool pool(*reactor, 3);
    auto const factory = make_factory([&] { return std::make_unique<CountingEcho>(ledger); });
    auto* const port =
        reactor->listen_tcp(0, factory, {.pool = &pool, .tls = context}, "127.0.0.1").value();
    auto const echoed = run_beside(*reactor, [&] {
      std::atomic<int> good{0};
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
          for (int each = 0; each < 10; ++each) {
            auto peer = Peer::connect(port->host());
            if (!peer.secure() || !peer.send("hello")) continue;
            if (peer.receive(5) == "hello") ++good;
            if (each == 5 && !context->reload()) good = -1000;
          }
        });
      for (auto& each : threads) each.join();
      return good.load();
    });
    CHECK(echoed == 40);
    CHECK(ledger.made == 40);
    CHECK(ledger.without_tls == 0);
    auto stopping = port->stop_listening();
    run_turns(*reactor);
  }
}

TEST_CASE("A client's context is shared between threads, sessions and all",
          "[tls_handshake][resumption]") {
  auto const context = insecure_client();
  RawListener listener;
  std::atomic<int> served{0};
  std::thread server([&] {
    for (int i = 0; i < 30; ++i) {
      auto peer = listener.accept();
      if (peer.secure(peer_server()) && peer.send("hello")) ++served;
      peer.receive_all();
    }
  });
  std::atomic<int> heard{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      auto const reactor = make_reactor();
      for (int each = 0; each < 10; ++each) {
        auto const client = std::make_shared<Client>();
        client->prepare = [](Connection& connection) {
          connection.on_data = [](Transport& transport, Bytes) { transport.lose_connection(); };
        };
        auto const connector =
            reactor->connect_tcp("127.0.0.1", listener.port(), client, {.tls = context});
        run_until(*reactor, [&] { return client->ended(); });
        if (client->connection && client->connection->received == "hello") ++heard;
      }
    });
  for (auto& each : threads) each.join();
  server.join();
  CHECK(served == 30);
  CHECK(heard == 30);
}

}  // namespace
