#include "reactor/connector.h"

#include <memory>
#include <stdexcept>
#include <string>

#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using State = Connector::State;

// Writes down the calls of a client factory and of its protocols, and does what the test wants.
class Recorder final : public ClientFactory {
 public:
  std::unique_ptr<Protocol> build_protocol(Address const& peer) override {
    tell("build " + peer.to_string());
    if (on_build) on_build();
    if (builds_nothing) return nullptr;
    return std::make_unique<Told>(*this);
  }
  void start_factory() override {
    tell("start");
    if (cannot_start) throw std::runtime_error("no file");
  }
  void stop_factory() override { tell("stop"); }
  void started_connecting(Connector& connector) override {
    tell("connecting");
    if (on_started) on_started(connector);
  }
  void client_connection_failed(Connector& connector, Failure const& reason) override {
    tell("failed: " + reason.message());
    state_when_told = connector.state();
    if (on_end) on_end(connector);
  }
  void client_connection_lost(Connector& connector, Failure const& reason) override {
    tell("client lost: " + reason.message());
    state_when_told = connector.state();
    if (on_end) on_end(connector);
  }

  void tell(std::string const& what) { story += (story.empty() ? "" : ", ") + what; }

  std::string story;
  Function<void(Connector&)> on_started, on_end;
  Function<void()> on_build;
  State state_when_told = State::connecting;
  bool builds_nothing = false;
  bool cannot_start = false;

 private:
  struct Told final : Protocol {
    explicit Told(Recorder& recorder) : factory(recorder) {}
    void connection_made() override { factory.tell("made"); }
    void connection_lost(Failure const&) override { factory.tell("lost"); }
    Recorder& factory;
  };
};

struct Fixture {
  MemoryReactor reactor;
  std::shared_ptr<Recorder> factory = std::make_shared<Recorder>();
  std::string& story = factory->story;

  // The connector that this makes is also held by the fixture.
  MemoryConnector& connect(ConnectOptions options = {}) {
    reactor.connect_tcp("192.168.1.1", 80, factory, std::move(options));
    connector = reactor.connectors().back();
    return *connector;
  }
  std::shared_ptr<MemoryConnector> connector;
};

Failure const refused = std::make_error_code(std::errc::connection_refused);

TEST_CASE("A connector is disconnected, connecting, connected and disconnected again",
          "[connector][rule40]") {
  Fixture f;
  MemoryConnector fresh(f.reactor, Endpoint::tcp("::1", 1), f.factory, {});
  CHECK(fresh.state() == State::disconnected);
  auto& connector = f.connect();
  CHECK(connector.state() == State::connecting);
  connector.succeed();
  CHECK(connector.state() == State::connected);
  connector.transport()->lose();
  CHECK(connector.state() == State::disconnected);
  CHECK(f.factory->state_when_told == State::disconnected);
}

TEST_CASE("A failed attempt leads back to disconnected", "[connector][rule40]") {
  Fixture f;
  auto& connector = f.connect();
  connector.fail(refused);
  CHECK(connector.state() == State::disconnected);
  CHECK(f.factory->state_when_told == State::disconnected);
}

TEST_CASE("connect is an error unless disconnected", "[connector][rule41]") {
  Fixture f;
  auto& connector = f.connect();
  CHECK_THROWS_AS(connector.connect(), CannotConnectInThisState);
  connector.succeed();
  CHECK_THROWS_WITH(connector.connect(), "can't connect in this state");
  connector.transport()->lose();
  CHECK_NOTHROW(connector.connect());
}

TEST_CASE("connect starts the factory and the attempt, then tells started_connecting in a turn",
          "[connector][rule42][rule48]") {
  Fixture f;
  auto& connector = f.connect();
  CHECK(f.story == "start");
  CHECK(connector.attempts() == 1);
  f.reactor.turn();
  CHECK(f.story == "start, connecting");
}

TEST_CASE("A whole life is told in order", "[connector][rule2][rule42]") {
  Fixture f;
  f.connect().succeed().lose();
  f.reactor.turn();
  CHECK(f.story ==
        "start, connecting, build 192.168.1.1:80, made, lost, client lost: Connection lost, stop");
}

TEST_CASE("A failed attempt is told after its beginning, and nothing is built",
          "[connector][rule42][rule49]") {
  Fixture f;
  f.connect().fail(refused);
  CHECK(f.story == "start, connecting, failed: " + refused.message() + ", stop");
}

