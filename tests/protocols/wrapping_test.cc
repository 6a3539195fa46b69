// The layer that passes on everything.
#include "protocols/wrapping.h"

#include <optional>
#include <stdexcept>
#include <string>

#include "protocols/limit_connections.h"
#include "protocols/throttling.h"
#include "protocols/timeout.h"
#include "protocols/traffic_logging.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "reactor/fakes/memory_reactor.h"
#include "reactor/reconnecting.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/everything.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Sees how several pieces come.
class Wire final : public FakeTransport {
 public:
  void write_sequence(std::span<Bytes const> pieces) override {
    sequences.push_back(pieces.size());
    FakeTransport::write_sequence(pieces);
  }
  bool forward_to(Transport& to) override {
    sink = &to;
    return true;
  }
  bool forward_to_file(int to, std::uint64_t most) override {
    file = to;
    count = most;
    return true;
  }
  std::vector<std::size_t> sequences;
  Transport* sink = nullptr;
  int file = -1;
  std::uint64_t count = 0;
};

struct Fixture {
  Fixture() {
    wire.connect(WrappingFactory(factory_for(connection)).build_protocol({}));
    inside = connection->transport;
  }

  std::shared_ptr<Connection> connection = make_connection();
  Wire wire;
  Transport* inside = nullptr;  // the inner protocol's transport
};

struct Source final : Producer {
  void resume_producing() override { story += "resume "; }
  void pause_producing() override { story += "pause "; }
  void stop_producing() override { story += "stop "; }
  std::string story;
};

TEST_CASE("The wrapper is the transport of the inner protocol", "[wrapping][rule158]") {
  Fixture f;
  REQUIRE(f.inside);
  CHECK(f.inside != &f.wire);
  CHECK(dynamic_cast<ProtocolWrapper*>(f.inside));
}

TEST_CASE("The inner protocol hears all that the outer transport tells", "[wrapping][rule158]") {
  auto const connection = attentive_connection();
  FakeTransport wire;
  wire.connect(WrappingFactory(factory_for(connection)).build_protocol({}));
  CHECK(story_of_everything(wire, *connection) == everything);
  CHECK(connection->received == "data");
  CHECK(connection->lost->is(Error::connection_done));
  CHECK(connection->destroyed);
}

TEST_CASE("The inner protocol hears what has been forwarded to a file", "[wrapping][rule158]") {
  auto const connection = make_connection();
  auto const wrapper = WrappingFactory(factory_for(connection)).build_protocol({});
  CHECK(hears_of_files(*wrapper, *connection));
}

TEST_CASE("No policy keeps an event from the inner protocol", "[wrapping][rule158]") {
  FakeClock clock;
  ScratchDirectory const directory;
  auto const connection = attentive_connection();
  std::shared_ptr<Factory> layers = factory_for(connection);
  layers = std::make_shared<LimitConnectionsByPeer>(layers);
  layers = std::make_shared<LimitTotalConnectionsFactory>(layers, 1);
  layers = std::make_shared<SpewingFactory>(layers);
  layers = std::make_shared<ThrottlingFactory>(clock, layers, ThrottlingLimits());
  layers = std::make_shared<TimeoutFactory>(clock, layers);
  layers = std::make_shared<TrafficLoggingFactory>(layers, directory.path("traffic"));
  FakeTransport wire;
  wire.connect(layers->build_protocol({}));
  CHECK(story_of_everything(wire, *connection) == everything);
}

TEST_CASE("The inner protocol's own failures end the connection as ever", "[wrapping][rule158]") {
  Fixture f;
  f.connection->on_data = [](Transport&, Bytes) { throw std::runtime_error("no such data"); };
  f.wire.deliver("data");
  f.wire.turn();
  CHECK(f.connection->reason() == "no such data");
}

TEST_CASE("Every way to write reaches the outer transport as it is", "[wrapping][rule158]") {
  Fixture f;
  auto const shared = std::make_shared<std::string const>("shared ");
  std::vector const pieces{bytes("two "), bytes("pieces")};
  f.inside->write("text ");
  f.inside->write(bytes("bytes "));
  f.inside->write(shared);
  f.inside->write_sequence(pieces);
  CHECK(f.wire.written() == "text bytes shared two pieces");
  CHECK(f.wire.shared_messages() == std::vector{shared});
  CHECK(f.wire.sequences == std::vector<std::size_t>{2});
}

TEST_CASE("Every way to end reaches the outer transport", "[wrapping][rule158]") {
  Fixture f;
  CHECK_FALSE(f.inside->disconnecting());
  SECTION("lose_connection") {
    f.inside->lose_connection();
    CHECK(f.wire.disconnecting());
    CHECK(f.inside->disconnecting());
  }
  SECTION("abort_connection") {
    f.inside->abort_connection();
    CHECK(f.wire.aborted());
  }
  SECTION("lose_write_connection") {
    f.inside->lose_write_connection();
    f.wire.turn();
    CHECK(f.wire.write_closed());
    CHECK_FALSE(f.wire.lost());
  }
}

TEST_CASE("Pausing and producers reach the outer transport", "[wrapping][rule158]") {
  Fixture f;
  f.inside->pause_producing();
  CHECK(f.wire.reading_state() == FakeTransport::Reading::paused);
  f.inside->resume_producing();
  CHECK(f.wire.reading_state() == FakeTransport::Reading::producing);
  Source source;
  f.inside->register_producer(source, true);
  CHECK(f.wire.producer() == &source);
  CHECK_THROWS_AS(f.inside->register_producer(source, true), ProducerRegistered);
  f.inside->unregister_producer();
  CHECK(f.wire.producer() == nullptr);
}

