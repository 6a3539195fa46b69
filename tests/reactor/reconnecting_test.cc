#include "reactor/reconnecting.h"

#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Settings = ReconnectingClientFactory::Settings;
using State = Connector::State;

constexpr double e = 2.718281828459045;

// To the nanosecond in which delays are counted.
bool near(double value, double wanted) { return std::abs(value - wanted) < 1e-6; }
double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

struct Idle : Protocol {};

class Client final : public ReconnectingClientFactory {
 public:
  using ReconnectingClientFactory::ReconnectingClientFactory;
  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    if (resets) reset_delay();
    return std::make_unique<Idle>();
  }
  void start_factory() override {
    if (std::exchange(lacks_memory, false)) throw std::bad_alloc();
    ++users;
  }
  void stop_factory() override { --users; }
  bool lacks_memory = false;  // the next time
  bool resets = false;
  int users = 0;
};

Settings without_jitter() {
  Settings settings;
  settings.jitter = 0;
  return settings;
}

Failure const refused = std::make_error_code(std::errc::connection_refused);

struct Fixture {
  explicit Fixture(Settings settings = without_jitter(), ReconnectingClientFactory::Draw draw = {})
      : factory(std::make_shared<Client>(reactor, settings, std::move(draw))) {
    reactor.connect_tcp("192.168.1.1", 80, factory);
    connector = reactor.connectors().at(0);
  }
  // Fails the attempt that is under way and waits for the next; how long that took.
  double next_wait() {
    connector->fail(refused);
    return wait();
  }
  double wait() {
    auto const delay = factory->delay();
    auto const attempts = connector->attempts();
    if (delay > Duration::zero()) reactor.advance(delay - 1ns);
    CHECK((connector->attempts() == attempts || delay == Duration::zero()));
    reactor.advance(1ns);
    CHECK(connector->attempts() == attempts + 1);
    return seconds(delay);
  }

  MemoryReactor reactor;
  std::shared_ptr<Client> factory;
  std::shared_ptr<MemoryConnector> connector;
};

TEST_CASE("The settings are Twisted's at first", "[reconnecting][rule85]") {
  Settings const settings;
  CHECK(settings.initial_delay == 1s);
  CHECK(settings.max_delay == 3600s);
  CHECK(settings.factor == e);
  CHECK(settings.jitter == 0.119626565582);
  CHECK(settings.max_retries == std::nullopt);
  FakeClock clock;
  Client const factory(clock);
  CHECK(factory.delay() == 1s);
  CHECK(factory.retries() == 0);
  CHECK(factory.trying());
  CHECK_FALSE(factory.waiting());
}

TEST_CASE("A failed attempt is tried again", "[reconnecting][rule86][rule90]") {
  Fixture f;
  f.connector->fail(refused);
  CHECK(f.factory->waiting());
  CHECK(f.factory->retries() == 1);
  CHECK(f.connector->state() == State::disconnected);
  f.wait();
  CHECK_FALSE(f.factory->waiting());
  CHECK(f.connector->state() == State::connecting);
}

TEST_CASE("A lost connection is made again", "[reconnecting][rule86][rule90]") {
  Fixture f;
  f.connector->succeed().lose();
  CHECK(f.factory->retries() == 1);
  f.wait();
  f.connector->succeed();
  CHECK(f.connector->state() == State::connected);
}

TEST_CASE("After the last retry allowed it gives up", "[reconnecting][rule87]") {
  LogLines const log;
  auto settings = without_jitter();
  settings.max_retries = 2;
  Fixture f(settings);
  f.next_wait();
  f.next_wait();
  f.connector->fail(refused);
  CHECK_FALSE(f.factory->waiting());
  CHECK(f.factory->retries() == 3);
  CHECK(log.count("that was the last retry") == 1);
  f.reactor.advance(24h);
  CHECK(f.connector->attempts() == 3);
}

TEST_CASE("No retry at all can be asked for", "[reconnecting][rule87]") {
  auto settings = without_jitter();
  settings.max_retries = 0;
  Fixture f(settings);
  f.connector->fail(refused);
  f.reactor.advance(24h);
  CHECK(f.connector->attempts() == 1);
}

