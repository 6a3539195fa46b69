// forward_to: bytes from one connection to another without the protocol.
#include <sys/stat.h>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// source_peer -> source ==> sink -> sink_peer
struct Scene {
  explicit Scene(Wire const& from = wires().front(), Wire const& to = wires().front()) {
    source->on_eof = [this](Transport&) {
      if (sink->transport) sink->transport->lose_write_connection();
    };
    source_peer = adopt(*reactor, from, source);
    sink_peer = adopt(*reactor, to, sink);
    run_turns(*reactor);
  }
  bool forward() {
    auto done = false;
    source->calling([&](Transport& from) { done = from.forward_to(*sink->transport); });
    return done;
  }
  // Offers the source what it takes until nothing moves any more; how much that was.
  std::size_t fill() {
    std::size_t offered = 0;
    int quiet = 0;
    run_until(*reactor, [&] {
      auto const more = source_peer.fill();
      offered += more;
      quiet = more == 0 ? quiet + 1 : 0;
      return quiet > 50;
    });
    return offered;
  }

  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> source = make_connection();
  std::shared_ptr<Connection> sink = make_connection();
  Peer source_peer;
  Peer sink_peer;
};

TEST_CASE("What one connection forwards arrives on the other whole, with its end", "[forwarding]") {
  for (auto const& from : plain_wires())
    for (auto const& to : plain_wires()) DYNAMIC_SECTION(from.name << " to " << to.name) {
        Scene scene(from, to);
        REQUIRE(scene.forward());
        auto const sent = pattern(20'000'000);
        auto const got = run_beside(*scene.reactor, [&] {
          return send_through(scene.source_peer, scene.sink_peer, sent);
        });
        CHECK(difference(got, sent) == "equal");
        CHECK(scene.source->received.empty());
        CHECK(scene.source->story == "made eof");
        CHECK(scene.source->transport->traffic().received == sent.size());
        CHECK(scene.sink->transport->traffic().sent == sent.size());
      }
}

TEST_CASE("Both directions can be forwarded at once", "[forwarding]") {
  Scene scene;
  scene.source->on_eof = scene.sink->on_eof = nullptr;
  REQUIRE(scene.forward());
  scene.sink->calling([&](Transport& from) { REQUIRE(from.forward_to(*scene.source->transport)); });
  auto const sent = pattern(3'000'000);
  run_beside(*scene.reactor, [&] {
    std::thread one([&] { scene.source_peer.send(sent); });
    std::thread two([&] { scene.sink_peer.send(sent); });
    std::thread three(
        [&] { CHECK(difference(scene.source_peer.receive(sent.size()), sent) == "equal"); });
    CHECK(difference(scene.sink_peer.receive(sent.size()), sent) == "equal");
    for (auto* each : {&one, &two, &three}) each->join();
    return true;
  });
}

TEST_CASE("What the sink had written before goes first", "[forwarding]") {
  Scene scene;
  auto const before = pattern(8'000'000);
  scene.sink->calling([&](Transport& transport) { transport.write(before); });
  REQUIRE(scene.forward());
  scene.source_peer.send("and this");
  scene.source_peer.shut_write();
  auto const got = run_beside(*scene.reactor, [&] { return scene.sink_peer.receive_all(); });
  CHECK(difference(got, before + "and this") == "equal");
}

TEST_CASE("A sink that is not read from stops the source, without spinning, and loses nothing",
          "[forwarding]") {
  Scene scene;
  REQUIRE(scene.forward());
  auto const offered = scene.fill();
  auto const before = processor_time();
  run_for(*scene.reactor, 200ms);
  CHECK(processor_time() - before < 100ms);
  scene.source_peer.shut_write();
  auto const got = run_beside(*scene.reactor, [&] { return scene.sink_peer.receive_all().size(); });
  CHECK(got == offered);
}

TEST_CASE("A source whose peer resets while the sink is full gives what it had taken, then ends",
          "[forwarding]") {
  Scene scene;
  REQUIRE(scene.forward());
  int quiet = 0;
  run_until(*scene.reactor, [&] {
    quiet = scene.source_peer.fill() == 0 ? quiet + 1 : 0;
    return quiet > 20;
  });
  scene.source_peer.reset();
  auto const before = processor_time();
  run_for(*scene.reactor, 200ms);
  CHECK(processor_time() - before < 100ms);
  CHECK_FALSE(scene.source->lost);
  std::size_t got = 0;
  run_until(*scene.reactor, [&] {
    got += scene.sink_peer.receive_now().size();
    return scene.source->destroyed;
  });
  run_turns(*scene.reactor);
  got += scene.sink_peer.receive_now().size();
  REQUIRE(scene.source->lost);
  CHECK(scene.source->lost->code() == std::errc::connection_reset);
}

TEST_CASE("Forwarding is paused and resumed with the source", "[forwarding][rule138]") {
  Scene scene;
  REQUIRE(scene.forward());
  scene.source->calling([](Transport& transport) { transport.pause_producing(); });
  scene.source_peer.send("wait");
  run_turns(*scene.reactor, 5);
  CHECK(scene.sink_peer.receive_now().empty());
  scene.source->calling([](Transport& transport) { transport.resume_producing(); });
  std::string got;
  REQUIRE(run_until(*scene.reactor, [&] {
    got += scene.sink_peer.receive_now();
    return got == "wait";
  }));
}