TEST_CASE("stop_connecting inside started_connecting is answered in a later turn",
          "[connector][rule43]") {
  Fixture f;
  f.factory->on_started = [](Connector& connector) { connector.stop_connecting(); };
  auto& connector = f.connect();
  f.reactor.turn();
  CHECK(f.story == "start, connecting");
  f.reactor.turn();
  CHECK(f.story == "start, connecting, failed: Stopped connecting, stop");
  CHECK(connector.state() == State::disconnected);
}

TEST_CASE("An attempt that is stopped before its first turn is told like any other",
          "[connector][rule43]") {
  Fixture f;
  f.connect().stop_connecting();
  CHECK(f.story == "start");
  f.reactor.turn();
  CHECK(f.story == "start, connecting, failed: Stopped connecting, stop");
}

TEST_CASE("A stopped attempt cannot succeed any more, nor time out",
          "[connector][rule43][rule49]") {
  Fixture f;
  auto& connector = f.connect();
  f.reactor.turn();
  connector.stop_connecting();
  CHECK_FALSE(connector.attempting());
  f.reactor.advance(31s);
  CHECK(f.story == "start, connecting, failed: Stopped connecting, stop");
}

TEST_CASE("stop_connecting is an error unless connecting", "[connector][rule44]") {
  Fixture f;
  auto& connector = f.connect();
  connector.stop_connecting();
  CHECK_THROWS_AS(connector.stop_connecting(), NotConnecting);
  f.reactor.turn();
  CHECK_THROWS_AS(connector.stop_connecting(), NotConnecting);
  connector.connect();
  connector.succeed();
  CHECK_THROWS_AS(connector.stop_connecting(), NotConnecting);
}

TEST_CASE("disconnect gives up an attempt", "[connector][rule45]") {
  Fixture f;
  auto& connector = f.connect();
  connector.disconnect();
  connector.disconnect();
  f.reactor.turn();
  CHECK(f.story == "start, connecting, failed: Stopped connecting, stop");
}

TEST_CASE("disconnect loses a connection, in a later turn", "[connector][rule45]") {
  Fixture f;
  auto& connector = f.connect();
  auto& wire = connector.succeed();
  wire.write("last words");
  f.story.clear();
  connector.disconnect();
  CHECK(f.story.empty());
  CHECK(wire.disconnecting());
  f.reactor.turn();
  CHECK(f.story == "lost, client lost: Connection closed, stop");
  CHECK(wire.take() == "last words");
}

TEST_CASE("disconnect of a disconnected connector does nothing", "[connector][rule45]") {
  Fixture f;
  auto& connector = f.connect();
  connector.fail(refused);
  f.story.clear();
  connector.disconnect();
  f.reactor.turn();
  CHECK(f.story.empty());
}

TEST_CASE("An attempt without an answer fails after thirty seconds", "[connector][rule46]") {
  Fixture f;
  auto& connector = f.connect();
  f.reactor.advance(30s - 1ns);
  CHECK(connector.state() == State::connecting);
  f.reactor.advance(1ns);
  CHECK(connector.state() == State::disconnected);
  CHECK_FALSE(connector.attempting());
  CHECK(f.story == "start, connecting, failed: Connection timed out, stop");
}

TEST_CASE("The time an attempt has can be chosen, or left to the system", "[connector][rule46]") {
  Fixture f;
  auto& hasty = f.connect({.timeout = 1s});
  f.reactor.advance(1s);
  CHECK(hasty.state() == State::disconnected);
  auto& patient = f.connect({.timeout = std::nullopt});
  f.reactor.advance(24h);
  CHECK(patient.state() == State::connecting);
}

TEST_CASE("Each attempt has its own time", "[connector][rule46]") {
  Fixture f;
  auto& connector = f.connect();
  f.reactor.advance(20s);
  connector.fail(refused);
  connector.connect();
  f.reactor.advance(20s);
  CHECK(connector.state() == State::connecting);
  f.reactor.advance(10s);
  CHECK(connector.state() == State::disconnected);
}

TEST_CASE("The time-out is over once the protocol is being built", "[connector][rule50]") {
  Fixture f;
  bool timer_pending = true;
  f.factory->on_build = [&] { timer_pending = !f.reactor.delayed_calls().empty(); };
  auto& connector = f.connect();
  connector.succeed();
  CHECK_FALSE(timer_pending);
  f.reactor.advance(1h);
  CHECK(connector.state() == State::connected);
}

