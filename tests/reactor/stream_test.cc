// The life of one connection: order of the callbacks, reasons, what write and the three ways to
// close do.
#include "reactor/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("A protocol hears connection_made, its data, the end of input, then its loss",
          "[stream][rule1][rule3][rule5]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      peer.send("hello");
      peer.shut_write();
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made data eof lost");
      CHECK(connection->received == "hello");
      CHECK(connection->lost->is(Error::connection_done));
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("Data that came before the connection was taken over is received after connection_made",
          "[stream][rule1]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto ends = tcp_ends();
  ends.peer.send("early");
  auto const factory = factory_for(connection);
  reactor->adopt(ends.ours, {}, *factory);
  REQUIRE(run_until(*reactor, [&] { return connection->received == "early"; }));
  CHECK(connection->story == "made data");
}

TEST_CASE("adopt runs no callback before it returns", "[stream][reentrancy]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const peer = adopt(*reactor, connection);
  CHECK_FALSE(connection->made);
  CHECK(run_until(*reactor, [&] { return connection->made; }));
}

TEST_CASE("The loss comes once, whatever else is asked for afterwards", "[stream][rule5][rule16]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_lost = [](Transport& transport, Failure const&) {
    transport.write("nobody");
    transport.lose_connection();
    transport.abort_connection();
    transport.lose_write_connection();
    transport.pause_producing();
    transport.resume_producing();
  };
  auto peer = adopt(*reactor, connection);
  peer.close();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  run_turns(*reactor, 5);
  CHECK(connection->story == "made eof lost");
  CHECK_FALSE(connection->nested);
}

TEST_CASE("A reset by the peer is a lost connection with the system's reason", "[stream][rule6]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  peer.reset();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made lost");
  CHECK(connection->lost->is(Error::connection_lost));
  CHECK(connection->lost->code() == std::errc::connection_reset);
}

TEST_CASE("What data_received throws ends that connection with it as the reason, others go on",
          "[stream][rule7]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const broken = make_connection();
  auto const sound = make_connection();
  broken->on_data = [](Transport&, Bytes) { throw std::runtime_error("cannot read this"); };
  sound->on_data = echo;
  auto broken_peer = adopt(*reactor, broken);
  auto sound_peer = adopt(*reactor, sound);
  broken_peer.send("x");
  REQUIRE(run_until(*reactor, [&] { return broken->destroyed; }));
  CHECK(broken->reason() == "cannot read this");
  CHECK_THROWS_AS(broken->lost->rethrow(), std::runtime_error);
  CHECK(log.count("cannot read this") == 1);
  CHECK(broken_peer.receive_all() == "");
  sound_peer.send("still here");
  CHECK(run_until(*reactor, [&] { return sound->received == "still here"; }));
}

TEST_CASE("What connection_made throws ends the connection with it as the reason",
          "[stream][rule8]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport&) { throw std::runtime_error("not today"); };
  auto peer = adopt(*reactor, connection);
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made lost");
  CHECK(connection->reason() == "not today");
  CHECK(log.count("not today") == 1);
}

TEST_CASE("What connection_lost throws is logged and harms nobody", "[stream][rule7]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_lost = [](Transport&, Failure const&) { throw std::runtime_error("late"); };
  adopt(*reactor, connection).close();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(log.count("late") == 1);
  CHECK(reactor->connections() == 0);
}

TEST_CASE("At most 65,536 bytes are handed over at a time", "[stream][rule9]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  auto const sent = pattern(1'000'000);
  CHECK(run_beside(*reactor, [&] { return peer.send(sent); }));
  REQUIRE(run_until(*reactor, [&] { return connection->received.size() >= sent.size(); }));
  CHECK(connection->largest_chunk <= 65536);
  CHECK(difference(connection->received, sent) == "equal");
}

