// Producers, on a transport without a network.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "reactor/fakes/fake_transport.h"
#include "reactor/transport.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Writes down its calls and does what the test wants when it is to go on.
class Source final : public Producer {
 public:
  void resume_producing() override {
    tell("resume");
    if (on_resume) on_resume();
  }
  void pause_producing() override { tell("pause"); }
  void stop_producing() override { tell("stop"); }

  std::string story;
  std::function<void()> on_resume;

 private:
  void tell(std::string const& what) { story += (story.empty() ? "" : " ") + what; }
};

struct Fixture {
  Fixture() {
    wire.set_capacity(0);
    wire.connect(protocol_for(protocol));
  }
  void fill(std::size_t size = 65537) { wire.write(std::string(size, 'x')); }

  Source source;
  FakeTransport wire;
  std::shared_ptr<Connection> protocol = make_connection();
};

constexpr bool streaming = true;
constexpr bool pull = false;

TEST_CASE("A second producer is an error, until the first has gone", "[producer][rule135]") {
  Fixture f;
  Source other;
  f.wire.register_producer(f.source, streaming);
  CHECK_THROWS_AS(f.wire.register_producer(other, streaming), ProducerRegistered);
  CHECK_THROWS_AS(f.wire.register_producer(f.source, pull), ProducerRegistered);
  f.wire.unregister_producer();
  CHECK_NOTHROW(f.wire.register_producer(other, streaming));
  CHECK(f.wire.producer() == &other);
}

TEST_CASE("Unregistering where none is registered does nothing", "[producer][rule135]") {
  Fixture f;
  f.wire.unregister_producer();
  f.wire.turn();
  CHECK(f.protocol->story == "made");
}

TEST_CASE("On a lost transport a producer is stopped at once", "[producer][rule135]") {
  Fixture f;
  f.wire.lose();
  f.wire.register_producer(f.source, streaming);
  CHECK(f.source.story == "stop");
  CHECK(f.wire.producer() == nullptr);
}

TEST_CASE("A push producer is paused above the mark and resumed when all is sent",
          "[producer][rule136]") {
  Fixture f;
  f.wire.register_producer(f.source, streaming);
  f.wire.turn();
  CHECK(f.source.story.empty());
  f.fill(65536);
  f.wire.turn();
  CHECK(f.source.story.empty());
  f.fill(1);
  CHECK(f.source.story.empty());
  f.wire.turn();
  CHECK(f.source.story == "pause");
  f.wire.drain(65536);
  CHECK(f.source.story == "pause");
  f.wire.drain(1);
  CHECK(f.source.story == "pause resume");
  CHECK(f.protocol->story == "made");
}

TEST_CASE("A push producer that comes while the buffer is full is paused", "[producer][rule136]") {
  Fixture f;
  f.fill();
  f.wire.turn();
  CHECK(f.protocol->story == "made pause");
  f.wire.register_producer(f.source, streaming);
  f.wire.turn();
  CHECK(f.source.story == "pause");
  CHECK(f.protocol->story == "made pause resume");
  f.wire.drain();
  CHECK(f.source.story == "pause resume");
  CHECK(f.protocol->story == "made pause resume");
}

TEST_CASE("When a producer goes while the buffer is full the protocol is told",
          "[producer][rule136]") {
  Fixture f;
  f.wire.register_producer(f.source, streaming);
  f.fill();
  f.wire.turn();
  CHECK(f.source.story == "pause");
  f.wire.unregister_producer();
  f.wire.turn();
  CHECK(f.protocol->story == "made pause");
  f.wire.drain();
  CHECK(f.protocol->story == "made pause resume");
  CHECK(f.source.story == "pause");
}

TEST_CASE("A pull producer is asked when it is registered and each time the buffer is empty",
          "[producer][rule137]") {
  Fixture f;
  f.source.on_resume = [&] { f.wire.write("12345"); };
  f.wire.register_producer(f.source, pull);
  CHECK(f.source.story.empty());  // never inside the call
  f.wire.turn();
  CHECK(f.source.story == "resume");
  f.wire.drain(4);
  CHECK(f.source.story == "resume");
  f.wire.drain(1);
  CHECK(f.source.story == "resume resume");
  CHECK(f.wire.take() == "12345");
}

TEST_CASE("A pull producer is not asked while something is unsent", "[producer][rule137]") {
  Fixture f;
  f.wire.write("x");
  f.wire.register_producer(f.source, pull);
  f.wire.turn();
  CHECK(f.source.story.empty());
  f.wire.drain();
  CHECK(f.source.story == "resume");
}

