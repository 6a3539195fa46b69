// A client that keeps its connection up, without a network.
#include "reactor/client_service.h"

#include <cmath>
#include <stdexcept>

#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/everything.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

Failure const refused = std::make_error_code(std::errc::connection_refused);

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

// Remembers the last protocol that it built and what happened to it.
struct Scene {
  ClientService& make(ClientService::Settings settings = without_chance()) {
    auto factory = make_factory([this] {
      connection = prepared ? prepared : make_connection();
      if (prepare) prepare(*connection);
      ++built;
      return refuse ? nullptr : protocol_for(connection);
    });
    return service.emplace(reactor, Endpoint::tcp("192.168.1.1", 80), std::move(factory),
                           std::move(settings));
  }
  static ClientService::Settings without_chance() {
    ClientService::Settings settings;
    settings.retry = backoff_policy({}, [] { return 0.0; });
    return settings;
  }
  MemoryConnector& connector() { return *reactor.connectors().at(0); }
  FakeTransport& connect() { return connector().succeed(); }
  void fail() { connector().fail(refused); }
  // How long it waits now, and lets it.
  double wait() {
    auto const calls = reactor.delayed_calls();
    REQUIRE(calls.size() == 1);
    auto const left = calls.front() - reactor.now();
    reactor.advance(left);
    return seconds(left);
  }

  MemoryReactor reactor;
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Connection> prepared;  // instead of a new one
  std::function<void(Connection&)> prepare;
  bool refuse = false;
  int built = 0;
  std::optional<ClientService> service;
};

TEST_CASE("The wait grows by half each time, up to a minute", "[client_service][rule94]") {
  auto policy = backoff_policy({}, [] { return 0.0; });
  CHECK(policy(1) == 1500ms);
  CHECK(policy(2) == 2250ms);
  CHECK(policy(3) == 3375ms);
  CHECK(std::abs(seconds(policy(10)) - std::pow(1.5, 10)) < 1e-6);
  CHECK(policy(11) == 60s);
  CHECK(policy(100) == 60s);
  CHECK(policy(101) == 60s);
  CHECK(policy(1'000'000'000'000) == 60s);
}

TEST_CASE("A part of a second by chance comes on top", "[client_service][rule94]") {
  auto drawn = backoff_policy({}, [] { return 0.25; });
  CHECK(drawn(1) == 1750ms);
  CHECK(drawn(11) == 60250ms);
  auto usual = backoff_policy();
  Duration least = 1h, most{};
  for (int i = 0; i < 1000; ++i) {
    auto const wait = usual(1);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK(least >= 1500ms);
  CHECK(least < 1600ms);
  CHECK(most < 2500ms);
  CHECK(most > 2400ms);
}

TEST_CASE("The exponent stops at 100", "[client_service][rule94]") {
  auto policy =
      backoff_policy({.initial = 1ns, .max = Duration::max(), .factor = 1.1}, [] { return 0.0; });
  CHECK(policy(100) == policy(5000));
  CHECK(policy(99) < policy(100));
}

TEST_CASE("A client connects when it is started and does not wait for that",
          "[client_service][rule157]") {
  Scene scene;
  auto& service = scene.make();
  CHECK(scene.reactor.connectors().empty());
  CHECK(result_of(service.start_service()));
  CHECK(scene.connector().attempts() == 1);
  CHECK(scene.connector().destination() == Endpoint::tcp("192.168.1.1", 80));
}

TEST_CASE("It tries again after growing waits until it is connected", "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  for (auto const wait : {1.5, 2.25, 3.375}) {
    scene.fail();
    CHECK(scene.wait() == wait);
  }
  CHECK(service.failures() == 3);
  CHECK(scene.connector().attempts() == 4);
  scene.connect();
  CHECK(service.failures() == 0);
}

TEST_CASE("A lost connection is made again, after the first wait", "[client_service][rule94]") {
  Scene scene;
  scene.make().start_service().release();
  scene.fail();
  scene.wait();
  scene.connect().lose();
  CHECK(scene.wait() == 1.5);
  CHECK(scene.connector().attempts() == 3);
  scene.connect();
  CHECK(scene.built == 2);
}