TEST_CASE("Settings and figures are those of the outer transport", "[wrapping][rule158]") {
  Fixture f;
  f.wire.set_peer(Address::ip("192.0.2.1", 1).value());
  f.wire.set_host(Address::ip("192.0.2.2", 2).value());
  CHECK(f.inside->peer() == f.wire.peer());
  CHECK(f.inside->host() == f.wire.host());
  f.inside->set_tcp_no_delay(true);
  CHECK(f.wire.tcp_no_delay());
  CHECK(f.inside->tcp_no_delay());
  f.inside->set_tcp_keep_alive(true);
  CHECK(f.wire.tcp_keep_alive());
  CHECK(f.inside->tcp_keep_alive());
  f.inside->set_idle_timeout(7s);
  CHECK(f.wire.idle_timeout() == 7s);
  f.wire.set_capacity(2);
  f.inside->write("12345");
  f.wire.turn();
  CHECK(f.inside->unsent() == 3);
  CHECK(f.inside->traffic().sent == 2);
  f.inside->set_water_marks({.high = 1, .low = 0, .limit = 10});
  f.inside->write("6");
  f.wire.turn();
  CHECK(f.connection->story == "made pause");
}

TEST_CASE("Forwarding goes on to the outer transport", "[wrapping][rule158]") {
  Fixture f;
  FakeTransport sink;
  CHECK(f.inside->forward_to(sink));
  CHECK(f.wire.sink == &sink);
  CHECK(f.inside->forward_to_file(7, 100));
  CHECK(f.wire.file == 7);
  CHECK(f.wire.count == 100);
}

TEST_CASE("The peer can be asked in connection_lost too", "[wrapping][rule158]") {
  Fixture f;
  Address peer;
  f.connection->on_lost = [&](Transport& transport, Failure const&) { peer = transport.peer(); };
  f.wire.lose();
  CHECK(peer == FakeTransport::usual_peer());
}

// Counts what a factory is told.
class Told final : public ClientFactory {
 public:
  std::unique_ptr<Protocol> build_protocol(Address const& from) override {
    story += "build ";
    peer = from;
    return refuse ? nullptr : protocol_for(make_connection());
  }
  void start_factory() override { story += "start "; }
  void stop_factory() override { story += "stop "; }
  void started_connecting(Connector&) override { story += "connecting "; }
  void client_connection_failed(Connector&, Failure const&) override { story += "failed "; }
  void client_connection_lost(Connector&, Failure const&) override { story += "lost "; }

  std::string story;
  Address peer;
  bool refuse = false;
};

TEST_CASE("A wrapped factory hears all that a port tells", "[wrapping][rule158]") {
  MemoryReactor reactor;
  auto const told = std::make_shared<Told>();
  auto* const port = reactor.listen_tcp(80, std::make_shared<WrappingFactory>(told)).value();
  auto const peer = Address::ip("192.0.2.1", 1).value();
  CHECK(reactor.ports().at(0)->accept(peer));
  CHECK(told->peer == peer);
  port->stop_listening().release();
  reactor.turn();
  CHECK(told->story == "start build stop ");
}

TEST_CASE("A wrapped factory that serves elsewhere too is started once", "[wrapping][rule158]") {
  MemoryReactor reactor;
  auto const told = std::make_shared<Told>();
  auto* const one = reactor.listen_tcp(80, std::make_shared<WrappingFactory>(told)).value();
  auto* const other = reactor.listen_tcp(81, told).value();
  one->stop_listening().release();
  reactor.turn();
  CHECK(told->story == "start ");
  other->stop_listening().release();
  reactor.turn();
  CHECK(told->story == "start stop ");
}

TEST_CASE("A wrapped client factory hears all that a connector tells", "[wrapping][rule158]") {
  MemoryReactor reactor;
  auto const told = std::make_shared<Told>();
  auto const connector =
      reactor.connect_tcp("192.0.2.1", 80, std::make_shared<WrappingFactory>(told));
  reactor.connectors().at(0)->fail(Error::connect_timeout);
  connector->connect();
  reactor.connectors().at(0)->succeed().lose();
  CHECK(told->story == "start connecting failed stop start connecting build lost stop ");
}

TEST_CASE("A wrapped client that reconnects does so", "[wrapping][rule158]") {
  class Client final : public ReconnectingClientFactory {
   public:
    using ReconnectingClientFactory::ReconnectingClientFactory;
    std::unique_ptr<Protocol> build_protocol(Address const&) override {
      return protocol_for(make_connection());
    }
  };
  MemoryReactor reactor;
  auto const client = std::make_shared<Client>(reactor);
  reactor.connect_tcp("192.0.2.1", 80, std::make_shared<WrappingFactory>(client));
  reactor.connectors().at(0)->succeed().lose();
  reactor.advance(10s);
  CHECK(reactor.connectors().at(0)->attempts() == 2);
}

TEST_CASE("A factory that is none for clients may be wrapped and connected", "[wrapping]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  reactor.connect_tcp("192.0.2.1", 80, std::make_shared<WrappingFactory>(factory_for(connection)));
  reactor.connectors().at(0)->succeed().lose();
  CHECK(connection->story == "made lost");
}

TEST_CASE("Nothing built is nothing wrapped", "[wrapping][rule158]") {
  auto const told = std::make_shared<Told>();
  told->refuse = true;
  CHECK_FALSE(WrappingFactory(told).build_protocol({}));
}

TEST_CASE("Wrappers can be wrapped", "[wrapping]") {
  auto const connection = make_connection();
  auto once = std::make_shared<WrappingFactory>(factory_for(connection));
  FakeTransport wire;
  wire.connect(WrappingFactory(std::move(once)).build_protocol({}));
  wire.deliver("data");
  connection->transport->write("answer");
  CHECK(connection->received == "data");
  CHECK(wire.take() == "answer");
}

}  // namespace
