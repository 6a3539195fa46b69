// Deadlines for peers, on a clock that stands still.
#include "protocols/timeout.h"

#include <stdexcept>

#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

class Usual final : public TimeoutMixin<> {
 public:
  using TimeoutMixin::TimeoutMixin;
};

class Polite final : public TimeoutMixin<> {
 public:
  using TimeoutMixin::TimeoutMixin;

 private:
  void timeout_connection() override { transport().write("too slow"); }
};

template <class P>
struct Fixture {
  Fixture() { wire.connect(protocol); }
  FakeClock clock;
  FakeTransport wire;
  P protocol{clock};
};

TEST_CASE("Nothing runs out before a time is set", "[timeout][rule161]") {
  Fixture<Usual> f;
  f.protocol.reset_timeout();
  f.clock.advance(24h);
  CHECK_FALSE(f.wire.disconnecting());
}

TEST_CASE("When the time runs out the connection is lost", "[timeout][rule161]") {
  Fixture<Usual> f;
  f.protocol.set_timeout(10s);
  f.clock.advance(9999ms);
  CHECK_FALSE(f.wire.disconnecting());
  f.clock.advance(1ms);
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A protocol may do something else then", "[timeout][rule161]") {
  Fixture<Polite> f;
  f.protocol.set_timeout(10s);
  f.clock.advance(1h);
  CHECK_FALSE(f.wire.disconnecting());
  CHECK(f.wire.take() == "too slow");
}

TEST_CASE("Setting a time returns the one before", "[timeout][rule161]") {
  Fixture<Usual> f;
  CHECK(f.protocol.set_timeout(10s) == std::nullopt);
  CHECK(f.protocol.set_timeout(20s) == Duration(10s));
  CHECK(f.protocol.set_timeout(std::nullopt) == Duration(20s));
  CHECK(f.protocol.set_timeout(1s) == std::nullopt);
}

TEST_CASE("A time that was taken back does not run out", "[timeout][rule161]") {
  Fixture<Usual> f;
  f.protocol.set_timeout(10s);
  f.protocol.set_timeout(std::nullopt);
  CHECK(f.clock.delayed_calls().empty());
  f.clock.advance(1h);
  CHECK_FALSE(f.wire.disconnecting());
}

TEST_CASE("Resetting begins the time anew", "[timeout][rule161]") {
  Fixture<Usual> f;
  f.protocol.set_timeout(10s);
  for (int i = 0; i < 5; ++i) {
    f.clock.advance(9s);
    f.protocol.reset_timeout();
  }
  CHECK_FALSE(f.wire.disconnecting());
  f.clock.advance(9999ms);
  CHECK_FALSE(f.wire.disconnecting());
  f.clock.advance(1ms);
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A new time counts from now, shorter or longer", "[timeout][rule161]") {
  Fixture<Usual> f;
  f.protocol.set_timeout(1h);
  f.clock.advance(5s);
  f.protocol.set_timeout(2s);
  f.clock.advance(1s);
  f.protocol.set_timeout(10s);
  f.clock.advance(9999ms);
  CHECK_FALSE(f.wire.disconnecting());
  f.clock.advance(1ms);
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A time that has run out can be set anew, not reset", "[timeout][rule161]") {
  Fixture<Polite> f;
  f.protocol.set_timeout(10s);
  f.clock.advance(10s);
  f.wire.take();
  f.protocol.reset_timeout();
  f.clock.advance(1h);
  CHECK(f.wire.take().empty());
  CHECK(f.protocol.set_timeout(5s) == Duration(10s));
  f.clock.advance(5s);
  CHECK(f.wire.take() == "too slow");
}

TEST_CASE("A negative time is an error", "[timeout][rule161]") {
  Fixture<Usual> f;
  CHECK_THROWS_AS(f.protocol.set_timeout(-1s), std::invalid_argument);
  CHECK(f.protocol.set_timeout(std::nullopt) == std::nullopt);
}

TEST_CASE("The mixin takes any base and its arguments", "[timeout]") {
  struct Named : Protocol {
    explicit Named(std::string text) : name(std::move(text)) {}
    std::string name;
  };
  FakeClock clock;
  TimeoutMixin<Named> protocol(clock, "chat");
  CHECK(protocol.name == "chat");
}

// --- any protocol ---

struct Silence {
  Silence() { wire.connect(TimeoutFactory(clock, factory_for(connection)).build_protocol({})); }
  Transport& inside() { return *connection->transport; }
  void let(Duration pass) {
    clock.advance(pass);
    wire.turn();
  }

  FakeClock clock;
  std::shared_ptr<Connection> connection = make_connection();
  FakeTransport wire;
};

TEST_CASE("Half an hour of silence loses the connection", "[timeout][rule161]") {
  Silence s;
  s.let(30min - 1ms);
  CHECK_FALSE(s.wire.lost());
  s.let(1ms);
  CHECK(s.connection->story == "made lost");
  CHECK(s.connection->lost->is(Error::connection_done));
  CHECK(s.clock.delayed_calls().empty());
}

TEST_CASE("Traffic in either direction is no silence", "[timeout][rule161]") {
  Silence s;
  auto const way = GENERATE(0, 1, 2, 3);
  for (int i = 0; i < 3; ++i) {
    s.let(29min);
    if (way == 0) s.wire.deliver("data");
    if (way == 1) s.inside().write("data");
    if (way == 2) s.inside().write(std::make_shared<std::string const>("data"));
    if (way == 3) s.inside().write_sequence(std::vector{bytes("da"), bytes("ta")});
    s.wire.turn();
  }
  s.let(30min - 1ms);
  CHECK_FALSE(s.wire.lost());
  s.let(1ms);
  CHECK(s.wire.lost());
}

TEST_CASE("The time of silence is what was asked for", "[timeout][rule161]") {
  FakeClock clock;
  FakeTransport wire;
  wire.connect(TimeoutFactory(clock, factory_for(make_connection()), 5s).build_protocol({}));
  clock.advance(5s);
  CHECK(wire.disconnecting());
}

TEST_CASE("A peer that takes nothing is aborted after the same time once more", "[timeout]") {
  Silence s;
  s.wire.set_capacity(0);
  s.inside().write("data");
  s.let(30min);
  CHECK(s.wire.disconnecting());
  s.let(10min);
  s.inside().write("more");  // of no use any more
  s.let(20min - 1ms);
  CHECK_FALSE(s.wire.lost());
  s.let(1ms);
  CHECK(s.wire.aborted());
  CHECK(s.connection->lost->is(Error::connection_aborted));
}

TEST_CASE("A peer that takes its output slowly is not silent", "[timeout]") {
  Silence s;
  s.wire.set_capacity(0);
  s.inside().write("0123456789");
  for (int i = 0; i < 5; ++i) {
    s.wire.drain(1);
    s.let(30min);
    CHECK_FALSE(s.wire.disconnecting());
  }
  s.let(30min);
  CHECK(s.wire.disconnecting());
}

TEST_CASE("What is forwarded would be silence, so nothing is", "[timeout]") {
  Silence s;
  FakeTransport sink;
  CHECK_FALSE(s.inside().forward_to(sink));
  CHECK_FALSE(s.inside().forward_to_file(1, 1));
}

}  // namespace