TEST_CASE("A failure is told after connect has returned, even one that is known at once",
          "[connector][rule48]") {
  // A kind of network that fails every attempt in the next turn.
  class Hopeless final : public Connector {
   public:
    using Connector::Connector;

   private:
    void start_attempt() override {
      report_ = clock().call_later(Duration::zero(), [this] { connection_failed(refused); });
    }
    void stop_attempt() override { report_ = {}; }
    void close_connection() override {}
    void hold(bool) override {}
    DelayedCall report_;
  };
  FakeClock clock;
  auto const factory = std::make_shared<Recorder>();
  auto const connector =
      std::make_shared<Hopeless>(clock, Endpoint::tcp("::1", 1), factory, ConnectOptions());
  connector->connect();
  CHECK(factory->story == "start");
  clock.advance(0s);
  CHECK(factory->story == "start, connecting, failed: " + refused.message() + ", stop");
}

TEST_CASE("connect inside the failure or the loss tries again and keeps the factory started",
          "[connector][rule51]") {
  Fixture f;
  int left = 2;
  f.factory->on_end = [&](Connector& connector) {
    if (left-- > 0) connector.connect();
  };
  auto& connector = f.connect();
  connector.fail(refused);
  connector.succeed().lose();
  CHECK(connector.state() == State::connecting);
  CHECK(connector.attempts() == 3);
  connector.fail(refused);
  CHECK(f.story == "start, connecting, failed: " + refused.message() +
                       ", connecting, build 192.168.1.1:80, made, lost, "
                       "client lost: Connection lost, connecting, failed: " +
                       refused.message() + ", stop");
}

TEST_CASE("A connector that connects again later starts the factory again", "[connector][rule51]") {
  Fixture f;
  auto& connector = f.connect();
  connector.fail(refused);
  f.story.clear();
  connector.connect();
  CHECK(f.story == "start");
}

TEST_CASE("A connector knows where it was to go", "[connector][rule52]") {
  Fixture f;
  f.reactor.connect_tcp("example.com", 80, f.factory);
  f.reactor.connect_unix("/run/x.sock", f.factory);
  auto const connectors = f.reactor.connectors();
  CHECK(connectors.at(0)->destination() == Endpoint::tcp("example.com", 80));
  CHECK(connectors.at(1)->destination() == Endpoint::unix("/run/x.sock"));
}

TEST_CASE("A factory that builds nothing gets a connection made, then lost", "[connector][rule4]") {
  Fixture f;
  f.factory->builds_nothing = true;
  f.connect().succeed();
  f.reactor.turn();
  CHECK(f.story ==
        "start, connecting, build 192.168.1.1:80, "
        "client lost: The factory built no protocol, stop");
}

TEST_CASE("What build_protocol throws is logged and ends the connection", "[connector][rule4]") {
  LogLines const log;
  Fixture f;
  f.factory->on_build = [] { throw std::runtime_error("out of protocols"); };
  auto& connector = f.connect();
  connector.succeed();
  f.reactor.turn();
  CHECK(connector.state() == State::disconnected);
  CHECK(log.count("out of protocols") == 1);
}

TEST_CASE("What a client factory throws at the end is logged, and the factory stops",
          "[connector][rule51]") {
  LogLines const log;
  Fixture f;
  f.factory->on_end = [](Connector&) { throw std::runtime_error("cannot mourn"); };
  f.connect().fail(refused);
  CHECK(log.count("cannot mourn") == 1);
  CHECK(f.story.ends_with("stop"));
}

TEST_CASE("A factory that cannot start leaves the connector as it was", "[connector][rule42]") {
  Fixture f;
  auto& connector = f.connect();
  connector.fail(refused);
  f.factory->cannot_start = true;
  CHECK_THROWS_AS(connector.connect(), std::runtime_error);
  CHECK(connector.state() == State::disconnected);
  f.factory->cannot_start = false;
  f.story.clear();
  connector.connect();
  CHECK(f.story == "start");
}

TEST_CASE("A busy connector lives though nobody holds it, an idle one does not", "[connector]") {
  Fixture f;
  std::weak_ptr<Connector> const alive = f.reactor.connect_tcp("192.168.1.1", 80, f.factory);
  CHECK_FALSE(alive.expired());
  auto& wire = f.reactor.connectors().at(0)->succeed();
  CHECK_FALSE(alive.expired());
  wire.lose();
  CHECK(alive.expired());
  CHECK(f.story.ends_with("stop"));
}

TEST_CASE("A connector and its factory own each other one way only", "[connector]") {
  std::weak_ptr<Recorder> alive;
  {
    Fixture f;
    alive = f.factory;
    f.connect().fail(refused);
    f.connector.reset();
    f.factory.reset();
    CHECK(alive.expired());
  }
}

}  // namespace
