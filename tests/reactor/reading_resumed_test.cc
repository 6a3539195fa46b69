// Pausing and going on: when a protocol that kept input back hears that it may hand it on.
#include <memory>
#include <stdexcept>

#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Pauses at its first data.
std::shared_ptr<Connection> pausing() {
  auto connection = make_connection();
  connection->on_data = [c = connection.get()](Transport& transport, Bytes) {
    if (c->received.size() == 1) transport.pause_producing();
  };
  connection->on_reading_resumed = go_on;
  return connection;
}

struct OnFake {
  OnFake() {
    wire.connect(protocol_for(connection));
    wire.deliver("a");
    wire.turn();
  }
  std::shared_ptr<Connection> connection = pausing();
  FakeTransport wire;
};

TEST_CASE("reading_resumed comes after the call, in its turn, before anything is read",
          "[resume][rule103]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = pausing();
      auto peer = adopt(*reactor, wire, connection);
      peer.send("a");
      REQUIRE(run_until(*reactor, [&] { return connection->received == "a"; }));
      CHECK(connection->transport->paused());
      peer.send("b");
      SECTION("the peer closed before") { peer.close(); }
      SECTION("the peer closes in the same turn") {}
      run_turns(*reactor);
      peer.close();
      CHECK(connection->story == "made data");
      auto const resume = reactor->call_later(Duration::zero(), [&] {
        connection->calling([](Transport& transport) { transport.resume_producing(); });
        CHECK_FALSE(connection->transport->paused());
        CHECK(connection->story == "made data");
      });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->received == "ab");
      CHECK(connection->story == "made data resumed data eof lost");
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("On a fake too", "[resume][fake_transport][rule103]") {
  OnFake f;
  f.wire.deliver("b");
  f.connection->calling([](Transport& transport) { transport.resume_producing(); });
  CHECK(f.connection->story == "made data");
  SECTION("by turning") { f.wire.turn(); }
  SECTION("by what comes") {
    f.wire.deliver("c");
    CHECK(f.connection->received == "abc");
  }
  CHECK(f.connection->story == "made data resumed data");
  CHECK_FALSE(f.connection->nested);
}

TEST_CASE("It comes once a turn, and where nothing was paused as well", "[resume]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_reading_resumed = go_on;
  connection->on_made = [](Transport& transport) {
    transport.resume_producing();
    transport.resume_producing();
  };
  auto const peer = adopt(*reactor, connection);
  run_turns(*reactor, 5);
  CHECK(connection->story == "made resumed");
}

TEST_CASE("It does not come if reading is paused again or has ended", "[resume]") {
  OnFake f;
  f.wire.resume_producing();
  SECTION("paused") {
    f.wire.pause_producing();
    f.wire.turn();
    CHECK(f.connection->story == "made data");
  }
  SECTION("lost by the protocol") {
    f.wire.lose_connection();
    f.wire.turn();
    CHECK(f.connection->story == "made data lost");
  }
  SECTION("aborted") {
    f.wire.abort_connection();
    CHECK(f.wire.disconnecting());
    f.wire.turn();
    CHECK(f.connection->story == "made data lost");
  }
}

TEST_CASE("Nor on a socket", "[resume]") {
  for (auto const aborts : {false, true}) {
    auto const reactor = make_reactor();
    auto const connection = pausing();
    connection->on_data = [=](Transport& transport, Bytes) {
      transport.resume_producing();
      aborts ? transport.abort_connection() : transport.lose_connection();
      CHECK(transport.disconnecting());
    };
    auto peer = adopt(*reactor, connection);
    peer.send("a");
    REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
    CHECK(connection->story == "made data lost");
  }
}

TEST_CASE("What it throws ends the connection", "[resume][rule7]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_reading_resumed = [](Transport&) { throw std::runtime_error("too late"); };
  connection->on_made = [](Transport& transport) { transport.resume_producing(); };
  auto const peer = adopt(*reactor, connection);
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->reason() == "too late");
  CHECK(log.count("too late") == 1);
}

}  // namespace
