#include "reactor/fakes/fake_transport.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/everything.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Reading = FakeTransport::Reading;

SharedBytes shared(std::string text) {
  return std::make_shared<std::string const>(std::move(text));
}

// A transport and a protocol that keeps what happened; not connected yet.
struct Fixture {
  FakeClock clock;
  FakeTransport wire{&clock};
  std::shared_ptr<Connection> protocol = make_connection();
  std::string& story = protocol->story;

  void connect() { wire.connect(protocol_for(protocol)); }
};

struct Connected : Fixture {
  Connected() { connect(); }
};

struct Echo : Protocol {
  void data_received(Bytes data) override { transport().write(data); }
};

// --- what a test sees ---

TEST_CASE("What is written is kept until it is taken", "[fake_transport][rule172]") {
  FakeTransport wire;
  wire.write("one ");
  wire.write(bytes("two "));
  wire.write(shared("three"));
  CHECK(wire.written() == "one two three");
  CHECK(wire.written() == "one two three");
  CHECK(wire.take() == "one two three");
  CHECK(wire.take().empty());
  wire.write("four");
  CHECK(wire.take() == "four");
}

TEST_CASE("A protocol that makes its own connection is recorded", "[fake_transport][rule172]") {
  FakeTransport wire;
  Echo echo;
  echo.make_connection(wire);
  echo.data_received(bytes("hello"));
  CHECK(wire.take() == "hello");
}

TEST_CASE("Peer and host are Twisted's and can be others", "[fake_transport][rule26][rule172]") {
  FakeTransport wire;
  CHECK(wire.peer().to_string() == "192.168.1.1:54321");
  CHECK(wire.host().to_string() == "10.0.0.1:12345");
  wire.set_peer(*Address::ip("::1", 80));
  wire.set_host(*Address::unix("/run/x.sock"));
  CHECK(wire.peer().to_string() == "[::1]:80");
  CHECK(wire.host().to_string() == "/run/x.sock");
}

TEST_CASE("Addresses are valid in connection_lost and after", "[fake_transport][rule26]") {
  Connected f;
  std::string peer;
  f.protocol->on_lost = [&](Transport& wire, Failure const&) { peer = wire.peer().to_string(); };
  f.wire.lose();
  CHECK(peer == "192.168.1.1:54321");
  CHECK(f.wire.host().to_string() == "10.0.0.1:12345");
}

TEST_CASE("A shared message is kept as what it was", "[fake_transport]") {
  FakeTransport one;
  FakeTransport other;
  auto const message = shared("to all");
  one.write(message);
  other.write(message);
  REQUIRE(one.shared_messages().size() == 1);
  CHECK(one.shared_messages()[0] == message);
  CHECK(other.shared_messages()[0] == message);
  CHECK(one.take() == "to all");
  CHECK(one.shared_messages().empty());
}

TEST_CASE("Its options are kept and off at first", "[fake_transport][rule28]") {
  FakeTransport wire;
  CHECK_FALSE(wire.tcp_no_delay());
  CHECK_FALSE(wire.tcp_keep_alive());
  wire.set_tcp_no_delay(true);
  CHECK(wire.tcp_no_delay());
  CHECK_FALSE(wire.tcp_keep_alive());
  wire.set_tcp_keep_alive(true);
  CHECK(wire.tcp_keep_alive());
}

TEST_CASE("Forwarding is refused, so that the protocol passes the bytes on itself",
          "[fake_transport]") {
  FakeTransport one;
  FakeTransport other;
  CHECK_FALSE(one.forward_to(other));
}

// --- connecting and receiving ---

TEST_CASE("connect makes the connection, before any data", "[fake_transport][rule1][rule3]") {
  Fixture f;
  bool connected = false;
  f.protocol->on_made = [&](Transport& wire) { connected = &wire == &f.wire; };
  f.connect();
  CHECK(connected);
  f.wire.deliver("hello");
  CHECK(f.story == "made data");
  CHECK(f.protocol->received == "hello");
  CHECK(f.wire.traffic().received == 5);
}

TEST_CASE("A protocol of the test's own is not destroyed", "[fake_transport]") {
  FakeTransport wire;
  Echo echo;
  wire.connect(echo);
  wire.deliver("hello");
  wire.lose();
  CHECK(wire.take() == "hello");
  CHECK(echo.connected());
}

TEST_CASE("A protocol that it owns is destroyed after connection_lost", "[fake_transport]") {
  Connected f;
  bool destroyed_too_early = true;
  f.protocol->on_lost = [&](Transport&, Failure const&) {
    destroyed_too_early = f.protocol->destroyed;
  };
  f.wire.lose();
  CHECK_FALSE(destroyed_too_early);
  CHECK(f.protocol->destroyed);
}

TEST_CASE("No protocol is a connection made, then lost", "[fake_transport][rule4]") {
  FakeTransport wire;
  std::optional<Failure> told;
  wire.when_lost([&](Failure const& reason) { told = reason; });
  wire.connect(std::unique_ptr<Protocol>());
  CHECK_FALSE(wire.lost());
  wire.turn();
  REQUIRE(told);
  CHECK(told->is(Error::no_protocol));
}