TEST_CASE("Writes of every size leave in the order of the calls", "[stream][rule10][rule11]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      std::string wanted;
      connection->on_made = [&](Transport& transport) {
        auto const shared = std::make_shared<std::string const>(pattern(5000));
        for (std::size_t i = 1; i < 200; ++i) {
          auto const piece = pattern(i * i);
          transport.write(piece);
          transport.write("");
          transport.write(shared);
          transport.write(std::make_shared<std::string const>());
          transport.write(SharedBytes());
          wanted += piece + *shared;
        }
        Bytes const pieces[] = {bytes("one "), bytes(""), bytes("two "), bytes("three")};
        transport.write_sequence(pieces);
        wanted += "one two three";
        transport.lose_connection();
      };
      auto peer = adopt(*reactor, wire, connection);
      auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
      CHECK(difference(got, wanted) == "equal");
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::connection_done));
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("What one turn writes in small pieces leaves together", "[stream][rule10]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  connection->calling([](Transport& transport) {
    for (int i = 0; i < 100; ++i) transport.write("x");
    CHECK(transport.unsent() == 100);
    CHECK(transport.traffic().sent == 0);
  });
  CHECK(peer.receive_now().empty());
  REQUIRE(run_until(*reactor, [&] { return connection->transport->traffic().sent > 0; }));
  CHECK(peer.receive_now() == std::string(100, 'x'));
  CHECK(connection->transport->unsent() == 0);
}

TEST_CASE("One shared message reaches many peers without a copy", "[stream]") {
  auto const reactor = make_reactor();
  auto message = std::make_shared<std::string const>(pattern(100'000));
  std::vector<std::shared_ptr<Connection>> connections;
  std::vector<Peer> peers;
  for (int i = 0; i < 10; ++i) {
    connections.push_back(make_connection());
    peers.push_back(adopt(*reactor, connections.back()));
  }
  run_turns(*reactor);
  for (auto const& each : connections)
    each->calling([&](Transport& transport) { transport.write(message); });
  CHECK(message.use_count() == 11);
  for (auto& peer : peers) {
    auto const got = run_beside(*reactor, [&] { return peer.receive(message->size()); });
    CHECK(difference(got, *message) == "equal");
  }
  REQUIRE(run_until(*reactor, [&] { return message.use_count() == 1; }));
}

TEST_CASE("A protocol without a transport says so", "[stream][rule12]") {
  struct Hasty : Protocol {
    void hurry() { transport().write("too early"); }
  } hasty;
  CHECK_FALSE(hasty.connected());
  CHECK_THROWS_AS(hasty.hurry(), std::logic_error);
}

TEST_CASE("What is written after lose_connection is dropped", "[stream][rule13]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_made = [](Transport& transport) {
        transport.write("kept");
        transport.lose_connection();
        CHECK(transport.disconnecting());
        transport.write("dropped");
        transport.write(std::make_shared<std::string const>("dropped"));
      };
      auto peer = adopt(*reactor, wire, connection);
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(peer.receive_all() == "kept");
    }
}

TEST_CASE("lose_connection sends all that was written, however slowly the peer reads",
          "[stream][rule14]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto const wanted = pattern(10'000'000);
      connection->on_made = [&](Transport& transport) {
        transport.write(wanted);
        transport.lose_connection();
      };
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor, 10);
      CHECK_FALSE(connection->lost);
      auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
      CHECK(difference(got, wanted) == "equal");
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made pause resume lost");
      CHECK(connection->lost->is(Error::connection_done));
      CHECK_FALSE(connection->nested);
    }
}

TEST_CASE("lose_connection sends all that was written though the peer's own words go unread",
          "[stream][rule14][rule15]") {
  // Closing a TCP socket with unread input resets it, and what the peer has not fetched is gone.
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const wanted = pattern(3'000'000);
  connection->on_data = [&](Transport& transport, Bytes) {
    transport.write(wanted);
    transport.lose_connection();
  };
  auto peer = adopt(*reactor, connection);
  peer.send(pattern(300'000));  // one read takes 65,536
  auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
  CHECK(difference(got, wanted) == "equal");
  CHECK(peer.error() == 0);
  peer.close();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->received.size() <= 65536);
  CHECK(connection->lost->is(Error::connection_done));
}

TEST_CASE("A peer that never closes does not hold a lost connection for ever", "[stream][rule14]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = [&](Transport& transport, Bytes) {
    transport.write("bye");
    transport.lose_connection();
  };
  auto peer = adopt(*reactor, connection);
  peer.send(pattern(300'000));
  auto const begin = reactor->now();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(reactor->now() - begin < 4s);
  CHECK(peer.receive_all() == "bye");
}

TEST_CASE("The loss after lose_connection comes later, not inside the call", "[stream][rule14]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const peer = adopt(*reactor, connection);
  run_turns(*reactor);
  connection->calling([](Transport& transport) { transport.lose_connection(); });
  CHECK_FALSE(connection->lost);
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK_FALSE(connection->nested);
}

TEST_CASE("Nothing is received after lose_connection, though it had arrived", "[stream][rule15]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      peer.send("unread");
      connection->calling([](Transport& transport) { transport.lose_connection(); });
      REQUIRE(run_until(*reactor, [&] { return connection->transport == nullptr; }));
      CHECK(connection->story == "made lost");
      CHECK(connection->lost->is(Error::connection_done));
    }
}

TEST_CASE("A timer that loses the connection in the turn in which input arrives ends it in order",
          "[stream][rule6][rule14]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      // Both are there when the next turn begins: the input and the timer.
      auto const timer = reactor->call_later(0s, [&] {
        connection->calling([](Transport& transport) {
          transport.write("good bye");
          transport.lose_connection();
        });
      });
      peer.send("hello");
      REQUIRE(run_until(*reactor, [&] { return connection->lost.has_value() || peer.ended(); }));
      CHECK(peer.receive_all() == "good bye");
      peer.close();
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->reason() == "Connection closed");
    }
}

