// Limits on the rate of all connections together.
#include "protocols/throttling.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "protocols/line_receiver.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Reading = FakeTransport::Reading;

struct Scene {
  explicit Scene(ThrottlingLimits limits) : factory(clock, make(), limits) {}

  std::shared_ptr<Factory> make() {
    return make_factory([this] { return protocol_for(made.emplace_back(make_connection())); });
  }
  // A connection; its transport outside, and the protocol is made.back().
  FakeTransport* connect() {
    auto protocol = factory.build_protocol({});
    if (!protocol) return nullptr;
    auto& wire = wires.emplace_back(std::make_unique<FakeTransport>(&clock));
    wire->connect(std::move(protocol));
    return wire.get();
  }
  void let(Duration pass) {
    clock.advance(pass);
    for (auto const& each : wires) each->turn();
  }
  Transport& inside(std::size_t i = 0) { return *made.at(i)->transport; }

  FakeClock clock;
  std::vector<std::shared_ptr<Connection>> made;
  ThrottlingFactory factory;
  std::vector<std::unique_ptr<FakeTransport>> wires;
};

std::string many(std::size_t size) { return std::string(size, 'x'); }

TEST_CASE("Too many connections are refused without a protocol", "[throttling][rule159]") {
  Scene scene({.connections = 2});
  auto* const first = scene.connect();
  CHECK(first);
  CHECK(scene.connect());
  CHECK_FALSE(scene.connect());
  CHECK(scene.made.size() == 2);
  CHECK(scene.factory.connections() == 2);
  first->lose();
  CHECK(scene.factory.connections() == 1);
  CHECK(scene.connect());
}

TEST_CASE("More bytes than the limit in a second make reading rest for bytes/limit - 1 seconds",
          "[throttling][rule159]") {
  Scene scene({.read = 100});
  auto& wire = *scene.connect();
  wire.deliver(many(250));
  CHECK(wire.reading_state() == Reading::producing);
  scene.let(999ms);
  CHECK(wire.reading_state() == Reading::producing);
  scene.let(1ms);
  CHECK(wire.reading_state() == Reading::paused);
  scene.let(1499ms);
  CHECK(wire.reading_state() == Reading::paused);
  scene.let(1ms);
  CHECK(wire.reading_state() == Reading::producing);
}

TEST_CASE("As many bytes as the limit are not too many", "[throttling][rule159]") {
  Scene scene({.read = 100, .write = 100});
  auto& wire = *scene.connect();
  for (int i = 0; i < 5; ++i) {
    wire.deliver(many(100));
    scene.inside().write(many(100));
    scene.let(1s);
    CHECK(wire.reading_state() == Reading::producing);
    CHECK(scene.made[0]->story == "made data");
  }
}

TEST_CASE("The limit is for all connections together, and all rest", "[throttling][rule159]") {
  Scene scene({.read = 100});
  auto& one = *scene.connect();
  auto& two = *scene.connect();
  auto& silent = *scene.connect();
  one.deliver(many(100));
  two.deliver(many(100));
  scene.let(1s);
  for (auto const* wire : {&one, &two, &silent}) CHECK(wire->reading_state() == Reading::paused);
  auto& late = *scene.connect();
  CHECK(late.reading_state() == Reading::paused);
  scene.let(1s);
  for (auto const* wire : {&one, &two, &silent, &late})
    CHECK(wire->reading_state() == Reading::producing);
}

TEST_CASE("What comes in a second is forgotten after it", "[throttling][rule159]") {
  Scene scene({.read = 100});
  auto& wire = *scene.connect();
  wire.deliver(many(99));
  scene.let(1s);
  wire.deliver(many(99));
  scene.let(1s);
  CHECK(wire.reading_state() == Reading::producing);
}

