// The end of input loses no output, and each half can be closed by itself.
#include <stdexcept>

#include "reactor/stream.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("What was written before the end of input is sent, then the connection is closed",
          "[half_close][rule21]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_data = echo;
      auto peer = adopt(*reactor, wire, connection);
      auto const sent = pattern(4'194'304);
      auto const got = run_beside(*reactor, [&] { return send_through(peer, peer, sent); });
      CHECK(difference(got, sent) == "equal");
      CHECK(peer.error() == 0);
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::connection_done));
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("A peer that sends everything, half-closes and only then reads gets all of it",
          "[half_close][rule21]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_data = echo;
      auto peer = adopt(*reactor, wire, connection);
      auto const sent = pattern(100'000);
      REQUIRE(run_beside(*reactor, [&] { return peer.send(sent); }));
      peer.shut_write();
      run_turns(*reactor, 20);
      auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
      CHECK(difference(got, sent) == "equal");
      CHECK(peer.error() == 0);
    }
}

TEST_CASE("A protocol that answers the end of input is heard", "[half_close][rule22]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_eof = [](Transport& transport) {
        transport.write("that was all");
        transport.lose_connection();
      };
      auto peer = adopt(*reactor, wire, connection);
      peer.shut_write();
      CHECK(run_beside(*reactor, [&] { return peer.receive_all(); }) == "that was all");
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made eof lost");
      CHECK(connection->lost->is(Error::connection_done));
    }
}

TEST_CASE("Writing goes on after the end of input until lose_connection", "[half_close][rule22]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_eof = go_on;
      auto peer = adopt(*reactor, wire, connection);
      peer.shut_write();
      REQUIRE(run_until(*reactor, [&] { return connection->story == "made eof"; }));
      for (int i = 0; i < 3; ++i) {
        run_for(*reactor, 20ms);
        connection->calling([](Transport& transport) { transport.write("more "); });
      }
      run_turns(*reactor);
      REQUIRE_FALSE(connection->lost);
      connection->calling([](Transport& transport) { transport.lose_connection(); });
      CHECK(run_beside(*reactor, [&] { return peer.receive_all(); }) == "more more more ");
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made eof lost");
      CHECK(connection->lost->is(Error::connection_done));
    }
}

TEST_CASE("A connection whose input has ended costs no time while it is kept open",
          "[half_close][rule22]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_eof = go_on;
      auto peer = adopt(*reactor, wire, connection);
      peer.shut_write();
      REQUIRE(run_until(*reactor, [&] { return connection->story == "made eof"; }));
      auto const before = processor_time();
      run_for(*reactor, 200ms);
      CHECK(processor_time() - before < 100ms);
      CHECK_FALSE(connection->lost);
    }
}

TEST_CASE("lose_write_connection sends, shuts the write side, tells, and reading goes on",
          "[half_close][rule23]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const wanted = pattern(5'000'000);
      connection->calling([&](Transport& transport) {
        transport.write(wanted);
        transport.lose_write_connection();
        transport.lose_write_connection();
        transport.write("dropped");
      });
      CHECK(connection->story == "made");
      auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
      CHECK(difference(got, wanted) == "equal");
      REQUIRE(run_until(*reactor, [&] { return connection->story.ends_with("write-lost"); }));
      CHECK_FALSE(connection->lost);
      peer.send("I hear you");
      REQUIRE(run_until(*reactor, [&] { return connection->received == "I hear you"; }));
      peer.close();
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made pause resume write-lost data eof lost");
      CHECK(connection->lost->is(Error::connection_done));
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("lose_connection after lose_write_connection has finished closes at once",
          "[half_close][rule18]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_write_lost = [](Transport& transport) { transport.lose_connection(); };
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      connection->calling([](Transport& transport) { transport.lose_write_connection(); });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made write-lost lost");
      CHECK(connection->lost->is(Error::connection_done));
    }
}

TEST_CASE("What eof_received or write_connection_lost throws ends the connection with it",
          "[half_close][rule24]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  SECTION("eof_received") {
    connection->on_eof = [](Transport&) { throw std::runtime_error("unfit"); };
    peer.shut_write();
  }
  SECTION("write_connection_lost") {
    connection->on_write_lost = [](Transport&) { throw std::runtime_error("unfit"); };
    connection->calling([](Transport& transport) { transport.lose_write_connection(); });
  }
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->reason() == "unfit");
  CHECK(log.count("unfit") == 1);
}

TEST_CASE("When both halves are closed the connection is lost, whichever went first",
          "[half_close][rule25]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_eof = go_on;
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const ours = [&] {
        connection->calling([](Transport& transport) { transport.lose_write_connection(); });
        run_turns(*reactor);
      };
      auto const theirs = [&] {
        peer.shut_write();
        run_turns(*reactor);
      };
      SECTION("ours") {
        ours();
        theirs();
        CHECK(connection->story == "made write-lost eof lost");
      }
      SECTION("theirs") {
        theirs();
        ours();
        CHECK(connection->story == "made eof write-lost lost");
      }
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::connection_done));
    }
}

TEST_CASE("lose_write_connection inside eof_received closes both halves in order",
          "[half_close][rule25]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_eof = [](Transport& transport) {
    transport.write("bye");
    transport.lose_write_connection();
  };
  auto peer = adopt(*reactor, connection);
  peer.shut_write();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made eof write-lost lost");
  CHECK(connection->lost->is(Error::connection_done));
  CHECK(peer.receive_all() == "bye");
}

TEST_CASE("The end of input while reading is paused is told once reading goes on, data first",
          "[half_close][rule22]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_made = [](Transport& transport) { transport.pause_producing(); };
      auto peer = adopt(*reactor, wire, connection);
      auto const sent = pattern(100'000);
      REQUIRE(peer.send(sent));
      SECTION("half closed") { peer.shut_write(); }
      SECTION("closed") { peer.close(); }
      auto const before = processor_time();
      run_for(*reactor, 200ms);
      CHECK(processor_time() - before < 100ms);
      CHECK(connection->story == "made");
      connection->calling([](Transport& transport) { transport.resume_producing(); });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made data eof lost");
      CHECK(difference(connection->received, sent) == "equal");
      CHECK(connection->lost->is(Error::connection_done));
    }
}

}  // namespace