TEST_CASE("A timer that has nothing to write loses the connection in order, too",
          "[stream][rule6][rule14]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const timer = reactor->call_later(0s, [&] {
        connection->calling([](Transport& transport) { transport.lose_connection(); });
      });
      peer.send("hello");
      REQUIRE(run_until(*reactor, [&] { return connection->lost.has_value() || peer.ended(); }));
      CHECK(peer.receive_all() == "");
      CHECK(peer.error() == 0);
      peer.close();
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->reason() == "Connection closed");
    }
}

TEST_CASE("Both sides closing in the same turn is an orderly end", "[stream][rule6]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      auto const timer = reactor->call_later(0s, [&] {
        connection->calling([](Transport& transport) { transport.lose_connection(); });
      });
      peer.close();
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made lost");
      CHECK(connection->reason() == "Connection closed");
    }
}

TEST_CASE("lose_connection twice is the same as once", "[stream][rule16]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) {
    transport.write("bye");
    transport.lose_connection();
    transport.lose_connection();
  };
  auto peer = adopt(*reactor, connection);
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made lost");
  CHECK(peer.receive_all() == "bye");
}

TEST_CASE("abort_connection drops what is queued, resets, and tells the protocol later",
          "[stream][rule19]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      connection->calling([](Transport& transport) {
        transport.write("never seen");
        transport.abort_connection();
        transport.abort_connection();
        CHECK(transport.unsent() == 0);
      });
      CHECK_FALSE(connection->lost);
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->story == "made lost");
      CHECK(connection->lost->is(Error::connection_aborted));
      CHECK(connection->lost->is(Error::connection_lost));
      CHECK_FALSE(connection->nested);
      CHECK(peer.receive_all() == "");
      if (wire.tcp) CHECK(peer.error() == ECONNRESET);
    }
}

TEST_CASE("abort_connection works while lose_connection waits for a peer that does not read",
          "[stream][rule20]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      connection->on_made = [](Transport& transport) {
        transport.write(pattern(10'000'000));
        transport.lose_connection();
      };
      auto const peer = adopt(*reactor, wire, connection);
      run_turns(*reactor, 5);
      REQUIRE(connection->transport);
      connection->calling([](Transport& transport) { transport.abort_connection(); });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(connection->lost->is(Error::connection_aborted));
    }
}

TEST_CASE("Addresses of both sides can be asked for, in connection_lost as well",
          "[stream][rule26]") {
  auto const reactor = make_reactor();
  RawListener listener;
  auto peer = Peer::connect(listener.address());
  auto accepted = accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  REQUIRE(accepted >= 0);
  auto const remote = Address::ip("127.0.0.1", 4711).value();
  auto const connection = make_connection();
  connection->on_lost = [&](Transport& transport, Failure const&) {
    CHECK(transport.peer() == remote);
    CHECK(transport.host() == listener.address());
  };
  auto const factory = factory_for(connection);
  reactor->adopt(accepted, remote, *factory);
  run_turns(*reactor);
  CHECK(connection->transport->host() == listener.address());
  SECTION("after the end of input") { peer.close(); }
  SECTION("after a reset") { peer.reset(); }
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
}

TEST_CASE("TCP_NODELAY and keep-alive are off until they are switched on", "[stream][rule28]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const peer = adopt(*reactor, connection);
  run_turns(*reactor);
  auto& transport = *connection->transport;
  CHECK_FALSE(transport.tcp_no_delay());
  CHECK_FALSE(transport.tcp_keep_alive());
  transport.set_tcp_no_delay(true);
  transport.set_tcp_keep_alive(true);
  CHECK(transport.tcp_no_delay());
  CHECK(transport.tcp_keep_alive());
  transport.set_tcp_no_delay(false);
  CHECK_FALSE(transport.tcp_no_delay());
}

