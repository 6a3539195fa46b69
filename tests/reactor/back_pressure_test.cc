// A peer that does not read is not read from; what is unsent is bounded; errors of output come
// after what the peer had said.
#include <algorithm>
#include <stdexcept>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("An echo to a peer that does not read stops reading, and delivers all once it reads",
          "[back_pressure][rule30]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_data = echo;
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      std::size_t offered = 0;
      std::size_t largest = 0;
      std::size_t quiet_turns = 0;
      run_until(*reactor, [&] {
        auto const more = peer.fill();
        offered += more;
        quiet_turns = more == 0 ? quiet_turns + 1 : 0;
        largest = std::max(largest, connection->transport->unsent());
        return quiet_turns > 50;
      });
      CHECK(largest <= 65536 + 65536);  // the high mark and one more reading
      CHECK(connection->story == "made data pause");
      CHECK(connection->received.size() < offered);
      auto const stopped_at = connection->received.size();
      auto const before = processor_time();
      run_for(*reactor, 200ms);
      CHECK(processor_time() - before < 100ms);
      CHECK(connection->received.size() == stopped_at);
      peer.shut_write();
      auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
      CHECK(got.size() == offered);
      CHECK(difference(got, connection->received) == "equal");
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::connection_done));
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("pause_writing comes once above the high mark, resume_writing once at the low one",
          "[back_pressure][rule136]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  std::size_t at_pause = 0;
  std::size_t at_resume = 0;
  connection->on_pause = [&](Transport& transport) { at_pause = transport.unsent(); };
  connection->on_resume = [&](Transport& transport) { at_resume = transport.unsent(); };
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  connection->calling([](Transport& transport) {
    transport.set_water_marks({.high = 1'000'000, .low = 200'000});
    transport.write(pattern(6'000'000));
  });
  run_turns(*reactor, 5);
  CHECK(connection->story == "made pause");
  connection->calling([](Transport& transport) { transport.write("more"); });
  run_turns(*reactor, 5);
  CHECK(connection->story == "made pause");
  run_beside(*reactor, [&] { return peer.receive(6'000'004).size(); });
  REQUIRE(run_until(*reactor, [&] { return connection->transport->unsent() == 0; }));
  CHECK(connection->story == "made pause resume");
  CHECK(at_pause > 1'000'000);
  CHECK(at_resume <= 200'000);
  CHECK_FALSE(connection->nested);
}

TEST_CASE("Exactly the high mark is not too much", "[back_pressure][rule136]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  // The system takes what it takes; what stays is then exactly known.
  connection->calling([](Transport& transport) {
    transport.set_water_marks({.high = std::size_t{1} << 30});
    transport.write(pattern(8'000'000));
  });
  run_turns(*reactor, 5);
  auto const unsent = connection->transport->unsent();
  REQUIRE(unsent > 0);
  connection->calling([&](Transport& transport) {
    transport.set_water_marks({.high = unsent + 1});
    transport.write("x");
  });
  run_turns(*reactor, 5);
  CHECK(connection->story == "made");
  connection->calling([](Transport& transport) { transport.write("x"); });
  run_turns(*reactor, 5);
  CHECK(connection->story == "made pause");
}

TEST_CASE("Unsent output above the hard limit aborts the connection", "[back_pressure][limit]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      connection->calling([](Transport& transport) {
        transport.set_water_marks({.high = 65536, .low = 0, .limit = 1'000'000});
        std::size_t most = 0;
        for (int i = 0; i < 10'000; ++i) {
          transport.write(std::string(1000, 'x'));
          most = std::max(most, transport.unsent());
        }
        CHECK(most > 1'000'000);
        CHECK(most <= 1'000'000 + 1000);
        CHECK(transport.unsent() == 0);
      });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::output_overflow));
      CHECK(connection->lost->is(Error::connection_lost));
      peer.receive_all();
      if (wire.tcp) CHECK(peer.error() == ECONNRESET);
    }
}

TEST_CASE("Shared messages count against the hard limit", "[back_pressure][limit]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const peer = adopt(*reactor, connection);
  run_turns(*reactor);
  auto const message = std::make_shared<std::string const>(100'000, 'x');
  connection->calling([&](Transport& transport) {
    transport.set_water_marks({.high = 65536, .low = 0, .limit = 1'000'000});
    for (int i = 0; i < 1000; ++i) transport.write(message);
  });
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->lost->is(Error::output_overflow));
  CHECK(message.use_count() == 1);
}

TEST_CASE("What the system would take is no overflow, though one turn writes it",
          "[back_pressure][limit]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const message = std::make_shared<std::string const>(1000, 'x');
      connection->calling([&](Transport& transport) {
        transport.set_water_marks({.high = 4096, .low = 0, .limit = 4096});
        for (int i = 0; i < 60; ++i) transport.write(message);
        CHECK(transport.unsent() <= 4096 + 1000);
      });
      std::size_t received = 0;
      CHECK(run_until(*reactor, [&] { return (received += peer.receive_now().size()) == 60'000; }));
      CHECK_FALSE(connection->lost);
    }
}

TEST_CASE("One message is never too large, the next one may be too much",
          "[back_pressure][limit]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto const peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const message = std::make_shared<std::string const>(40'000'000, 'x');
      connection->calling([&](Transport& transport) {
        transport.set_water_marks({.high = 4096, .low = 0, .limit = 4096});
        transport.write(message);
      });
      run_turns(*reactor, 5);
      CHECK_FALSE(connection->lost);
      connection->calling([](Transport& transport) { transport.write("x"); });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::output_overflow));
    }
}