TEST_CASE("A connection without a protocol, or one whose protocol throws at once, has failed",
          "[client_service][rule94]") {
  Scene scene;
  scene.refuse = GENERATE(true, false);
  scene.prepare = [](Connection& connection) {
    connection.on_made = [](Transport&) { throw std::runtime_error("no"); };
  };
  auto& service = scene.make();
  service.start_service().release();
  auto connected = service.when_connected(2);
  scene.connect();
  scene.reactor.turn();
  CHECK(service.failures() == 1);
  CHECK(scene.wait() == 1.5);
  CHECK_FALSE(connected.has_result());
  scene.connect();
  scene.reactor.turn();
  CHECK_FALSE(result_of(std::move(connected)));
}

TEST_CASE("The waits are on the clock that was given", "[client_service][rule94]") {
  Scene scene;
  FakeClock clock;
  auto settings = Scene::without_chance();
  settings.clock = &clock;
  scene.make(std::move(settings)).start_service().release();
  scene.fail();
  scene.reactor.advance(1h);
  CHECK(scene.connector().attempts() == 1);
  clock.advance(1500ms);
  CHECK(scene.connector().attempts() == 2);
}

TEST_CASE("The policy and the options of connecting are the user's", "[client_service]") {
  Scene scene;
  std::vector<std::uint64_t> asked;
  ClientService::Settings settings;
  settings.connect.timeout = 3s;
  settings.retry = [&](std::uint64_t failures) {
    asked.push_back(failures);
    return Duration(7s);
  };
  scene.make(std::move(settings)).start_service().release();
  CHECK(scene.connector().options().timeout == Duration(3s));
  scene.fail();
  CHECK(scene.wait() == 7);
  scene.fail();
  CHECK(asked == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("when_connected gives the protocol after connection_made and before data",
          "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  std::string story;
  Protocol* got = nullptr;
  SECTION("asked before the start") {}
  SECTION("asked while it connects") { service.start_service().release(); }
  service.when_connected()
      .add_callback([&](Protocol* protocol) {
        got = protocol;
        story = scene.connection->story;
      })
      .release();
  service.start_service().release();
  CHECK_FALSE(got);
  scene.connect().deliver("data");
  REQUIRE(got);
  CHECK(got->connected());
  CHECK(story == "made");
}

TEST_CASE("when_connected gives the protocol of a live connection at once",
          "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  scene.connect();
  auto* const first = value_of(service.when_connected());
  CHECK(first == value_of(service.when_connected()));
}

TEST_CASE("when_connected inside connection_lost waits for the next connection",
          "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  std::optional<Deferred<Protocol*>> next;
  scene.prepare = [&](Connection& connection) {
    connection.on_lost = [&](Transport&, Failure const&) { next = service.when_connected(); };
  };
  service.start_service().release();
  scene.connect().lose();
  REQUIRE(next);
  CHECK_FALSE(next->has_result());
  scene.wait();
  scene.connect();
  CHECK(next->has_result());
}

TEST_CASE("when_connected fails after as many failures as were allowed",
          "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  scene.fail();  // before anybody asked: not counted
  auto one = service.when_connected(1);
  auto two = service.when_connected(2);
  auto const forever = service.when_connected();
  scene.wait();
  scene.fail();
  CHECK(failure_of(std::move(one)).code() == refused.code());
  CHECK_FALSE(two.has_result());
  scene.wait();
  scene.fail();
  CHECK(failure_of(std::move(two)).code() == refused.code());
  CHECK_FALSE(forever.has_result());
  scene.wait();
  scene.connect();
  CHECK(forever.has_result());
}

TEST_CASE("The loss of a connection is no failure to connect", "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  std::optional<Deferred<Protocol*>> next;
  scene.prepare = [&](Connection& connection) {
    connection.on_lost = [&](Transport&, Failure const&) { next = service.when_connected(1); };
  };
  service.start_service().release();
  scene.connect().lose();
  CHECK_FALSE(next->has_result());
  scene.wait();
  scene.fail();
  CHECK(failure_of(std::move(*next)).code() == refused.code());
}

TEST_CASE("A waiter that was cancelled is passed over", "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  auto one = service.when_connected();
  auto const other = service.when_connected();
  one.cancel();
  CHECK(failure_of(std::move(one)).is(Error::cancelled));
  scene.connect();
  CHECK(other.has_result());
}

TEST_CASE("Stopping cancels those who wait", "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  auto waiting = service.when_connected();
  auto const stopped = service.stop_service();
  CHECK(failure_of(std::move(waiting)).is(Error::cancelled));
  CHECK(failure_of(service.when_connected()).is(Error::cancelled));
  scene.reactor.turn();
  CHECK(stopped.has_result());
  CHECK(failure_of(service.when_connected()).is(Error::cancelled));
}

TEST_CASE("Stopping gives an attempt up and tries no more", "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  auto const stopped = service.stop_service();
  CHECK_FALSE(stopped.has_result());
  scene.reactor.advance(1h);
  CHECK(stopped.has_result());
  CHECK(scene.connector().state() == Connector::State::disconnected);
  CHECK(scene.connector().attempts() == 1);
}

TEST_CASE("Stopping during a wait is done at once", "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  scene.fail();
  CHECK(result_of(service.stop_service()));
  scene.reactor.advance(1h);
  CHECK(scene.connector().attempts() == 1);
}

TEST_CASE("Stopping closes the connection, sends what was written and waits for the end",
          "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  auto& wire = scene.connect();
  wire.set_capacity(0);
  wire.write(std::string_view("bye"));
  auto const stopped = service.stop_service();
  CHECK(wire.disconnecting());
  scene.reactor.turn();
  CHECK_FALSE(stopped.has_result());
  CHECK(failure_of(service.when_connected()).is(Error::cancelled));
  wire.drain();
  CHECK(wire.take() == "bye");
  CHECK(wire.lost());
  CHECK(scene.connection->lost->is(Error::connection_done));
  CHECK(stopped.has_result());
  scene.reactor.advance(1h);
  CHECK(scene.connector().attempts() == 1);
}

TEST_CASE("A start during the stop connects when the old connection is over",
          "[client_service][rule94]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  auto& wire = scene.connect();
  auto const stopped = service.stop_service();
  auto const started = service.start_service();
  auto const connected = service.when_connected();
  CHECK_FALSE(connected.has_result());  // not that of the old one
  scene.reactor.turn();
  CHECK(wire.lost());
  CHECK(stopped.has_result());
  CHECK(started.has_result());
  CHECK(scene.connector().attempts() == 2);
  scene.connect();
  CHECK(connected.has_result());
}

TEST_CASE("A client that goes closes its connection", "[client_service]") {
  Scene scene;
  scene.make().start_service().release();
  auto& wire = scene.connect();
  scene.service.reset();
  CHECK(wire.disconnecting());
  scene.reactor.turn();
  CHECK(scene.connection->story == "made lost");
  CHECK(scene.reactor.delayed_calls().empty());
}

TEST_CASE("A client may go when it is told that it cannot connect", "[client_service]") {
  Scene scene;
  auto& service = scene.make();
  service.start_service().release();
  service.when_connected(1)
      .add_errback([&](Failure const&) -> Protocol* {
        scene.service.reset();
        return nullptr;
      })
      .release();
  auto other = service.when_connected(1);
  scene.fail();
  CHECK_FALSE(scene.service);
  CHECK_FALSE(result_of(std::move(other)));
  CHECK(scene.reactor.delayed_calls().empty());
}

TEST_CASE("Those who wait for a client that goes are told", "[client_service]") {
  Scene scene;
  auto waiting = scene.make().when_connected();
  scene.service.reset();
  CHECK(failure_of(std::move(waiting)).is(Error::abandoned));
}

TEST_CASE("The user's factory is started and stopped, and its protocol hears all",
          "[client_service]") {
  Scene scene;
  scene.prepared = attentive_connection();
  scene.make().start_service().release();
  CHECK(story_of_everything(scene.connect(), *scene.prepared) == everything);
  CHECK(scene.connection->destroyed);
  scene.prepared = attentive_connection();
  auto const other = scene.connector().factory().build_protocol({});
  CHECK(hears_of_files(*other, *scene.prepared));
}

TEST_CASE("It says why it tries again", "[client_service]") {
  LogLines const log;
  Scene scene;
  scene.make().start_service().release();
  scene.fail();
  CHECK(log.count("192.168.1.1:80: " + refused.message() + "; connecting again in 1.5") == 1);
}

}  // namespace