TEST_CASE("A rest does not undo a pause of the protocol's own", "[throttling]") {
  Scene scene({.read = 100});
  auto& wire = *scene.connect();
  wire.deliver(many(200));
  scene.let(1s);
  scene.inside().pause_producing();
  scene.let(1s);
  CHECK(wire.reading_state() == Reading::paused);
  scene.inside().resume_producing();
  CHECK(wire.reading_state() == Reading::producing);
}

TEST_CASE("The protocol cannot end a rest", "[throttling]") {
  Scene scene({.read = 100});
  auto& wire = *scene.connect();
  wire.deliver(many(200));
  scene.let(1s);
  scene.inside().resume_producing();
  CHECK(wire.reading_state() == Reading::paused);
  scene.let(1s);
  CHECK(wire.reading_state() == Reading::producing);
}

TEST_CASE("Too much writing makes protocols pause, and sends what is written",
          "[throttling][rule159]") {
  Scene scene({.write = 100});
  auto& wire = *scene.connect();
  scene.made[0]->on_pause = scene.made[0]->on_resume = go_on;
  scene.inside().write(many(100));
  scene.inside().write(std::make_shared<std::string const>(many(100)));
  scene.inside().write_sequence(std::vector{bytes("12345"), bytes("67890")});
  CHECK(wire.take().size() == 210);
  scene.let(1s);
  CHECK(scene.made[0]->story == "made pause");
  scene.inside().write("and more");
  CHECK(wire.take() == "and more");
  scene.let(1099ms);
  CHECK(scene.made[0]->story == "made pause");
  scene.let(1ms);
  CHECK(scene.made[0]->story == "made pause resume");
}

TEST_CASE("A protocol that does not look at it is not read from while writing rests",
          "[throttling]") {
  Scene scene({.write = 100});
  auto& wire = *scene.connect();
  scene.inside().write(many(200));
  scene.let(1s);
  CHECK(wire.reading_state() == Reading::paused);
  scene.let(1s);
  CHECK(wire.reading_state() == Reading::producing);
}

TEST_CASE("A connection that is made while writing rests is told after connection_made",
          "[throttling]") {
  Scene scene({.write = 100});
  scene.connect();
  scene.inside().write(many(200));
  scene.let(1s);
  scene.connect();
  CHECK(scene.made[1]->story == "made pause");
  scene.let(1s);
  CHECK(scene.made[1]->story == "made pause resume");
}

TEST_CASE("A full transport and a rest are one pause", "[throttling]") {
  Scene scene({.write = 70000});
  auto& wire = *scene.connect();
  wire.set_capacity(0);
  scene.inside().write(many(140000));
  wire.turn();
  CHECK(scene.made[0]->story == "made pause");
  scene.let(1s);
  SECTION("the transport is free first") {
    wire.drain();
    CHECK(scene.made[0]->story == "made pause");
    scene.let(1s);
  }
  SECTION("the rest is over first") {
    scene.let(1s);
    CHECK(scene.made[0]->story == "made pause");
    wire.drain();
  }
  CHECK(scene.made[0]->story == "made pause resume");
}

// Writes back each line.
struct EchoLines final : LineReceiver {
  void line_received(std::string_view line) override { send_line(line); }
};

// A receiver under both limits.
struct Lines {
  Lines() { wire.connect(factory.build_protocol({})); }
  void let(Duration pass) {
    clock.advance(pass);
    wire.turn();
  }
  FakeClock clock;
  ThrottlingFactory factory{clock, factory_for<EchoLines>(), {.read = 100, .write = 100}};
  FakeTransport wire{&clock};
};

TEST_CASE("A receiver reads on when both rests are over", "[throttling][rule159]") {
  Lines f;
  f.wire.deliver(many(198) + "\r\n");
  CHECK(f.wire.take().size() == 200);
  f.let(1s);
  CHECK(f.wire.reading_state() == Reading::paused);
  f.let(1s);
  CHECK(f.wire.reading_state() == Reading::producing);
  f.wire.deliver("more\r\n");
  CHECK(f.wire.take() == "more\r\n");
}

