// Connecting for real: order of events, reasons of failure, time-outs, addresses of this side.
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/socket_connector.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Client> client = std::make_shared<Client>();

  std::shared_ptr<Connector> connect(Address const& where, ConnectOptions options = {}) {
    return reactor->connect_tcp(where.host(), where.port(), client, options);
  }
  bool ends() {
    return run_until(*reactor, [&] { return client->ended(); });
  }
};

TEST_CASE("A client hears of the start, the connection, its loss, in this order",
          "[connecting][rule2][rule40]") {
  Scene scene;
  RawListener listener;
  auto const connector = scene.connect(listener.address());
  CHECK(connector->state() == Connector::State::connecting);
  CHECK(scene.client->story == "start");
  auto peer = listener.accept();
  peer.send("hello");
  REQUIRE(run_until(*scene.reactor, [&] {
    return scene.client->connection && scene.client->connection->received == "hello";
  }));
  CHECK(scene.client->story == "start started build");
  CHECK(connector->state() == Connector::State::connected);
  CHECK(scene.client->peer == listener.address());
  CHECK(scene.client->connection->transport->peer() == listener.address());
  peer.close();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started build lost stop");
  CHECK(scene.client->connection->story == "made data eof lost");
  CHECK(scene.client->reason->is(Error::connection_done));
  CHECK(connector->state() == Connector::State::disconnected);
}

TEST_CASE("The same over a unix socket", "[connecting][rule2]") {
  ScratchDirectory scratch;
  Scene scene;
  auto const server = make_connection();
  server->on_data = echo;
  auto const path = scratch.path("socket");
  auto const port = scene.reactor->listen_unix(path, factory_for(server));
  REQUIRE(port);
  scene.client->prepare = [](Connection& connection) {
    connection.on_made = [](Transport& transport) { transport.write("hello"); };
    connection.on_data = [](Transport& transport, Bytes) { transport.lose_connection(); };
  };
  auto const connector = scene.reactor->connect_unix(path, scene.client);
  REQUIRE(scene.ends());
  CHECK(scene.client->connection->received == "hello");
  CHECK(scene.client->story == "start started build lost stop");
}

TEST_CASE("A refused connection fails later, with the system's reason",
          "[connecting][rule47][rule48][rule49]") {
  Scene scene;
  RefusedPort const port;
  auto const connector = scene.connect(port.at("127.0.0.1"));
  CHECK_FALSE(scene.client->reason);
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->code() == std::errc::connection_refused);
  CHECK(scene.client->message() == "Connection refused");
}

TEST_CASE("Nobody needs to hold the connector of an attempt that fails", "[connecting]") {
  Scene scene;
  RefusedPort const port;
  scene.connect(port.at("127.0.0.1")).reset();
  REQUIRE(scene.ends());
  run_turns(*scene.reactor);
}

TEST_CASE("A unix socket that is not there fails with that", "[connecting][rule47]") {
  Scene scene;
  ScratchDirectory scratch;
  auto const connector = scene.reactor->connect_unix(scratch.path("none"), scene.client);
  REQUIRE(scene.ends());
  CHECK(scene.client->reason->code() == std::errc::no_such_file_or_directory);
  scene.client->story.clear();
  auto const long_one = scene.reactor->connect_unix("/" + std::string(200, 'x'), scene.client);
  REQUIRE(scene.ends());
  CHECK(scene.client->reason->code() == std::errc::filename_too_long);
}

TEST_CASE("A unix socket with a full queue is waited for", "[connecting]") {
  ScratchDirectory scratch;
  Scene scene;
  auto const path = scratch.path("socket");
  auto const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage storage{};
  auto const size = Address::unix(path)->copy_to(storage);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0);
  REQUIRE(listen(fd, 0) == 0);
  auto const first = Peer::connect(*Address::unix(path));
  auto const connector = scene.reactor->connect_unix(path, scene.client);
  run_for(*scene.reactor, 50ms);
  CHECK(scene.client->story == "start started");
  close(accept(fd, nullptr, nullptr));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  close(fd);
}

TEST_CASE("An attempt that is not answered times out", "[connecting][rule46]") {
  Scene scene;
  BlackHole const hole("127.0.0.2");
  auto const begin = scene.reactor->now();
  auto const connector = scene.connect(hole.address(), {.timeout = 100ms});
  REQUIRE(scene.ends());
  CHECK(scene.reactor->now() - begin >= 100ms);
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::connect_timeout));
  CHECK(scene.client->reason->is(Error::timed_out));
}

TEST_CASE("The time-out ends when the protocol is built", "[connecting][rule50]") {
  Scene scene;
  RawListener listener;
  auto const connector = scene.connect(listener.address(), {.timeout = 100ms});
  auto const peer = listener.accept();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  run_for(*scene.reactor, 200ms);
  CHECK(connector->state() == Connector::State::connected);
  CHECK(scene.client->story == "start started build");
}