TEST_CASE("One transport is for one connection", "[fake_transport]") {
  Connected f;
  CHECK_THROWS_AS(f.connect(), std::logic_error);
  f.wire.lose();
  CHECK_THROWS_AS(f.connect(), std::logic_error);
  CHECK(f.story == "made lost");
}

TEST_CASE("Nothing is delivered if nothing was sent", "[fake_transport]") {
  Connected f;
  f.wire.deliver("");
  CHECK(f.story == "made");
}

TEST_CASE("A long delivery comes in pieces of at most 65,536 bytes", "[fake_transport][rule9]") {
  Connected f;
  auto const sent = pattern(200'000);
  f.wire.deliver(sent);
  CHECK(f.protocol->largest_chunk == 65536);
  CHECK(difference(f.protocol->received, sent) == "equal");
}

TEST_CASE("What one piece causes comes before the next", "[fake_transport][rule9][rule15]") {
  Connected f;
  SECTION("within a delivery") {
    f.protocol->on_data = [](Transport& wire, Bytes) { wire.lose_connection(); };
    f.wire.deliver(std::string(200'000, 'x'));
    CHECK(f.protocol->received.size() == 65536);
  }
  SECTION("of several deliveries") {
    f.protocol->on_data = [](Transport& wire, Bytes) { wire.write(std::string(70'000, 'x')); };
    f.wire.set_capacity(0);
    f.wire.deliver("a");
    CHECK(f.story == "made data");
    f.wire.deliver("b");
    CHECK(f.story == "made data pause");
    CHECK(f.protocol->received == "a");
  }
}

TEST_CASE("No callback runs inside a call of the protocol", "[fake_transport][reentrancy]") {
  Fixture f;
  f.wire.set_capacity(0);
  f.connect();
  f.protocol->calling([&](Transport& wire) {
    wire.write(std::string(100'000, 'x'));
    wire.write(shared("y"));
    wire.pause_producing();
    wire.resume_producing();
    wire.lose_write_connection();
    wire.lose_connection();
    wire.abort_connection();
  });
  CHECK(f.story == "made");
  f.wire.turn();
  CHECK(f.story == "made lost");
  CHECK_FALSE(f.protocol->nested);
}

TEST_CASE("Driving the network from inside a callback is an error", "[fake_transport]") {
  Connected f;
  int refused = 0;
  f.protocol->on_data = [&](Transport&, Bytes) {
    for (auto const& drive :
         std::vector<std::function<void()>>{[&] { f.wire.deliver("more"); },
                                            [&] { f.wire.deliver_eof(); }, [&] { f.wire.turn(); },
                                            [&] { f.wire.lose(); }, [&] { f.wire.drain(1); }}) {
      try {
        drive();
      } catch (std::logic_error const&) {
        ++refused;
      }
    }
  };
  f.wire.deliver("x");
  CHECK(refused == 5);
  CHECK(f.story == "made data");
}

// --- the end ---

TEST_CASE("The loss comes exactly once", "[fake_transport][rule5]") {
  Connected f;
  f.wire.lose(std::make_error_code(std::errc::connection_reset));
  f.wire.lose();
  f.wire.deliver("late");
  f.wire.deliver_eof();
  f.wire.abort_connection();
  f.wire.turn();
  CHECK(f.story == "made lost");
  CHECK(f.protocol->lost->code() == std::errc::connection_reset);
  REQUIRE(f.wire.reason());
  CHECK(f.wire.reason()->code() == std::errc::connection_reset);
  CHECK_FALSE(f.wire.aborted());
}

TEST_CASE("What is asked for in connection_lost is dropped", "[fake_transport][rule5][rule12]") {
  Connected f;
  f.protocol->on_lost = [](Transport& wire, Failure const&) {
    wire.write("nobody");
    wire.write(shared("nobody"));
    wire.lose_connection();
    wire.abort_connection();
    wire.lose_write_connection();
    wire.set_idle_timeout(1s);
  };
  f.wire.lose();
  f.wire.turn();
  f.clock.advance(2s);
  CHECK(f.story == "made lost");
  CHECK(f.wire.take().empty());
  CHECK(f.wire.traffic().dropped == 12);
}

TEST_CASE("lose_connection flushes, then ends in order at the end of the turn",
          "[fake_transport][rule14]") {
  Connected f;
  f.wire.write("goodbye");
  f.wire.lose_connection();
  CHECK(f.wire.disconnecting());
  CHECK(f.wire.reading_state() == Reading::stopped);
  CHECK(f.story == "made");
  f.wire.turn();
  CHECK(f.story == "made lost");
  CHECK(f.protocol->lost->is(Error::connection_done));
  CHECK(f.wire.take() == "goodbye");
  CHECK_FALSE(f.wire.disconnecting());
}

TEST_CASE("lose_connection waits until all is sent", "[fake_transport][rule14]") {
  Connected f;
  f.wire.set_capacity(3);
  f.wire.write("goodbye");
  f.wire.lose_connection();
  f.wire.turn();
  CHECK(f.story == "made");
  CHECK(f.wire.unsent() == 4);
  f.wire.drain(3);
  CHECK(f.story == "made");
  f.wire.drain(1);
  CHECK(f.story == "made lost");
  CHECK(f.wire.take() == "goodbye");
}

TEST_CASE("No data is received after lose_connection", "[fake_transport][rule15]") {
  Connected f;
  f.wire.lose_connection();
  f.wire.deliver("late");
  f.wire.deliver_eof();
  f.wire.turn();
  CHECK(f.story == "made lost");
}

TEST_CASE("On the fake too, what is written after lose_connection is dropped",
          "[fake_transport][rule13]") {
  Connected f;
  f.wire.write("last");
  f.wire.lose_connection();
  f.wire.write("too late");
  f.wire.write(shared("too late"));
  f.wire.turn();
  CHECK(f.wire.take() == "last");
  CHECK(f.wire.shared_messages().empty());
  CHECK(f.wire.traffic().dropped == 16);
}

TEST_CASE("On the fake too, lose_connection twice is the same as once",
          "[fake_transport][rule16]") {
  Connected f;
  f.wire.lose_connection();
  f.wire.lose_connection();
  f.wire.turn();
  f.wire.lose_connection();
  f.wire.turn();
  CHECK(f.story == "made lost");
}

TEST_CASE("abort_connection drops the output and ends the connection at the end of the turn",
          "[fake_transport][rule19]") {
  Connected f;
  f.wire.write("never sent");
  f.wire.abort_connection();
  f.wire.abort_connection();
  CHECK(f.wire.aborted());
  CHECK(f.wire.unsent() == 0);
  CHECK(f.wire.reading_state() == Reading::stopped);
  CHECK(f.story == "made");
  f.wire.turn();
  CHECK(f.story == "made lost");
  CHECK(f.protocol->lost->is(Error::connection_aborted));
  CHECK(f.wire.take().empty());
  CHECK(f.wire.traffic().dropped == 10);
}

TEST_CASE("abort_connection works while lose_connection waits", "[fake_transport][rule20]") {
  Connected f;
  f.wire.set_capacity(0);
  f.wire.write("stuck");
  f.wire.lose_connection();
  f.wire.turn();
  CHECK(f.story == "made");
  f.wire.abort_connection();
  f.wire.turn();
  CHECK(f.protocol->lost->is(Error::connection_aborted));
}

TEST_CASE("An abort is the reason whatever the network does then", "[fake_transport][rule19]") {
  Connected f;
  f.wire.abort_connection();
  f.wire.deliver("x");
  f.wire.deliver_eof();
  f.wire.lose(Error::connection_lost);
  CHECK(f.story == "made lost");
  CHECK(f.protocol->lost->is(Error::connection_aborted));
}

TEST_CASE("What a callback throws is logged and ends the connection with it",
          "[fake_transport][rule7][rule8]") {
  LogLines const log;
  Fixture f;
  auto const fail = [](auto&&...) { throw std::runtime_error("broken"); };
  SECTION("connection_made") {
    f.protocol->on_made = fail;
    f.connect();
  }
  SECTION("data_received") {
    f.protocol->on_data = fail;
    f.connect();
    f.wire.deliver("x");
    f.wire.deliver("y");
  }
  SECTION("eof_received") {
    f.protocol->on_eof = fail;
    f.connect();
    f.wire.deliver_eof();
  }
  SECTION("write_connection_lost") {
    f.protocol->on_write_lost = fail;
    f.connect();
    f.wire.lose_write_connection();
  }
  SECTION("pause_writing") {
    f.protocol->on_pause = fail;
    f.connect();
    f.wire.set_capacity(0);
    f.wire.write(std::string(65537, 'x'));
  }
  CHECK_FALSE(f.wire.lost());
  f.wire.turn();
  REQUIRE(f.wire.lost());
  CHECK(f.protocol->reason() == "broken");
  CHECK_THROWS_AS(f.protocol->lost->rethrow(), std::runtime_error);
  CHECK(log.count("broken") == 1);
  CHECK(f.protocol->received.size() < 2);
}

TEST_CASE("What connection_lost throws is logged", "[fake_transport][rule7]") {
  LogLines const log;
  Connected f;
  f.protocol->on_lost = [](Transport&, Failure const&) { throw std::runtime_error("late"); };
  f.wire.lose();
  CHECK(log.count("late") == 1);
  CHECK(f.protocol->lost->is(Error::connection_lost));
  CHECK(f.wire.reason()->is(Error::connection_lost));
}

TEST_CASE("The maker is told of the end after the protocol", "[fake_transport]") {
  Connected f;
  std::string seen;
  f.wire.when_lost(
      [&](Failure const&) { seen = f.story + (f.protocol->destroyed ? " gone" : ""); });
  f.wire.lose();
  CHECK(seen == "made lost gone");
}

// --- half-close ---

TEST_CASE("By default the end of input closes after what was written has left",
          "[fake_transport][rule21]") {
  Connected f;
  f.protocol->on_data = echo;
  f.wire.deliver("hello");
  f.wire.deliver_eof();
  CHECK(f.story == "made data eof");
  f.wire.turn();
  CHECK(f.story == "made data eof lost");
  CHECK(f.protocol->lost->is(Error::connection_done));
  CHECK(f.wire.take() == "hello");
}

TEST_CASE("A protocol may write on after the end of input", "[fake_transport][rule22]") {
  Connected f;
  f.protocol->on_eof = go_on;
  f.wire.deliver_eof();
  f.wire.deliver_eof();
  f.wire.turn();
  CHECK(f.story == "made eof");
  CHECK(f.wire.reading_state() == Reading::stopped);
  f.wire.write("still here");
  f.wire.turn();
  CHECK(f.wire.take() == "still here");
  f.wire.lose_connection();
  f.wire.turn();
  CHECK(f.story == "made eof lost");
}

TEST_CASE("lose_write_connection flushes, then tells, and reading goes on",
          "[fake_transport][rule23]") {
  Connected f;
  f.wire.set_capacity(0);
  f.wire.write("last");
  f.wire.lose_write_connection();
  f.wire.write("too late");
  f.wire.turn();
  CHECK(f.story == "made");
  CHECK_FALSE(f.wire.write_closed());
  f.wire.drain();
  CHECK(f.story == "made write-lost");
  CHECK(f.wire.write_closed());
  CHECK(f.wire.take() == "last");
  f.wire.deliver("answer");
  f.wire.turn();
  CHECK(f.story == "made write-lost data");
  CHECK_FALSE(f.wire.lost());
}

TEST_CASE("Losing the write side twice is told once", "[fake_transport][rule23]") {
  Connected f;
  f.wire.lose_write_connection();
  f.wire.turn();
  f.wire.lose_write_connection();
  f.wire.turn();
  CHECK(f.story == "made write-lost");
}

TEST_CASE("When both halves are closed the connection is over", "[fake_transport][rule25]") {
  Connected f;
  f.protocol->on_eof = go_on;
  SECTION("input first") {
    f.wire.deliver_eof();
    f.wire.lose_write_connection();
  }
  SECTION("output first") {
    f.wire.lose_write_connection();
    f.wire.turn();
    f.wire.deliver_eof();
  }
  f.wire.turn();
  REQUIRE(f.wire.lost());
  CHECK(f.protocol->lost->is(Error::connection_done));
}

TEST_CASE("lose_connection after the write side is lost closes at once",
          "[fake_transport][rule18]") {
  Connected f;
  f.wire.lose_write_connection();
  f.wire.turn();
  f.wire.lose_connection();
  f.wire.turn();
  CHECK(f.story == "made write-lost lost");
}

TEST_CASE("Data after the end of input is the test's mistake", "[fake_transport]") {
  Connected f;
  f.protocol->on_eof = go_on;
  f.wire.deliver_eof();
  CHECK_THROWS_AS(f.wire.deliver("x"), std::logic_error);
}

// --- pausing and back-pressure ---

TEST_CASE("While reading is paused what comes is kept, the end of input too",
          "[fake_transport][rule138]") {
  Connected f;
  f.wire.pause_producing();
  CHECK(f.wire.reading_state() == Reading::paused);
  f.wire.deliver("one ");
  f.wire.deliver("two");
  f.wire.deliver_eof();
  f.wire.turn();
  CHECK(f.story == "made");
  f.wire.resume_producing();
  CHECK(f.wire.reading_state() == Reading::producing);
  CHECK(f.story == "made");
  f.wire.turn();
  CHECK(f.story == "made data eof lost");
  CHECK(f.protocol->received == "one two");
}

TEST_CASE("Pausing inside data_received holds back the next piece", "[fake_transport][rule138]") {
  Connected f;
  f.protocol->on_data = [](Transport& wire, Bytes) { wire.pause_producing(); };
  f.wire.deliver(std::string(100'000, 'x'));
  CHECK(f.protocol->received.size() == 65536);
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.protocol->received.size() == 100'000);
}

TEST_CASE("Resuming does not undo lose_connection", "[fake_transport][rule138]") {
  Connected f;
  f.wire.pause_producing();
  f.wire.deliver("x");
  f.wire.lose_connection();
  f.wire.resume_producing();
  CHECK(f.wire.reading_state() == Reading::stopped);
  f.wire.turn();
  CHECK(f.story == "made lost");
}

TEST_CASE("The water marks are told at the end of the turn", "[fake_transport][rule30][rule136]") {
  Connected f;
  f.wire.set_capacity(1000);
  f.wire.write(std::string(1000 + 65536, 'x'));
  f.wire.turn();
  CHECK(f.story == "made");
  CHECK(f.wire.unsent() == 65536);
  f.wire.write("x");
  CHECK(f.story == "made");
  f.wire.turn();
  CHECK(f.story == "made pause");
  f.wire.write("more");
  f.wire.turn();
  f.wire.drain(65536);
  CHECK(f.story == "made pause");
  f.wire.drain(5);
  CHECK(f.story == "made pause resume");
  CHECK(f.wire.take().size() == 1000 + 65536 + 5);
}

TEST_CASE("What would be sent in the same turn is no reason to pause",
          "[fake_transport][rule136]") {
  Connected f;
  f.wire.write(std::string(1'000'000, 'x'));
  CHECK(f.wire.unsent() == 1'000'000);
  f.wire.turn();
  CHECK(f.story == "made");
  CHECK(f.wire.unsent() == 0);
  CHECK(f.wire.traffic().sent == 1'000'000);
}

TEST_CASE("The marks can be moved", "[fake_transport][rule136]") {
  Connected f;
  f.wire.set_capacity(0);
  f.wire.set_water_marks({.high = 10, .low = 4, .limit = 1000});
  f.wire.write(std::string(11, 'x'));
  f.wire.turn();
  CHECK(f.story == "made pause");
  f.wire.drain(6);
  CHECK(f.story == "made pause");
  f.wire.drain(1);
  CHECK(f.story == "made pause resume");
}

TEST_CASE("resume_producing after lose_connection does nothing, as on a socket",
          "[fake_transport][rule138][rule172]") {
  Connected f;
  f.protocol->on_reading_resumed = go_on;
  f.wire.set_capacity(0);
  f.wire.write(std::string(70000, 'x'));
  f.wire.turn();
  f.wire.lose_connection();
  f.wire.drain();  // as it stands, resume_writing resumes reading
  CHECK(f.story == "made pause resume lost");
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.story == "made pause resume lost");
}

TEST_CASE("Each event of Protocol is known to these tests", "[fake_transport]") {
  Fixture f;
  f.protocol = attentive_connection();
  f.connect();
  std::string const story = story_of_everything(f.wire, *f.protocol);
  CHECK(story == everything);
  auto const words = static_cast<std::size_t>(std::ranges::count(story, ' ')) + 1;
  CHECK(words + 1 == events_of_protocol());  // and hears_of_files
}

TEST_CASE("By default a peer that does not read is not read from", "[fake_transport][rule136]") {
  Connected f;
  f.protocol->on_data = echo;
  f.wire.set_capacity(0);
  auto const sent = pattern(1'000'000);
  f.wire.deliver(sent);
  f.wire.turn();
  CHECK(f.protocol->received.size() == 2 * 65536);
  CHECK(f.wire.reading_state() == Reading::paused);
  std::string echoed;
  for (int i = 0; i < 100 && echoed.size() < sent.size(); ++i) {
    f.wire.drain(65536);
    f.wire.turn();
    echoed += f.wire.take();
  }
  CHECK(difference(echoed, sent) == "equal");
}

TEST_CASE("Too much unsent output aborts the connection", "[fake_transport][rule136]") {
  Connected f;
  f.wire.set_capacity(0);
  f.wire.set_water_marks({.high = 10, .low = 0, .limit = 100});
  f.wire.write(std::string(100, 'x'));
  f.wire.write("x");
  f.wire.turn();
  CHECK_FALSE(f.wire.lost());
  f.wire.write("x");
  CHECK_FALSE(f.wire.lost());
  CHECK(f.wire.unsent() == 0);
  f.wire.turn();
  REQUIRE(f.wire.lost());
  CHECK(f.protocol->lost->is(Error::output_overflow));
  CHECK_FALSE(f.wire.aborted());
  CHECK(f.wire.traffic().dropped == 102);
}

TEST_CASE("What the network would take is no overflow, nor is one large message",
          "[fake_transport][rule136]") {
  Connected f;
  f.wire.set_capacity(1000);
  f.wire.set_water_marks({.high = 10, .low = 0, .limit = 100});
  for (int i = 0; i < 11; ++i) f.wire.write(std::string(100, 'x'));
  f.wire.write(std::string(500, 'x'));
  f.wire.turn();
  CHECK_FALSE(f.wire.lost());
  CHECK(f.wire.written().size() == 1000);
  CHECK(f.wire.unsent() == 600);
}

// --- idle time ---

TEST_CASE("A connection on which nothing moves ends when its time is up", "[fake_transport]") {
  Connected f;
  f.wire.set_idle_timeout(30s);
  CHECK(f.wire.idle_timeout() == 30s);
  f.clock.advance(30s - 1ns);
  CHECK_FALSE(f.wire.lost());
  f.clock.advance(1ns);
  REQUIRE(f.wire.lost());
  CHECK(f.protocol->lost->is(Error::idle_timeout));
  CHECK(f.protocol->lost->is(Error::timed_out));
}

TEST_CASE("Each byte either way begins the time anew", "[fake_transport]") {
  Connected f;
  f.wire.set_idle_timeout(30s);
  f.clock.advance(20s);
  f.wire.deliver("x");
  f.clock.advance(20s);
  f.wire.write("y");
  f.wire.turn();
  f.clock.advance(30s - 1ns);
  CHECK_FALSE(f.wire.lost());
  f.clock.advance(1ns);
  CHECK(f.wire.lost());
}

TEST_CASE("Bytes that cannot leave do not count", "[fake_transport]") {
  Connected f;
  f.wire.set_capacity(0);
  f.wire.set_idle_timeout(30s);
  f.clock.advance(20s);
  f.wire.write("y");
  f.wire.turn();
  f.clock.advance(10s);
  CHECK(f.wire.lost());
}

TEST_CASE("Zero is no limit, and without a clock no time passes", "[fake_transport]") {
  Connected f;
  f.wire.set_idle_timeout(30s);
  f.wire.set_idle_timeout(0s);
  f.clock.advance(1h);
  CHECK_FALSE(f.wire.lost());
  FakeTransport timeless;
  timeless.set_idle_timeout(30s);
  CHECK(timeless.idle_timeout() == 30s);
}

// --- failing writes ---

TEST_CASE("After a failed write what is written is dropped and reading goes on",
          "[fake_transport]") {
  Connected f;
  f.wire.fail_write(1);
  f.wire.write("good ");
  CHECK_FALSE(f.wire.write_failed());
  f.wire.write("bad ");
  CHECK(f.wire.write_failed());
  f.wire.write("after");
  f.wire.turn();
  CHECK(f.wire.take() == "good ");
  CHECK(f.wire.traffic().dropped == 9);
  f.wire.deliver("what the peer said before");
  f.wire.turn();
  CHECK(f.story == "made data");
  f.wire.deliver_eof();
  CHECK(f.story == "made data lost");
  CHECK(f.protocol->lost->code() == std::errc::broken_pipe);
}

TEST_CASE("A failed write is the reason however the connection ends", "[fake_transport]") {
  Connected f;
  f.wire.fail_write(0, std::make_error_code(std::errc::host_unreachable));
  f.wire.write("x");
  SECTION("closed after the turn") {
    f.wire.turn();
    CHECK(f.story == "made");
    f.wire.lose_connection();
    f.wire.turn();
  }
  SECTION("closed in the same turn") {
    f.wire.lose_connection();
    f.wire.turn();
  }
  SECTION("lost by the network") { f.wire.lose(std::make_error_code(std::errc::connection_reset)); }
  REQUIRE(f.wire.lost());
  CHECK(f.story == "made lost");
  CHECK(f.protocol->lost->code() == std::errc::host_unreachable);
}

TEST_CASE("Who waits for output to drain need not wait for a write that failed",
          "[fake_transport][rule136]") {
  Connected f;
  f.wire.set_capacity(0);
  f.wire.write(std::string(70'000, 'x'));
  f.wire.turn();
  f.wire.fail_write(0);
  f.wire.write("x");
  f.wire.turn();
  CHECK(f.story == "made pause resume");
  CHECK(f.wire.reading_state() == Reading::producing);
}

// Three answers, then goodbye.
struct Countdown : Protocol {
  void data_received(Bytes) override {
    transport().write(std::to_string(left));
    if (--left == 0) transport().lose_connection();
  }
  void connection_lost(Failure const& reason) override { *ended = reason; }
  explicit Countdown(std::optional<Failure>& end) : ended(&end) {}
  int left = 3;
  std::optional<Failure>* ended;
};

TEST_CASE("A fault loop visits every write and ends at success", "[fake_transport]") {
  unsigned faults = 0;
  for (;; ++faults) {
    std::optional<Failure> ended;
    FakeTransport wire;
    wire.connect(std::make_unique<Countdown>(ended));
    wire.fail_write(faults);
    for (int i = 0; i < 3; ++i) wire.deliver("?");
    wire.deliver_eof();
    wire.turn();
    REQUIRE(ended);
    CHECK(wire.take() == std::string("321").substr(0, faults));
    CHECK(ended->is(wire.write_failed() ? Error::connection_lost : Error::connection_done));
    if (!wire.write_failed()) break;
  }
  CHECK(faults == 3);
}

// --- two ends ---

// Says hello, then closes once it has heard something.
struct Greeter : Protocol {
  void connection_made() override { transport().write("hello"); }
  void data_received(Bytes data) override {
    heard += text(data);
    transport().lose_connection();
  }
  void connection_lost(Failure const& reason) override { end = reason; }
  std::string heard;
  std::optional<Failure> end;
};

TEST_CASE("pump joins two protocols in memory", "[fake_transport][rule173]") {
  FakeTransport client_end;
  FakeTransport server_end;
  Greeter client;
  Greeter server;
  server_end.connect(server);
  client_end.connect(client);
  while (pump(client_end, server_end)) {
  }
  CHECK(client.heard == "hello");
  CHECK(server.heard == "hello");
  REQUIRE(client.end);
  REQUIRE(server.end);
  CHECK(client.end->is(Error::connection_done));
  CHECK(server.end->is(Error::connection_done));
}

TEST_CASE("pump carries a half-close", "[fake_transport][rule23][rule173]") {
  Fixture one;
  Fixture other;
  one.connect();
  other.protocol->on_data = echo;
  other.connect();
  one.wire.write("question");
  one.wire.lose_write_connection();
  while (pump(one.wire, other.wire)) {
  }
  CHECK(one.protocol->received == "question");
  CHECK(one.story == "made write-lost data eof lost");
  CHECK(other.story == "made data eof lost");
}

TEST_CASE("pump carries an abort as a reset", "[fake_transport][rule19][rule173]") {
  Connected one;
  Connected other;
  one.wire.abort_connection();
  while (pump(one.wire, other.wire)) {
  }
  CHECK(one.protocol->lost->is(Error::connection_aborted));
  CHECK(other.protocol->lost->code() == std::errc::connection_reset);
}

// --- TLS ---

// Asks for TLS, or grants it, and says so when it is there.
struct StartsTls : Protocol {
  void data_received(Bytes data) override {
    if (text(data) != "STARTTLS" && text(data) != "go ahead") return transport().write(data);
    if (text(data) == "STARTTLS") transport().write("go ahead");
    CHECK(transport().start_tls(nullptr, "peer.example"));
  }
  void handshake_completed() override { transport().write(transport().tls()->version); }
};

TEST_CASE("start_tls is recorded with its context and name", "[fake_transport][tls]") {
  Connected f;
  auto const context = TlsContext::client({.insecure = true}).value();
  CHECK_FALSE(f.wire.started_tls());
  CHECK_FALSE(f.wire.securing());
  f.protocol->calling([&](Transport& wire) { CHECK(wire.start_tls(context, "peer.example")); });
  REQUIRE(f.wire.started_tls());
  CHECK(f.wire.started_tls()->context == context);
  CHECK(f.wire.started_tls()->peer_name == "peer.example");
  CHECK(f.wire.securing());
  CHECK_FALSE(f.wire.tls());
  f.wire.turn();
  CHECK(f.story == "made");
}

TEST_CASE("handshake_completed comes at turn(), once, and tls() is what the test said",
          "[fake_transport][tls]") {
  Connected f;
  f.protocol->calling([](Transport& wire) { CHECK(wire.start_tls(nullptr)); });
  f.wire.finish_handshake({.version = "TLSv1.2", .alpn = "irc"});
  CHECK(f.story == "made");
  CHECK_FALSE(f.wire.tls());
  CHECK(f.wire.busy());
  f.wire.turn();
  CHECK(f.story == "made secured");
  CHECK_FALSE(f.wire.securing());
  CHECK(f.wire.tls()->version == "TLSv1.2");
  CHECK(f.wire.tls()->alpn == "irc");
  f.wire.turn();
  CHECK(f.story == "made secured");
  CHECK_FALSE(f.protocol->nested);
  CHECK_THROWS_AS(f.wire.finish_handshake(), std::logic_error);
}

TEST_CASE("What is delivered during the handshake is handed over after it",
          "[fake_transport][tls]") {
  Connected f;
  f.protocol->calling([](Transport& wire) { CHECK(wire.start_tls(nullptr)); });
  f.wire.deliver("encrypted");
  f.wire.turn();
  CHECK(f.protocol->received.empty());
  CHECK(f.wire.reading_state() == Reading::paused);
  f.wire.finish_handshake();
  f.wire.turn();
  CHECK(f.story == "made secured data");
  CHECK(f.protocol->received == "encrypted");
  CHECK(f.wire.reading_state() == Reading::producing);
}

TEST_CASE("What was written before start_tls is sent, what follows after the handshake",
          "[fake_transport][tls][rule29]") {
  Connected f;
  f.protocol->calling([](Transport& wire) {
    wire.write("in clear");
    CHECK(wire.start_tls(nullptr));
    wire.write("secret");
  });
  CHECK(f.wire.written() == "in clear");
  f.wire.turn();
  CHECK(f.wire.take() == "in clear");
  CHECK(f.wire.unsent() == 6);
  f.wire.finish_handshake();
  f.wire.turn();
  CHECK(f.wire.take() == "secret");
}

TEST_CASE("A handshake does not overtake words in clear that a slow network has not taken",
          "[fake_transport][tls][rule29]") {
  Connected f;
  f.wire.set_capacity(3);
  f.protocol->calling([](Transport& wire) {
    wire.write("in clear");
    CHECK(wire.start_tls(nullptr));
    wire.write("secret");
  });
  f.wire.turn();
  CHECK(f.wire.take() == "in ");
  CHECK_THROWS_AS(f.wire.finish_handshake(), std::logic_error);
  f.wire.drain(5);
  CHECK(f.wire.take() == "clear");
  f.wire.finish_handshake();
  f.wire.turn();
  CHECK(f.wire.take().empty());
  f.wire.drain();
  CHECK(f.wire.take() == "secret");
}

TEST_CASE("Words in clear behind the command end the connection", "[fake_transport][tls][rule29]") {
  Connected f;
  f.protocol->on_data = [](Transport& wire, Bytes) { CHECK(wire.start_tls(nullptr)); };
  auto const command = std::string(65536, 'x');  // as much as is handed over in one piece
  f.wire.deliver(command + "MAIL FROM:<evil>");
  f.wire.turn();
  CHECK(f.protocol->received == command);
  CHECK(f.wire.lost());
  CHECK(f.protocol->lost->is(Error::tls_handshake));
}

TEST_CASE("A handshake that fails is a loss, and so is the end of input", "[fake_transport][tls]") {
  Connected f;
  f.protocol->calling([](Transport& wire) {
    CHECK(wire.start_tls(nullptr));
    wire.write("never sent");
  });
  SECTION("as the test says") {
    f.wire.lose(Error::certificate_not_trusted);
    CHECK(f.protocol->lost->is(Error::certificate_not_trusted));
  }
  SECTION("by the end of input") {
    f.wire.deliver_eof();
    CHECK(f.protocol->lost->is(Error::tls_handshake));
  }
  SECTION("by an abort") {
    f.protocol->calling([](Transport& wire) { wire.abort_connection(); });
    f.wire.turn();
    CHECK(f.protocol->lost->is(Error::connection_aborted));
  }
  CHECK(f.story == "made lost");
  CHECK(f.wire.take().empty());
  CHECK_FALSE(f.wire.securing());
}

TEST_CASE("A handshake that takes too long ends with its time-out", "[fake_transport][tls]") {
  Connected f;
  auto const context =
      TlsContext::client({.insecure = true, .handshake_timeout = std::chrono::seconds(3)}).value();
  f.protocol->calling([&](Transport& wire) { CHECK(wire.start_tls(context)); });
  f.clock.advance(std::chrono::seconds(2));
  CHECK_FALSE(f.wire.lost());
  SECTION("in time") {
    f.wire.finish_handshake();
    f.wire.turn();
    f.clock.advance(std::chrono::seconds(2));
    CHECK_FALSE(f.wire.lost());
  }
  SECTION("too late") {
    f.clock.advance(std::chrono::seconds(1));
    REQUIRE(f.wire.lost());
    CHECK(f.protocol->lost->is(Error::handshake_timeout));
  }
}

TEST_CASE("A failed write of words in clear ends the handshake with it", "[fake_transport][tls]") {
  Connected f;
  f.wire.fail_write(0);
  f.protocol->calling([](Transport& wire) {
    wire.write("in clear");
    CHECK(wire.start_tls(nullptr));
  });
  f.wire.turn();
  REQUIRE(f.wire.lost());
  CHECK(f.protocol->lost->code() == std::errc::broken_pipe);
}

TEST_CASE("Closing during the handshake waits for what is to be sent, and for nothing else",
          "[fake_transport][tls][rule14]") {
  Connected f;
  f.protocol->calling([](Transport& wire) { CHECK(wire.start_tls(nullptr)); });
  SECTION("nothing") {
    f.protocol->calling([](Transport& wire) { wire.lose_connection(); });
    f.wire.turn();
    CHECK(f.story == "made lost");
  }
  SECTION("something") {
    f.protocol->calling([](Transport& wire) {
      wire.write("last words");
      wire.lose_connection();
    });
    f.wire.turn();
    CHECK_FALSE(f.wire.lost());
    f.wire.finish_handshake();
    f.wire.turn();
    f.wire.turn();
    CHECK(f.wire.take() == "last words");
    CHECK(f.story == "made secured lost");
  }
  CHECK(f.protocol->reason() == "Connection closed");
}

TEST_CASE("start_tls is refused twice, after the end, and with TLS from the start",
          "[fake_transport][tls]") {
  Fixture f;
  auto const refusal = [&] { return f.wire.start_tls(nullptr).failure().code(); };
  SECTION("twice") {
    f.connect();
    CHECK(f.wire.start_tls(nullptr));
    CHECK(refusal() == std::errc::already_connected);
  }
  SECTION("from the start") {
    f.wire.set_tls(FakeTransport::usual_tls());
    f.connect();
    CHECK(f.wire.tls()->version == "TLSv1.3");
    CHECK(refusal() == std::errc::already_connected);
  }
  SECTION("after the end") {
    f.connect();
    f.wire.lose();
    CHECK(refusal() == std::errc::not_connected);
  }
}

TEST_CASE("pump finishes the handshake of two ends that both have started it",
          "[fake_transport][tls][pump]") {
  FakeTransport client;
  FakeTransport server;
  client.connect(std::make_unique<StartsTls>());
  server.connect(std::make_unique<StartsTls>());
  client.write("STARTTLS");
  int rounds = 0;
  while (rounds < 5 && pump(client, server)) ++rounds;
  CHECK(client.tls());
  CHECK(server.tls());
  CHECK(client.started_tls()->peer_name == "peer.example");
}

TEST_CASE("pump carries no words in clear to an end that has started TLS",
          "[fake_transport][tls][pump]") {
  FakeTransport client;
  FakeTransport server;
  Echo evil;
  client.connect(evil);
  server.connect(std::make_unique<StartsTls>());
  client.write("STARTTLS");
  pump(client, server);
  client.write("MAIL FROM:<evil>");
  while (pump(client, server)) {
  }
  REQUIRE(server.lost());
  CHECK(server.reason()->is(Error::tls_handshake));
}

}  // namespace