TEST_CASE("Without jitter the delays are the powers of e up to an hour",
          "[reconnecting][rule88][rule89]") {
  Fixture f;
  for (int retry = 1; retry <= 12; ++retry) {
    auto const expected = std::min(std::pow(e, retry), 3600.0);
    CHECK(near(f.next_wait(), expected));
  }
  CHECK(f.factory->delay() == 3600s);
}

TEST_CASE("The first retry waits about 2.72 seconds, not one", "[reconnecting][rule89]") {
  Fixture f;
  CHECK(std::abs(f.next_wait() - 2.72) < 0.005);
}

TEST_CASE("The drawn delay is waited for and multiplied next time", "[reconnecting][rule88]") {
  struct Drawn {
    double mean, deviation;
  };
  std::vector<Drawn> drawn;
  Settings settings;
  settings.jitter = 0.5;
  settings.factor = 2;
  Fixture f(settings, [&](double mean, double deviation) {
    drawn.push_back({mean, deviation});
    return mean * 1.5;
  });
  CHECK(near(f.next_wait(), 3));  // 1 * 2, drawn as 3
  CHECK(near(f.next_wait(), 9));  // 3 * 2, drawn as 9
  REQUIRE(drawn.size() == 2);
  CHECK(near(drawn[0].mean, 2));
  CHECK(near(drawn[0].deviation, 1));
  CHECK(near(drawn[1].mean, 6));
  CHECK(near(drawn[1].deviation, 3));
}

TEST_CASE("A drawn delay is never negative and never above the greatest",
          "[reconnecting][rule88]") {
  Settings settings;
  settings.max_delay = 10s;
  double next = -5;
  Fixture f(settings, [&](double, double) { return next; });
  CHECK(f.next_wait() == 0);
  next = 11;
  CHECK(f.next_wait() == 10);
}

TEST_CASE("Drawing happens around the mean if nothing else is given", "[reconnecting][rule88]") {
  Settings settings;
  settings.factor = 1;
  settings.initial_delay = 100s;
  double sum = 0;
  constexpr int rounds = 200;
  for (int i = 0; i < rounds; ++i) {
    Fixture f(settings);
    auto const wait = f.next_wait();
    CHECK(wait > 20);  // 6.7 deviations away
    CHECK(wait < 180);
    sum += wait;
  }
  CHECK(std::abs(sum / rounds - 100) < 8);  // 9 deviations of the mean
}

TEST_CASE("reset_delay begins anew, also after the last retry", "[reconnecting][rule91]") {
  auto settings = without_jitter();
  settings.max_retries = 1;
  Fixture f(settings);
  f.next_wait();
  f.connector->fail(refused);
  f.factory->stop_trying();
  f.factory->reset_delay();
  CHECK(f.factory->delay() == 1s);
  CHECK(f.factory->retries() == 0);
  CHECK(f.factory->trying());
  f.factory->retry();
  CHECK(near(f.wait(), e));
}

TEST_CASE("A client that resets when connected waits the first delay again",
          "[reconnecting][rule91]") {
  Fixture f;
  f.factory->resets = true;
  f.next_wait();
  f.next_wait();
  f.connector->succeed().lose();
  CHECK(near(f.wait(), e));
}

TEST_CASE("One that does not reset waits longer and longer", "[reconnecting][rule91]") {
  Fixture f;
  f.connector->succeed().lose();
  CHECK(near(f.wait(), e));
  f.connector->succeed().lose();
  CHECK(near(f.wait(), e * e));
}

TEST_CASE("stop_trying cancels a retry that waits", "[reconnecting][rule92]") {
  Fixture f;
  f.connector->fail(refused);
  f.factory->stop_trying();
  CHECK_FALSE(f.factory->waiting());
  CHECK_FALSE(f.factory->trying());
  f.reactor.advance(24h);
  CHECK(f.connector->attempts() == 1);
}