TEST_CASE("A receiver whose output fills while reading rests reads on when both are over",
          "[throttling]") {
  Lines f;
  f.wire.set_capacity(0);
  auto const much = many(9998) + "\r\n";
  for (int i = 0; i < 7; ++i) f.wire.deliver(much);
  f.let(1s);
  CHECK(f.wire.unsent() == 70000);
  CHECK(f.wire.reading_state() == Reading::paused);
  SECTION("the output is free first") {
    f.wire.drain();
    f.let(699s);
  }
  SECTION("the rests are over first") {
    f.let(699s);
    CHECK(f.wire.reading_state() == Reading::paused);
    f.wire.drain();
  }
  CHECK(f.wire.reading_state() == Reading::producing);
  f.wire.take();
  f.wire.set_capacity(FakeTransport::no_limit);
  f.wire.deliver("more\r\n");
  CHECK(f.wire.take() == "more\r\n");
}

TEST_CASE("paused() is what the protocol asked for, rest or no rest", "[throttling]") {
  Scene scene({.read = 100});
  auto& wire = *scene.connect();
  wire.deliver(many(200));
  scene.let(1s);
  CHECK(wire.paused());
  CHECK_FALSE(scene.inside().paused());
  scene.inside().pause_producing();
  CHECK(scene.inside().paused());
  scene.let(1s);
  CHECK(scene.inside().paused());
  scene.inside().resume_producing();
  CHECK_FALSE(scene.inside().paused());
}

// Writes down its calls.
struct Source final : Producer {
  void resume_producing() override {
    tell("resume");
    if (on_resume) on_resume();
  }
  void pause_producing() override { tell("pause"); }
  void stop_producing() override { tell("stop"); }
  void tell(std::string const& what) { story += (story.empty() ? "" : " ") + what; }
  std::string story;
  std::function<void()> on_resume;
};

TEST_CASE("A push producer rests instead of the protocol", "[throttling][rule159]") {
  Scene scene({.write = 100});
  scene.connect();
  Source source;
  scene.inside().register_producer(source, true);
  scene.inside().write(many(200));
  scene.let(1s);
  CHECK(source.story == "pause");
  scene.let(1s);
  CHECK(source.story == "pause resume");
  CHECK(scene.made[0]->story == "made");
}

TEST_CASE("A pull producer is not asked while writing rests", "[throttling][rule159]") {
  Scene scene({.write = 100});
  auto& wire = *scene.connect();
  Source source;
  source.on_resume = [&] { scene.inside().write(many(60)); };
  scene.inside().register_producer(source, false);
  for (int i = 0; i < 5; ++i) wire.turn();
  auto const so_far = wire.written().size();
  CHECK(so_far >= 200);
  scene.let(1s);
  auto const then = wire.written().size();
  CHECK(then <= so_far + 60);
  for (int i = 0; i < 5; ++i) wire.turn();
  CHECK(wire.written().size() == then);
  scene.let(10s);
  CHECK(wire.written().size() > then);
}

TEST_CASE(
    "A producer that comes during a rest takes the pause from the protocol, and gives it back",
    "[throttling]") {
  Scene scene({.write = 100});
  scene.connect();
  scene.inside().write(many(500));
  scene.let(1s);
  CHECK(scene.made[0]->story == "made pause");
  Source source;
  scene.inside().register_producer(source, true);
  CHECK(source.story.empty());  // not inside the call
  scene.let(0s);
  CHECK(source.story == "pause");
  CHECK(scene.made[0]->story == "made pause resume");
  scene.inside().unregister_producer();
  scene.let(0s);
  CHECK(scene.made[0]->story == "made pause resume pause");
  scene.let(4s);
  CHECK(scene.made[0]->story == "made pause resume pause resume");
  CHECK(source.story == "pause");
}

