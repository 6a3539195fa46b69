// Producers: who makes output for a transport is paused and resumed by it.
#include <string>
#include <vector>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Writes blocks as it is asked to, and keeps what it was told.
class BlockProducer final : public Producer {
 public:
  BlockProducer(Connection& connection, int blocks) : connection_(connection), blocks_(blocks) {}

  void resume_producing() override {
    told += "r";
    if (connection_.depth > 0) inside_call = true;
    if (blocks_ > 0) {
      sent += pattern(16384);
      connection_.transport->write(pattern(16384));
      --blocks_;
    }
    if (blocks_ == 0 && connection_.transport) connection_.transport->unregister_producer();
  }
  void pause_producing() override { told += "p"; }
  void stop_producing() override { told += "s"; }

  std::string told;  // r: resume, p: pause, s: stop
  std::string sent;
  bool inside_call = false;

 private:
  Connection& connection_;
  int blocks_;
};

struct Scene {
  explicit Scene(bool paused_by_default = true) {
    if (!paused_by_default) connection->on_pause = connection->on_resume = go_on;
    peer = adopt(*reactor, connection);
    run_turns(*reactor);
  }
  void add(Producer& producer, bool streaming) {
    connection->calling(
        [&](Transport& transport) { transport.register_producer(producer, streaming); });
  }

  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  Peer peer;
};

TEST_CASE("A second producer is refused while the first is registered", "[producers][rule135]") {
  Scene scene;
  BlockProducer first(*scene.connection, 0);
  BlockProducer second(*scene.connection, 0);
  scene.add(first, true);
  CHECK_THROWS_AS(scene.add(second, true), ProducerRegistered);
  scene.connection->depth = 0;  // calling() was left by the exception
  scene.connection->calling([](Transport& transport) { transport.unregister_producer(); });
  CHECK_NOTHROW(scene.add(second, true));
}

TEST_CASE("A producer registered on a lost transport is stopped at once", "[producers][rule135]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 0);
  scene.connection->on_lost = [&](Transport& transport, Failure const&) {
    transport.register_producer(producer, true);
    CHECK(producer.told == "s");
  };
  scene.peer.close();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(producer.told == "s");
}

TEST_CASE("A streaming producer is paused above the high mark and resumed at the low one",
          "[producers][rule136]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 1000);
  scene.add(producer, true);
  CHECK(producer.told.empty());
  scene.connection->calling([](Transport& transport) { transport.write(pattern(10'000'000)); });
  CHECK(producer.told.empty());
  run_turns(*scene.reactor, 5);
  CHECK(producer.told == "p");
  CHECK(scene.connection->story == "made");
  run_beside(*scene.reactor, [&] { return scene.peer.receive(10'000'000).size(); });
  REQUIRE(run_until(*scene.reactor, [&] { return producer.told == "pr"; }));
  CHECK_FALSE(producer.inside_call);
}

TEST_CASE("A streaming producer that comes while too much is unsent is paused",
          "[producers][rule136]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 1000);
  scene.connection->calling([](Transport& transport) { transport.write(pattern(10'000'000)); });
  run_turns(*scene.reactor, 5);
  REQUIRE(scene.connection->story == "made pause");
  scene.add(producer, true);
  scene.connection->calling([](Transport& transport) { transport.write("and more"); });
  run_turns(*scene.reactor, 5);
  CHECK(producer.told == "p");
}

TEST_CASE("A protocol that was paused is resumed though a producer came in between",
          "[producers][rule136]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 0);
  scene.connection->calling([](Transport& transport) { transport.write(pattern(10'000'000)); });
  run_turns(*scene.reactor, 5);
  REQUIRE(scene.connection->story == "made pause");
  scene.add(producer, true);
  run_beside(*scene.reactor, [&] { return scene.peer.receive(10'000'000).size(); });
  run_until(*scene.reactor, [&] { return scene.connection->transport->unsent() == 0; });
  scene.peer.send("do you hear me?");
  CHECK(run_until(*scene.reactor, [&] { return !scene.connection->received.empty(); }, 2s));
}

TEST_CASE("A pulling producer is asked at registering and whenever nothing is queued",
          "[producers][rule137][rule139]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 200);
  scene.add(producer, false);
  CHECK(producer.told.empty());
  auto const got = run_beside(*scene.reactor, [&] { return scene.peer.receive(200 * 16384); });
  CHECK(got.size() == 200 * 16384);
  CHECK(difference(got, producer.sent) == "equal");
  CHECK(producer.told == std::string(200, 'r'));
  CHECK_FALSE(producer.inside_call);
}

TEST_CASE("A pulling producer is not asked while a peer does not read", "[producers][rule137]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 100'000);
  scene.add(producer, false);
  run_until(*scene.reactor, [&] { return scene.connection->transport->unsent() > 0; });
  run_turns(*scene.reactor, 5);
  auto const asked = producer.told.size();
  auto const before = processor_time();
  run_for(*scene.reactor, 100ms);
  CHECK(processor_time() - before < 50ms);
  CHECK(producer.told.size() == asked);
  CHECK(scene.connection->transport->unsent() <= 16384);
}

TEST_CASE("A lost connection stops the producer once and forgets it", "[producers][rule138]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 0);
  scene.add(producer, true);
  scene.peer.reset();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(producer.told == "s");
}

TEST_CASE("lose_connection waits for the producer, then for what it wrote", "[producers][rule17]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 50);
  scene.add(producer, false);
  scene.connection->calling([](Transport& transport) { transport.lose_connection(); });
  // What the protocol writes now is dropped, and so is what the producer writes: it ends by itself.
  auto const got = run_beside(*scene.reactor, [&] { return scene.peer.receive_all(); });
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(scene.connection->lost->is(Error::connection_done));
  CHECK(difference(got, producer.sent) == "equal");
}

TEST_CASE("lose_connection with a streaming producer closes when it unregisters",
          "[producers][rule17]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 0);
  scene.add(producer, true);
  scene.connection->calling([](Transport& transport) { transport.lose_connection(); });
  run_turns(*scene.reactor, 5);
  CHECK_FALSE(scene.connection->lost);
  CHECK_FALSE(scene.peer.ended());
  scene.connection->calling([](Transport& transport) { transport.unregister_producer(); });
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(scene.connection->lost->is(Error::connection_done));
  CHECK(producer.told.empty());
}

TEST_CASE("abort_connection ignores the producer", "[producers][rule19]") {
  Scene scene;
  BlockProducer producer(*scene.connection, 0);
  scene.add(producer, true);
  scene.connection->calling([](Transport& transport) { transport.abort_connection(); });
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(producer.told == "s");
  CHECK(scene.connection->lost->is(Error::connection_aborted));
}

TEST_CASE("A producer may close the connection inside resume_producing", "[producers][rule139]") {
  struct Closing final : Producer {
    explicit Closing(Transport& to) : transport(to) {}
    void resume_producing() override {
      transport.write("last words");
      transport.unregister_producer();
      transport.lose_connection();
    }
    Transport& transport;
  };
  Scene scene;
  Closing producer(*scene.connection->transport);
  scene.add(producer, false);
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(scene.connection->lost->is(Error::connection_done));
  CHECK(scene.peer.receive_all() == "last words");
}

TEST_CASE("What a producer throws ends the connection with it", "[producers][rule7]") {
  struct Broken final : Producer {
    void resume_producing() override { throw std::runtime_error("out of stock"); }
  } producer;
  LogLines const log;
  Scene scene;
  scene.add(producer, false);
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->destroyed; }));
  CHECK(scene.connection->reason() == "out of stock");
}

}  // namespace