TEST_CASE("Neither it nor the protocol hears of water marks", "[producer][rule137]") {
  Fixture f;
  f.source.on_resume = [&] { f.fill(100'000); };
  f.wire.register_producer(f.source, pull);
  f.wire.turn();
  f.wire.turn();
  CHECK(f.source.story == "resume");
  CHECK(f.protocol->story == "made");
}

TEST_CASE("A pull producer that writes nothing is not asked again and again",
          "[producer][rule137]") {
  Fixture f;
  f.wire.register_producer(f.source, pull);
  for (int i = 0; i < 5; ++i) f.wire.turn();
  CHECK(f.source.story == "resume");
}

TEST_CASE("When the connection is lost the producer is stopped once and has gone",
          "[producer][rule138]") {
  Fixture f;
  f.wire.register_producer(f.source, streaming);
  std::string when_lost;
  f.protocol->on_lost = [&](Transport&, Failure const&) { when_lost = f.source.story; };
  SECTION("by the network") { f.wire.lose(); }
  SECTION("by an abort, without waiting for it") {
    f.wire.abort_connection();
    f.wire.turn();
  }
  CHECK(f.source.story == "stop");
  CHECK(when_lost == "stop");
  CHECK(f.wire.producer() == nullptr);
}

TEST_CASE("A producer that has gone is not stopped", "[producer][rule138]") {
  Fixture f;
  f.wire.register_producer(f.source, streaming);
  f.wire.unregister_producer();
  f.wire.lose();
  CHECK(f.source.story.empty());
}

TEST_CASE("resume_producing may write, unregister and close inside the call",
          "[producer][rule139]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  f.source.on_resume = [&] {
    f.wire.write("all there is");
    f.wire.unregister_producer();
    f.wire.lose_connection();
  };
  f.wire.register_producer(f.source, pull);
  f.wire.turn();
  f.wire.turn();
  CHECK(f.source.story == "resume");
  CHECK(f.wire.take() == "all there is");
  CHECK(f.protocol->lost->is(Error::connection_done));
}

TEST_CASE("lose_connection waits for the producer, whose output still leaves",
          "[producer][rule17]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  int left = 3;
  f.source.on_resume = [&] {
    f.wire.write(std::to_string(left));
    if (--left == 0) f.wire.unregister_producer();
  };
  f.wire.register_producer(f.source, pull);
  f.wire.lose_connection();
  for (int i = 0; i < 5; ++i) f.wire.turn();
  CHECK(f.wire.take() == "321");
  CHECK(f.protocol->story == "made lost");
  CHECK(f.protocol->lost->is(Error::connection_done));
}

TEST_CASE("So does lose_write_connection", "[producer][rule17][rule23]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  f.wire.register_producer(f.source, streaming);
  f.wire.lose_write_connection();
  f.wire.turn();
  CHECK_FALSE(f.wire.write_closed());
  f.wire.write("rest");
  f.wire.unregister_producer();
  f.wire.write("too late");
  f.wire.turn();
  CHECK(f.wire.write_closed());
  CHECK(f.wire.take() == "rest");
  CHECK(f.protocol->story == "made write-lost");
}

TEST_CASE(
    "A producer that comes when the write side is closed writes nothing and is not waited for",
    "[producer][rule18][rule25]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  f.wire.lose_write_connection();
  f.wire.turn();
  f.source.on_resume = [&] { f.wire.write("more"); };
  f.wire.register_producer(f.source, pull);
  f.wire.write("more");
  f.wire.turn();
  CHECK(f.wire.take().empty());
  CHECK_FALSE(f.wire.lost());
  SECTION("by lose_connection") { f.wire.lose_connection(); }
  SECTION("by the end of both halves") {
    f.protocol->on_eof = go_on;
    f.wire.deliver_eof();
  }
  f.wire.turn();
  CHECK(f.source.story == "stop");
  CHECK(f.protocol->lost->is(Error::connection_done));
}

TEST_CASE("What a producer throws ends the connection", "[producer][rule7]") {
  LogLines const log;
  Fixture f;
  f.source.on_resume = [] { throw std::runtime_error("dry"); };
  f.wire.register_producer(f.source, pull);
  f.wire.turn();
  CHECK(f.protocol->reason() == "dry");
  CHECK(f.source.story == "resume stop");
  CHECK(log.count("dry") == 1);
}

TEST_CASE("A producer is not waited for once a write has failed", "[producer][rule138]") {
  Fixture f;
  f.wire.register_producer(f.source, pull);
  f.wire.fail_write(0);
  f.wire.write("x");
  f.wire.lose_connection();
  f.wire.turn();
  CHECK(f.source.story == "stop");
  CHECK(f.protocol->lost->is(Error::connection_lost));
}

TEST_CASE("The transport is itself a producer: of input", "[producer][rule138]") {
  Fixture f;
  FakeTransport other;
  other.set_capacity(0);
  // Whatever f receives goes on to `other`, which slows f down.
  f.protocol->on_data = [&](Transport&, Bytes data) { other.write(data); };
  struct Adapter final : Producer {
    explicit Adapter(Transport& from) : input(from) {}
    void pause_producing() override { input.pause_producing(); }
    void resume_producing() override { input.resume_producing(); }
    Transport& input;
  } adapter(f.wire);
  other.register_producer(adapter, streaming);
  f.wire.deliver(std::string(65536, 'x'));
  f.wire.deliver("y");
  other.turn();
  CHECK(f.wire.reading_state() == FakeTransport::Reading::paused);
  f.wire.deliver("z");
  CHECK(f.protocol->received.size() == 65537);
  other.drain();
  f.wire.turn();
  CHECK(f.protocol->received.size() == 65538);
}

}  // namespace