TEST_CASE("Producers are told of a full transport as ever", "[throttling]") {
  Scene scene({.write = 1'000'000});
  auto& wire = *scene.connect();
  wire.set_capacity(0);
  Source source, second;
  scene.inside().register_producer(source, true);
  CHECK_THROWS_AS(scene.inside().register_producer(second, true), ProducerRegistered);
  scene.inside().write(many(65537));
  wire.turn();
  CHECK(source.story == "pause");
  wire.drain();
  CHECK(source.story == "pause resume");
  scene.inside().unregister_producer();
  scene.inside().write(many(65537));
  wire.turn();
  CHECK(scene.made[0]->story == "made pause");
  wire.drain();
  CHECK(scene.made[0]->story == "made pause resume");
  scene.inside().register_producer(second, true);
  wire.lose();
  CHECK(second.story == "stop");
}

TEST_CASE("Nothing is looked at while there is no connection", "[throttling][rule159]") {
  Scene scene({.read = 100, .write = 100});
  CHECK(scene.clock.delayed_calls().empty());
  auto& wire = *scene.connect();
  CHECK(scene.clock.delayed_calls().size() == 1);
  scene.made[0]->on_pause = go_on;
  wire.deliver(many(1000));
  scene.inside().write(many(1000));
  scene.let(1s);
  CHECK(scene.clock.delayed_calls().size() == 3);
  wire.lose();
  CHECK(scene.clock.delayed_calls().empty());
  CHECK(scene.connect()->reading_state() == Reading::producing);
}

TEST_CASE("A longer rest is not cut short by a shorter one that is due", "[throttling]") {
  Scene scene({.write = 100});
  scene.connect();
  scene.made[0]->on_pause = scene.made[0]->on_resume = go_on;
  scene.inside().write(many(1000));  // 9 s
  scene.let(1s);
  scene.inside().write(many(200));  // 1 s
  scene.let(1s);
  scene.let(7999ms);
  CHECK(scene.made[0]->story == "made pause");
  scene.let(1ms);
  CHECK(scene.made[0]->story == "made pause resume");
}

TEST_CASE("What a protocol throws when it is to rest ends its connection and no other",
          "[throttling]") {
  LogLines const log;
  Scene scene({.write = 100});
  auto& one = *scene.connect();
  auto& two = *scene.connect();
  for (auto const& each : scene.made)
    each->on_pause = [](Transport&) { throw std::runtime_error("never rests"); };
  scene.made[1]->on_pause = go_on;
  scene.inside().write(many(200));
  scene.let(1s);
  CHECK(one.aborted());
  CHECK_FALSE(two.lost());
  CHECK(scene.made[1]->story == "made pause");
  CHECK(log.count("never rests") == 1);
}

TEST_CASE("Connections may outlive the factory", "[throttling]") {
  FakeClock clock;
  FakeTransport wire;
  auto const connection = make_connection();
  wire.connect(ThrottlingFactory(clock, factory_for(connection), {.read = 1}).build_protocol({}));
  wire.deliver("12");
  clock.advance(1s);
  CHECK(wire.reading_state() == Reading::paused);
  wire.lose();
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE("Without limits nothing rests", "[throttling]") {
  Scene scene({});
  auto& wire = *scene.connect();
  wire.deliver(many(60000));
  scene.inside().write(many(60000));
  scene.let(10s);
  CHECK(scene.made[0]->story == "made data");
}

TEST_CASE("A limit of no bytes is an error", "[throttling]") {
  CHECK_THROWS_AS(Scene({.read = 0}), std::invalid_argument);
  CHECK_THROWS_AS(Scene({.write = 0}), std::invalid_argument);
}

TEST_CASE("What is forwarded would not be counted, so nothing is", "[throttling]") {
  Scene scene({.read = 100});
  scene.connect();
  FakeTransport sink;
  CHECK_FALSE(scene.inside().forward_to(sink));
  CHECK_FALSE(scene.inside().forward_to_file(1, 1));
}

}  // namespace
