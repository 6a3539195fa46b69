// Endpoints that want TLS get it, or nothing: whoever listens or connects by one need not make a
// context.
#include "reactor/reactor.h"
#include "tests/reactor/support/certificate.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

Endpoint endpoint(std::string const& text) { return Endpoint::parse(text).value(); }

// A server that signs its own certificate, and the file that it and its clients name.
struct Scene {
  ScratchDirectory directory;
  TestCertificate certificate{{.authority = true}};
  std::string file = file_of(directory, "server.pem", certificate.pem() + certificate.key_pem());
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  std::shared_ptr<Client> client = std::make_shared<Client>();
};

TEST_CASE("A port on a tls:// endpoint speaks TLS with the endpoint's settings",
          "[tls][endpoint]") {
  Scene scene;
  auto const ports =
      value_of(scene.reactor->listen(endpoint("tls://127.0.0.1:0?cert=" + scene.file),
                                     factory_for(scene.connection)));
  auto peer = Peer::connect(ports.at(0)->host());
  CHECK(run_beside(*scene.reactor, [&] { return peer.secure(); }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->made; }));
  CHECK(scene.connection->transport->tls());
}

TEST_CASE("A peer that speaks no TLS gets nothing from a tls:// endpoint", "[tls][endpoint]") {
  LogLines const log;
  Scene scene;
  auto const ports =
      value_of(scene.reactor->listen(endpoint("tls://127.0.0.1:0?cert=" + scene.file),
                                     factory_for(scene.connection)));
  auto peer = Peer::connect(ports.at(0)->host());
  peer.send("in clear\n");
  run_beside(*scene.reactor, [&] { return peer.receive_all(); });
  CHECK_FALSE(scene.connection->made);
}

TEST_CASE("Settings of TLS that cannot be used are the failure of listening", "[tls][endpoint]") {
  Scene scene;
  auto const missing = scene.directory.path("missing.pem");
  auto const failure =
      failure_of(scene.reactor->listen(endpoint("tls://127.0.0.1:0?cert=" + missing),
                                       factory_for(scene.connection)));
  CHECK(failure.is(Error::tls_configuration));
  CHECK_THAT(failure.message(), ContainsSubstring(missing));
}

TEST_CASE("A context beside a tls:// endpoint wins over its settings", "[tls][endpoint]") {
  Scene scene;
  auto const context = TlsContext::server({.certificate_file = scene.file}).value();
  auto const missing = scene.directory.path("missing.pem");
  auto const ports =
      value_of(scene.reactor->listen(endpoint("tls://127.0.0.1:0?cert=" + missing),
                                     factory_for(scene.connection), {.tls = context}));
  auto peer = Peer::connect(ports.at(0)->host());
  CHECK(run_beside(*scene.reactor, [&] { return peer.secure(); }));
}

// `place` is what comes before the settings.
void meet(Scene& scene, std::string const& place, std::string const& settings) {
  static_cast<void>(scene.reactor->connect(endpoint(place + settings), scene.client));
  run_until(*scene.reactor, [&] {
    return scene.client->reason || (scene.client->connection && scene.client->connection->made);
  });
}

TEST_CASE("A connection to a tls:// endpoint is made with TLS and verified", "[tls][endpoint]") {
  Scene scene;
  auto const port = scene.reactor->listen_tcp(
      0, factory_for(scene.connection),
      {.tls = TlsContext::server({.certificate_file = scene.file}).value()}, "127.0.0.1");
  auto const place = "tls://127.0.0.1:" + std::to_string((*port)->host().port());
  SECTION("trusted") {
    meet(scene, place, "?cacert=" + scene.file);
    REQUIRE(scene.client->connection);
    CHECK(scene.client->connection->transport->tls());
  }
  SECTION("not trusted: no connection") {
    LogLines const log;
    meet(scene, place, "");
    CHECK_FALSE(scene.client->connection);
    REQUIRE(scene.client->reason);
    CHECK(scene.client->reason->is(Error::certificate_not_trusted));
  }
}

TEST_CASE("Settings of TLS that cannot be used are the failure of each attempt",
          "[tls][endpoint]") {
  Scene scene;
  RawListener const listener;
  auto const missing = scene.directory.path("missing.pem");
  auto attempts = 0;
  scene.client->on_failed = [&](Connector& connector) {
    if (++attempts < 2) connector.connect();
  };
  static_cast<void>(scene.reactor->connect(
      endpoint("tls://127.0.0.1:" + std::to_string(listener.port()) + "?cacert=" + missing),
      scene.client));
  CHECK(scene.client->story == "start");
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->ended(); }));
  CHECK(scene.client->story == "start started failed started failed stop");
  CHECK(scene.client->reason->is(Error::tls_configuration));
  CHECK_THAT(scene.client->message(), ContainsSubstring(missing));
}

TEST_CASE("TLS over a unix socket is made by the endpoint too", "[tls][endpoint]") {
  Scene scene;
  auto where = Endpoint::unix(scene.directory.path("socket"));
  where.tls = TlsOptions{.certificate_file = scene.file};
  REQUIRE(value_of(scene.reactor->listen(where, factory_for(scene.connection))).size() == 1);
  where.tls = TlsOptions{.pins = {scene.certificate.pin()}};
  static_cast<void>(scene.reactor->connect(where, scene.client));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->made; }));
  CHECK(scene.connection->transport->tls());
}

TEST_CASE("Datagrams with TLS are refused", "[tls][endpoint][datagram]") {
  auto const reactor = make_reactor();
  auto where = Endpoint::udp("127.0.0.1", 0);
  where.tls.emplace();
  auto const socket = std::make_shared<Datagrams>();
  auto const build = [&] { return protocol_for(socket); };
  auto const listening = failure_of(reactor->listen_datagram(where, build));
  CHECK(listening.is(Error::tls_configuration));
  CHECK(listening.message() == "listen udp://127.0.0.1:0: there is no TLS for datagrams");
  CHECK(failure_of(reactor->connect_datagram(where, build())).is(Error::tls_configuration));
}

}  // namespace