TEST_CASE("stop_connecting gives up, also inside started_connecting", "[connecting][rule43]") {
  Scene scene;
  BlackHole const hole("127.0.0.2");
  SECTION("inside") {
    scene.client->on_started = [](Connector& connector) { connector.stop_connecting(); };
  }
  auto const connector = scene.connect(hole.address());
  if (!scene.client->on_started) {
    run_turns(*scene.reactor);
    connector->stop_connecting();
    CHECK_FALSE(scene.client->reason);
    CHECK_THROWS_AS(connector->stop_connecting(), NotConnecting);
  }
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::stopped_connecting));
  CHECK_THROWS_AS(connector->stop_connecting(), NotConnecting);
}

TEST_CASE("stop_connecting before the first turn makes no connection", "[connecting][rule43]") {
  Scene scene;
  RawListener listener;
  auto const connector = scene.connect(listener.address());
  connector->stop_connecting();
  REQUIRE(scene.ends());
  CHECK(scene.client->reason->is(Error::stopped_connecting));
  CHECK_FALSE(scene.client->connection);
}

TEST_CASE("disconnect does what fits the state", "[connecting][rule45]") {
  Scene scene;
  RawListener listener;
  auto const connector = scene.connect(listener.address());
  SECTION("while connecting") {
    connector->disconnect();
    connector->disconnect();
    REQUIRE(scene.ends());
    CHECK(scene.client->reason->is(Error::stopped_connecting));
  }
  SECTION("while connected") {
    auto const peer = listener.accept();
    REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
    connector->disconnect();
    CHECK_FALSE(scene.client->reason);
    REQUIRE(scene.ends());
    CHECK(scene.client->reason->is(Error::connection_done));
  }
  connector->disconnect();  // nothing
}

TEST_CASE("connect while connecting or connected is refused", "[connecting][rule41]") {
  Scene scene;
  RawListener listener;
  auto const connector = scene.connect(listener.address());
  CHECK_THROWS_AS(connector->connect(), CannotConnectInThisState);
  auto const peer = listener.accept();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  CHECK_THROWS_AS(connector->connect(), CannotConnectInThisState);
}

TEST_CASE("connect inside client_connection_lost or _failed tries again, the factory stays started",
          "[connecting][rule51]") {
  Scene scene;
  auto listener = std::make_unique<RawListener>();
  auto again = [&, left = 2](Connector& connector) mutable {
    if (left-- > 0) connector.connect();
  };
  scene.client->on_lost = scene.client->on_failed = std::ref(again);
  auto const connector = scene.connect(listener->address());
  listener->accept().close();
  REQUIRE(run_until(*scene.reactor,
                    [&] { return scene.client->story.ends_with("lost started build"); }));
  listener.reset();  // the connection in its queue is reset, the third one refused
  REQUIRE(scene.ends());
  CHECK_THAT(scene.client->story, ContainsSubstring("start started build lost started build lost "
                                                    "started failed stop"));
}

TEST_CASE("A connector let go of by its holder lives on while it is busy", "[connecting]") {
  Scene scene;
  RawListener listener;
  std::weak_ptr<Connector> const connector = scene.connect(listener.address());
  CHECK_FALSE(connector.expired());
  auto peer = listener.accept();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  CHECK_FALSE(connector.expired());
  peer.close();
  REQUIRE(scene.ends());
  run_turns(*scene.reactor);
  CHECK(connector.expired());
}

TEST_CASE("A factory that builds nothing has made a connection and lost it",
          "[connecting][rule4]") {
  LogLines const log;
  Scene scene;
  RawListener listener;
  SECTION("nothing") {
    scene.client->build = [] { return nullptr; };
  }
  SECTION("an exception") {
    scene.client->build = []() -> std::unique_ptr<Protocol> { throw std::runtime_error("no"); };
  }
  auto const connector = scene.connect(listener.address());
  auto peer = listener.accept();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started build lost stop");
  CHECK(scene.client->reason->is(Error::no_protocol));
  CHECK(peer.receive_all().empty());
}

TEST_CASE("disconnect inside build_protocol or connection_made ends the connection in order",
          "[connecting][rule45]") {
  Scene scene;
  RawListener listener;
  std::shared_ptr<Connector> connector;
  auto const connection = make_connection();
  SECTION("build_protocol") {
    scene.client->build = [&] {
      connector->disconnect();
      return protocol_for(connection);
    };
  }
  SECTION("connection_made") {
    connection->on_made = [&](Transport&) { connector->disconnect(); };
    scene.client->build = [&] { return protocol_for(connection); };
  }
  connector = scene.connect(listener.address());
  auto const peer = listener.accept();
  REQUIRE(scene.ends());
  CHECK(connection->story == "made lost");
  CHECK(scene.client->reason->is(Error::connection_done));
}