TEST_CASE("A failed write still lets the peer's last words through, then it is the reason",
          "[back_pressure][rule6]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_made = [](Transport& transport) { transport.pause_producing(); };
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const words = pattern(50'000);  // all of it arrives before the reset
      REQUIRE(peer.send(words));
      wire.tcp ? peer.reset() : peer.close();
      run_turns(*reactor);
      connection->calling([](Transport& transport) {
        transport.write("too late");
        transport.resume_producing();
      });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made data lost");
      CHECK(difference(connection->received, words) == "equal");
      CHECK(connection->lost->is(Error::connection_lost));
      CHECK(connection->lost->code() ==
            (wire.tcp ? std::errc::connection_reset : std::errc::broken_pipe));
    }
}

TEST_CASE("An echo stopped by a full output hears of the reset that ends it",
          "[back_pressure][rule6]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = echo;
  auto peer = adopt(*reactor, connection);
  run_until(*reactor, [&] {
    peer.fill();
    return connection->story == "made data pause";
  });
  run_turns(*reactor, 5);
  peer.reset();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->lost->is(Error::connection_lost));
  CHECK(connection->lost->code() == std::errc::connection_reset);
}

TEST_CASE("A reset while reading is paused costs no time, and comes after the data on resuming",
          "[back_pressure][rule6]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) { transport.pause_producing(); };
  auto peer = adopt(*reactor, connection);
  auto const words = pattern(50'000);
  REQUIRE(peer.send(words));
  run_turns(*reactor);
  peer.reset();
  auto const before = processor_time();
  auto const slept = sleeps();
  run_for(*reactor, 200ms);
  CHECK(processor_time() - before < 100ms);
  CHECK(sleeps() - slept < 50);
  CHECK(connection->story == "made");
  connection->calling([](Transport& transport) { transport.resume_producing(); });
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made data lost");
  CHECK(difference(connection->received, words) == "equal");
  CHECK(connection->lost->code() == std::errc::connection_reset);
}

TEST_CASE("Pausing stops data at once and resuming starts it again", "[back_pressure][rule138]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_data = [](Transport& transport, Bytes) { transport.pause_producing(); };
      auto peer = adopt(*reactor, wire, connection);
      REQUIRE(peer.send(pattern(150'000)));
      run_turns(*reactor, 20);
      auto const first = connection->received.size();
      CHECK(first > 0);
      CHECK(first <= 65536);
      auto const before = processor_time();
      run_for(*reactor, 100ms);
      CHECK(processor_time() - before < 50ms);
      CHECK(connection->received.size() == first);
      connection->on_data = nullptr;
      connection->calling([](Transport& transport) { transport.resume_producing(); });
      CHECK(run_until(*reactor, [&] { return connection->received.size() == 150'000; }));
    }
}

TEST_CASE("One connection pausing another in the turn in which that has input keeps it whole",
          "[back_pressure][rule138]") {
  auto const reactor = make_reactor();
  auto const first = make_connection();
  auto const second = make_connection();
  auto const pause = [](Connection& other) {
    return [&other](Transport&, Bytes) {
      if (other.transport) other.transport->pause_producing();
    };
  };
  first->on_data = pause(*second);
  second->on_data = pause(*first);
  auto first_peer = adopt(*reactor, first);
  auto second_peer = adopt(*reactor, second);
  run_turns(*reactor);
  first_peer.send("one");
  second_peer.send("two");
  run_turns(*reactor, 5);
  CHECK(first->received.size() + second->received.size() == 3);
  for (auto* each : {first.get(), second.get()})
    each->calling([](Transport& transport) { transport.resume_producing(); });
  run_turns(*reactor, 5);
  first_peer.close();
  second_peer.close();
  REQUIRE(run_until(*reactor, [&] {
    for (auto* each : {first.get(), second.get()})
      each->calling([](Transport& transport) { transport.resume_producing(); });
    return first->destroyed && second->destroyed;
  }));
  CHECK(first->received == "one");
  CHECK(second->received == "two");
  CHECK(first->lost->is(Error::connection_done));
  CHECK(second->lost->is(Error::connection_done));
}

TEST_CASE("A connection that one connection loses in the turn in which it has input ends in order",
          "[back_pressure][rule14]") {
  auto const reactor = make_reactor();
  auto const first = make_connection();
  auto const second = make_connection();
  auto const lose = [](Connection& other) {
    return [&other](Transport&, Bytes) {
      if (other.transport) other.transport->lose_connection();
    };
  };
  first->on_data = lose(*second);
  second->on_data = lose(*first);
  auto first_peer = adopt(*reactor, first);
  auto second_peer = adopt(*reactor, second);
  run_turns(*reactor);
  first_peer.send("one");
  second_peer.send("two");
  REQUIRE(run_until(*reactor, [&] {
    return first->lost || second->lost || first_peer.ended() || second_peer.ended();
  }));
  first_peer.close();
  second_peer.close();
  REQUIRE(run_until(*reactor, [&] { return first->destroyed && second->destroyed; }));
  CHECK(first->reason() == "Connection closed");
  CHECK(second->reason() == "Connection closed");
}

}  // namespace