TEST_CASE("A source whose sink is lost goes on as before: its data go to its protocol",
          "[forwarding]") {
  Scene scene;
  REQUIRE(scene.forward());
  SECTION("while idle") {}
  SECTION("while the sink was full") {
    int quiet = 0;
    run_until(*scene.reactor, [&] {
      quiet = scene.source_peer.fill() == 0 ? quiet + 1 : 0;
      return quiet > 20;
    });
  }
  scene.sink_peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.sink->destroyed; }));
  scene.source_peer.shut_write();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.source->story.ends_with("eof"); }));
}

TEST_CASE("A source learns of its end though its sink's output has failed", "[forwarding]") {
  // The sink's protocol does not read, so the sink is not over when its output is.
  Scene scene;
  REQUIRE(scene.forward());
  scene.sink->calling([](Transport& transport) { transport.pause_producing(); });
  run_turns(*scene.reactor);
  scene.sink_peer.reset();
  scene.source_peer.send("to nobody");
  run_turns(*scene.reactor, 5);
  scene.source_peer.shut_write();
  auto const before = processor_time();
  run_for(*scene.reactor, 100ms);
  CHECK(processor_time() - before < 50ms);
  scene.sink->calling([](Transport& transport) { transport.resume_producing(); });
  REQUIRE(run_until(*scene.reactor, [&] { return scene.sink->destroyed; }));
  CHECK(scene.sink->lost->is(Error::connection_lost));
  CHECK(run_until(*scene.reactor, [&] { return scene.source->story.ends_with("eof"); }, 2s));
}

TEST_CASE("Forwarding can be turned to another sink", "[forwarding]") {
  Scene scene;
  REQUIRE(scene.forward());
  auto const second = make_connection();
  auto second_peer = adopt(*scene.reactor, second);
  run_turns(*scene.reactor);
  scene.source->calling([&](Transport& from) { CHECK(from.forward_to(*second->transport)); });
  scene.sink_peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.sink->destroyed; }));
  scene.source_peer.send("over here");
  std::string got;
  REQUIRE(run_until(*scene.reactor, [&] {
    got += second_peer.receive_now();
    return got == "over here";
  }));
  scene.source_peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.source->destroyed; }));
  run_turns(*scene.reactor);
  second_peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return second->destroyed; }));
}

TEST_CASE("Two sources of one sink end well, whoever goes first", "[forwarding]") {
  Scene scene;
  auto const second = make_connection();
  auto second_peer = adopt(*scene.reactor, second);
  run_turns(*scene.reactor);
  REQUIRE(scene.forward());
  second->calling([&](Transport& from) { from.forward_to(*scene.sink->transport); });
  scene.sink_peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.sink->destroyed; }));
  run_turns(*scene.reactor);
  scene.source_peer.send("one");
  second_peer.send("two");
  run_turns(*scene.reactor, 5);
  scene.source_peer.close();
  second_peer.close();
  REQUIRE(run_until(*scene.reactor, [&] {
    for (auto* each : {scene.source.get(), second.get()})
      each->calling([](Transport& transport) { transport.lose_connection(); });
    return scene.source->destroyed && second->destroyed;
  }));
}

TEST_CASE("Nothing can be forwarded to a lost connection", "[forwarding]") {
  Scene scene;
  scene.sink->on_lost = [&](Transport& gone, Failure const&) {
    scene.source->calling([&](Transport& from) { CHECK_FALSE(from.forward_to(gone)); });
  };
  scene.sink_peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.sink->destroyed; }));
  run_turns(*scene.reactor);
  scene.source_peer.send("nobody there");
  run_turns(*scene.reactor, 5);
  CHECK(scene.source->received == "nobody there");
}

TEST_CASE("A connection can forward to itself: an echo by the kernel", "[forwarding]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) { CHECK(transport.forward_to(transport)); };
  auto peer = adopt(*reactor, connection);
  auto const sent = pattern(5'000'000);
  auto const got = run_beside(*reactor, [&] { return send_through(peer, peer, sent); });
  CHECK(difference(got, sent) == "equal");
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->lost->is(Error::connection_done));
}

TEST_CASE("lose_connection on the sink still sends what forwarding had taken", "[forwarding]") {
  Scene scene;
  REQUIRE(scene.forward());
  scene.fill();
  auto const taken = scene.source->transport->traffic().received;
  scene.sink->calling([](Transport& transport) { transport.lose_connection(); });
  auto const got = run_beside(*scene.reactor, [&] { return scene.sink_peer.receive_all().size(); });
  CHECK(got >= taken);
  CHECK(run_until(*scene.reactor, [&] { return scene.sink->destroyed; }));
}

TEST_CASE("Forwarding keeps the idle limits of both ends at bay", "[forwarding][idle]") {
  Scene scene;
  REQUIRE(scene.forward());
  for (auto* each : {scene.source.get(), scene.sink.get()})
    each->calling([](Transport& transport) { transport.set_idle_timeout(500ms); });
  auto const begin = scene.reactor->now();
  run_until(*scene.reactor, [&] {
    scene.source_peer.send("x");
    scene.sink_peer.receive_now();
    return scene.source->lost || scene.sink->lost || scene.reactor->now() - begin > 1200ms;
  });
  CHECK_FALSE(scene.source->lost);
  CHECK_FALSE(scene.sink->lost);
}

}  // namespace