TEST_CASE("The local address and port can be chosen", "[connecting][bind]") {
  Scene scene;
  RawListener listener;
  SECTION("an address") {
    auto const connector = scene.connect(listener.address(), {.bind = Address::ip("127.0.0.5", 0)});
    auto const peer = listener.accept();
    REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
    CHECK(scene.client->connection->transport->host().host() == "127.0.0.5");
  }
  SECTION("a port") {
    auto const port = free_port();
    auto const connector = scene.connect(listener.address(), {.bind_port = port});
    auto const peer = listener.accept();
    REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
    CHECK(scene.client->connection->transport->host().port() == port);
  }
  SECTION("both") {
    auto const port = free_port();
    auto const connector =
        scene.connect(listener.address(), {.bind = Address::ip("127.0.0.5", port)});
    auto const peer = listener.accept();
    REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
    CHECK(scene.client->connection->transport->host() == Address::ip("127.0.0.5", port));
  }
}

TEST_CASE("A local address that cannot be had is the failure", "[connecting][bind][rule47]") {
  Scene scene;
  RawListener listener;
  SECTION("not of this machine") {
    auto const connector = scene.connect(listener.address(), {.bind = Address::ip("192.0.2.7", 0)});
    REQUIRE(scene.ends());
    CHECK_THAT(scene.client->message(),
               ContainsSubstring("192.0.2.7") && ContainsSubstring("Cannot assign"));
  }
  SECTION("taken") {
    RawListener const taken;
    auto const connector = scene.connect(listener.address(), {.bind = taken.address()});
    REQUIRE(scene.ends());
    CHECK_THAT(scene.client->message(), ContainsSubstring("Address already in use"));
  }
  SECTION("of another family") {
    auto const connector = scene.connect(listener.address(), {.bind = Address::ip("::1", 0)});
    REQUIRE(scene.ends());
    CHECK_THAT(scene.client->message(), ContainsSubstring("family"));
  }
  CHECK(scene.client->reason->is(Error::bind_failed));
  CHECK(scene.client->story == "start started failed stop");
}

TEST_CASE("An IPv6 literal is connected to", "[connecting][rule27]") {
  Scene scene;
  RawListener listener("::1");
  auto const connector = scene.connect(listener.address());
  auto const peer = listener.accept();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  CHECK(scene.client->peer.host() == "::1");
}

TEST_CASE("A connected socket that was inherited is an endpoint", "[connecting][inherited]") {
  Scene scene;
  auto ends = tcp_ends();
  Endpoint where;
  where.kind = Endpoint::Kind::fd;
  where.fd = ends.ours;
  auto const connector = scene.reactor->connect(where, scene.client);
  ends.peer.send("hello");
  REQUIRE(run_until(*scene.reactor, [&] {
    return scene.client->connection && scene.client->connection->received == "hello";
  }));
  ends.peer.close();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started build lost stop");
}

TEST_CASE("An inherited descriptor that is no connected socket fails", "[connecting][inherited]") {
  Scene scene;
  Endpoint where;
  where.kind = Endpoint::Kind::fd;
  where.fd = socket(AF_INET, SOCK_STREAM, 0);
  auto const connector = scene.reactor->connect(where, scene.client);
  REQUIRE(scene.ends());
  CHECK(scene.client->reason->code() == std::errc::not_connected);
  close(where.fd);
}

TEST_CASE("An inherited socket is connected once: its number may be another's by then",
          "[connecting][inherited]") {
  Scene scene;
  auto ends = tcp_ends();
  Endpoint where;
  where.kind = Endpoint::Kind::fd;
  where.fd = ends.ours;
  auto const connector = scene.reactor->connect(where, scene.client);
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  ends.peer.close();
  REQUIRE(scene.ends());
  run_turns(*scene.reactor);
  auto other = tcp_ends();  // gets the number
  REQUIRE(other.ours == where.fd);
  scene.client->story.clear();
  connector->connect();
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  close(other.ours);
}

TEST_CASE("A connector may be let go of after its reactor", "[connecting][lifetime]") {
  BlackHole const hole("127.0.0.2");
  RawListener listener;
  Scene scene;
  auto const waiting = scene.connect(hole.address());
  auto const connected = scene.connect(listener.address());
  auto const fresh = std::make_shared<Client>();
  auto const not_begun = scene.reactor->connect_tcp("127.0.0.1", listener.port(), fresh);
  auto const peer = listener.accept();
  run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; });
  scene.reactor.reset();
  CHECK(waiting->destination().host == "127.0.0.2");
}

TEST_CASE("A port that answers itself is refused", "[connecting]") {
  // A port that nobody listens on may be chosen as the own one: then the socket connects to itself.
  Scene scene;
  auto const port = free_port();
  auto const connector =
      scene.reactor->connect_tcp("127.0.0.1", port, scene.client, {.bind_port = port});
  REQUIRE(scene.ends());
  CHECK(scene.client->reason->code() == std::errc::connection_refused);
}

}  // namespace