TEST_CASE("Traffic counts what the system took and what the protocol got", "[stream]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = echo;
  Traffic at_end;
  connection->on_lost = [&](Transport& transport, Failure const&) { at_end = transport.traffic(); };
  auto peer = adopt(*reactor, connection);
  peer.send("hello");
  peer.shut_write();
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(at_end.received == 5);
  CHECK(at_end.sent == 5);
}

TEST_CASE("A connection on which nothing moves for too long times out", "[stream][idle]") {
  auto const reactor = make_reactor();
  auto const quiet = make_connection();
  auto const busy = make_connection();
  auto const quiet_peer = adopt(*reactor, quiet);
  auto busy_peer = adopt(*reactor, busy);
  run_turns(*reactor);
  auto const begin = reactor->now();
  for (auto* each : {quiet.get(), busy.get()})
    each->calling([](Transport& transport) { transport.set_idle_timeout(400ms); });
  REQUIRE(run_until(*reactor, [&] {
    busy_peer.send("x");
    return quiet->destroyed && reactor->now() - begin > 1s;
  }));
  CHECK(quiet->lost->is(Error::idle_timeout));
  CHECK(quiet->lost->is(Error::timed_out));
  CHECK_FALSE(busy->lost);
  busy->calling([](Transport& transport) { transport.set_idle_timeout(Duration::zero()); });
  run_for(*reactor, 600ms);
  CHECK_FALSE(busy->lost);
}

TEST_CASE("A limit that is set for each request keeps its one timer", "[stream][idle]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const peer = adopt(*reactor, connection);
  run_turns(*reactor);
  auto const limit = [&](Duration time) {
    connection->calling([time](Transport& transport) { transport.set_idle_timeout(time); });
  };
  limit(1h);
  auto const calls = reactor->delayed_calls();
  CHECK(calls.size() == 1);
  for (auto const time : {0h, 3h, 0h, 2h}) limit(time);
  CHECK(reactor->delayed_calls() == calls);
  limit(50ms);
  CHECK(reactor->delayed_calls().front() < calls.front());
  auto const begin = reactor->now();
  limit(150ms);
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(reactor->now() - begin >= 150ms);
  CHECK(connection->lost->is(Error::idle_timeout));
}

TEST_CASE("Output that moves is no idleness", "[stream][idle]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  connection->calling([](Transport& transport) { transport.set_idle_timeout(500ms); });
  auto const begin = reactor->now();
  run_until(*reactor, [&] {
    connection->calling([](Transport& transport) { transport.write("x"); });
    return connection->lost || reactor->now() - begin > 1200ms;
  });
  CHECK_FALSE(connection->lost);
}

TEST_CASE("A limit ends a lose_connection that a peer which does not read holds up",
          "[stream][idle][rule14]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) {
    transport.set_idle_timeout(100ms);
    transport.write(pattern(10'000'000));
    transport.lose_connection();
  };
  auto const peer = adopt(*reactor, connection);
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->lost->is(Error::idle_timeout));
}

TEST_CASE("An idle limit set after lose_connection still lets it end", "[stream][idle][rule14]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = [](Transport& transport, Bytes) { transport.lose_connection(); };
  auto peer = adopt(*reactor, connection);
  peer.send(pattern(300'000));
  REQUIRE(run_until(*reactor, [&] { return peer.ended(); }));
  connection->calling([](Transport& transport) { transport.set_idle_timeout(Duration::zero()); });
  CHECK(run_until(*reactor, [&] { return connection->destroyed; }, 5s));
}

TEST_CASE("A closed connection is out of the set though its descriptor lives on in a copy",
          "[stream][epoll]") {
  // As in a child between fork and exec: epoll knows descriptions, not descriptors.
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto ends = tcp_ends();
  auto const copy = dup(ends.ours);
  auto const factory = factory_for(connection);
  reactor->adopt(ends.ours, {}, *factory);
  run_turns(*reactor);
  connection->calling([](Transport& transport) { transport.lose_connection(); });
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  ends.peer.send("to whom?");
  auto const before = processor_time();
  run_for(*reactor, 100ms);
  CHECK(processor_time() - before < 50ms);
  close(copy);
}

}  // namespace