TEST_CASE("stop_trying stops an attempt that is under way", "[reconnecting][rule92]") {
  Fixture f;
  SECTION("a retry") { f.next_wait(); }
  SECTION("the first") {}
  auto const attempts = f.connector->attempts();
  f.factory->stop_trying();
  f.reactor.advance(24h);
  CHECK(f.connector->state() == State::disconnected);
  CHECK_FALSE(f.connector->attempting());
  CHECK(f.connector->attempts() == attempts);
}

TEST_CASE("stop_trying leaves a live connection alone, and its loss is the end",
          "[reconnecting][rule92]") {
  Fixture f;
  auto& wire = f.connector->succeed();
  f.factory->stop_trying();
  f.reactor.turn();
  CHECK(f.connector->state() == State::connected);
  CHECK_FALSE(wire.disconnecting());
  wire.lose();
  f.reactor.advance(24h);
  CHECK(f.connector->attempts() == 1);
}

TEST_CASE("stop_trying may be called twice and before anything was tried",
          "[reconnecting][rule92]") {
  FakeClock clock;
  Client factory(clock);
  factory.stop_trying();
  factory.stop_trying();
  CHECK_FALSE(factory.trying());
}

TEST_CASE("retry before any connector was seen is an error", "[reconnecting][rule93]") {
  FakeClock clock;
  Client factory(clock);
  CHECK_THROWS_AS(factory.retry(), std::logic_error);
}

TEST_CASE("retry after stop_trying only says so", "[reconnecting][rule93]") {
  LogLines const log;
  Fixture f;
  f.connector->fail(refused);
  f.factory->stop_trying();
  auto const retries = f.factory->retries();
  f.factory->retry();
  CHECK(f.factory->retries() == retries);
  CHECK_FALSE(f.factory->waiting());
  CHECK(log.count("not trying again") == 1);
}

TEST_CASE("The clock is the one that was given", "[reconnecting][rule94]") {
  MemoryReactor reactor;
  FakeClock clock;
  auto const factory = std::make_shared<Client>(clock, without_jitter());
  reactor.connect_tcp("192.168.1.1", 80, factory);
  auto const connector = reactor.connectors().at(0);
  connector->fail(refused);
  reactor.advance(1h);
  CHECK(connector->attempts() == 1);
  clock.advance(3s);
  CHECK(connector->attempts() == 2);
}

TEST_CASE("Nothing is left of a client once it has given up", "[reconnecting]") {
  std::weak_ptr<Client> factory;
  std::weak_ptr<MemoryConnector> connector;
  MemoryReactor reactor;
  {
    auto const made = std::make_shared<Client>(reactor, without_jitter());
    reactor.connect_tcp("192.168.1.1", 80, made);
    factory = made;
    connector = reactor.connectors().at(0);
  }
  connector.lock()->fail(refused);
  CHECK_FALSE(connector.expired());  // held by the retry that waits
  factory.lock()->stop_trying();
  CHECK(connector.expired());
  CHECK(factory.expired());
}

TEST_CASE("A retry that waits keeps its client alive, and the reactor's end frees both",
          "[reconnecting]") {
  std::weak_ptr<Client> factory;
  {
    MemoryReactor reactor;
    auto made = std::make_shared<Client>(reactor, without_jitter());
    factory = made;
    reactor.connect_tcp("192.168.1.1", 80, std::move(made));
    reactor.connectors().at(0)->fail(refused);
    CHECK_FALSE(factory.expired());
  }
  CHECK(factory.expired());
}

TEST_CASE("The factory stops while a retry waits and starts again with it",
          "[reconnecting][rule51]") {
  Fixture f;
  f.connector->fail(refused);
  CHECK(f.factory->users == 0);
  f.wait();
  CHECK(f.factory->users == 1);
}

TEST_CASE("A retry that lacks memory is not the last", "[reconnecting]") {
  LogLines const log;
  Fixture f;
  f.connector->fail(refused);
  f.factory->lacks_memory = true;
  f.reactor.advance(f.factory->delay());
  CHECK(f.connector->attempts() == 1);
  CHECK(f.factory->retries() == 2);
  CHECK(f.factory->waiting());
  f.wait();
  CHECK(f.connector->attempts() == 2);
  CHECK(log.count("failed") == 0);
}

}  // namespace
