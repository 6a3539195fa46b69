// A client that closes first: with TLS 1.3 a server may refuse it after its last word (RFC 8446,
// section 4.4.2.4, and appendix E.5), so it listens for a while.
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

void say_all(Transport& transport) {
  transport.write("all I have to say");
  transport.lose_connection();
}

// A client of ours that has said all and closed; its server has not looked at that yet.
struct Scene {
  TestCertificate certificate;
  std::unique_ptr<Reactor> reactor = make_reactor();
  RawListener listener;
  std::shared_ptr<Client> client = std::make_shared<Client>();
  PeerContext context;
  MemoryTls tls;
  Peer peer;

  explicit Scene(std::function<void(Transport&)> const& start = say_all, bool demanding = false)
      : context(PeerContext::server(certificate)),
        tls(demanding ? context.trust(certificate) : context) {
    client->prepare = [&](Connection& connection) { connection.on_made = start; };
    auto const ours = TlsContext::client({.insecure = true}).value();
    reactor->connect_tcp("127.0.0.1", listener.port(), client, {.tls = ours});
    peer = listener.accept();
    run_until(*reactor, [&] {
      if (client->connection) return true;
      tls.give(peer.receive_now());
      tls.handshake();
      peer.send(tls.take());
      return false;
    });
    run_turns(*reactor);
  }
  // What the client has said; the server's answers to that are sent.
  std::string hears() {
    tls.give(peer.receive_now());
    tls.handshake();
    auto const text = tls.read();
    peer.send(tls.take());
    return text;
  }
  bool ends(Duration limit = patience) {
    return run_until(*reactor, [&] { return client->ended(); }, limit);
  }
};

TEST_CASE("A client that has closed is told that the server refused it", "[tls_good_bye]") {
  Scene scene(say_all, true);
  CHECK_FALSE(scene.client->ended());
  CHECK(scene.hears().empty());
  REQUIRE(scene.ends());
  CHECK(scene.client->message() == "the peer refused: certificate required");
  CHECK(scene.client->reason->is(Error::tls_handshake));
  CHECK(scene.client->connection->story == "made lost");
}

TEST_CASE("A server that answers with close_notify ends a client that has closed",
          "[tls_good_bye]") {
  Scene scene;
  CHECK(scene.hears() == "all I have to say");
  CHECK(SSL_get_shutdown(scene.tls.get()) == SSL_RECEIVED_SHUTDOWN);
  if (GENERATE(false, true)) scene.tls.write(pattern(100'000));  // which nobody reads
  SSL_shutdown(scene.tls.get());
  scene.peer.send(scene.tls.take());
  CHECK(scene.ends(1s));
  CHECK(scene.client->message() == "Connection closed");
  CHECK(scene.client->connection->received.empty());
}

TEST_CASE("A server that closes without an answer ends a client that has closed",
          "[tls_good_bye]") {
  Scene scene;
  if (GENERATE(false, true)) CHECK(scene.hears() == "all I have to say");
  GENERATE(false, true) ? scene.peer.cut() : scene.peer.reset();
  CHECK(scene.ends(1s));
  CHECK(scene.client->message() == "Connection closed");
}

TEST_CASE("A server that never answers is not waited for long", "[tls_good_bye][limit]") {
  Scene scene;
  CHECK(scene.hears() == "all I have to say");
  CHECK_FALSE(scene.client->ended());
  CHECK(scene.ends());
  CHECK(scene.client->message() == "Connection closed");
}

TEST_CASE("A client whose own half has ended before waits no longer", "[tls_good_bye]") {
  Scene scene([](Transport& transport) { transport.lose_write_connection(); });
  CHECK(scene.hears().empty());
  run_turns(*scene.reactor);  // the server's tickets
  CHECK_FALSE(scene.client->ended());
  scene.client->connection->calling([](Transport& transport) { transport.lose_connection(); });
  CHECK(scene.ends(1s));
  CHECK(scene.client->message() == "Connection closed");
}

}  // namespace
