// Several reactors, one per thread: each connection stays with its thread.
#include <sys/resource.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <set>
#include <system_error>

#include "reactor/reactor_pool.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// What the connections of all threads did.
struct Ledger {
  std::mutex mutex;
  std::map<std::thread::id, int> made;
  std::set<std::thread::id> strangers;  // threads that touched a connection of another one
  int lost = 0;

  int total() {
    std::scoped_lock const lock(mutex);
    int sum = 0;
    for (auto const& [thread, count] : made) sum += count;
    return sum;
  }
  int total_lost() {
    std::scoped_lock const lock(mutex);
    return lost;
  }
};

class PinnedEcho final : public Protocol {
 public:
  explicit PinnedEcho(Ledger& ledger) : ledger_(ledger) {}
  void connection_made() override {
    std::scoped_lock const lock(ledger_.mutex);
    ++ledger_.made[home_];
    check();
  }
  void data_received(Bytes data) override {
    transport().write(data);
    std::scoped_lock const lock(ledger_.mutex);
    check();
  }
  void connection_lost(Failure const&) override {
    std::scoped_lock const lock(ledger_.mutex);
    ++ledger_.lost;
    check();
  }

 private:
  void check() {
    if (std::this_thread::get_id() != home_) ledger_.strangers.insert(std::this_thread::get_id());
  }

  Ledger& ledger_;
  std::thread::id home_ = std::this_thread::get_id();
};

struct Scene {
  explicit Scene(std::size_t size) : pool(std::make_unique<ReactorPool>(*reactor, size)) {
    auto const factory = make_factory([this] { return std::make_unique<PinnedEcho>(ledger); });
    port = reactor->listen_tcp(0, factory, {.pool = pool.get()}, "127.0.0.1").value();
  }

  // So many connections have been made, and none is on its way to its thread.
  bool settles_at(int count) {
    return run_until(*reactor, [&] {
      return ledger.total() == count && pool->connections() == static_cast<std::size_t>(count);
    });
  }

  Ledger ledger;
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::unique_ptr<ReactorPool> pool;
  ListeningPort* port = nullptr;
};

TEST_CASE("Connections are spread evenly and stay with their threads", "[pool]") {
  Scene scene(3);
  CHECK(scene.pool->size() == 3);
  std::vector<Peer> peers;
  for (int i = 0; i < 30; ++i) {
    peers.push_back(Peer::connect(scene.port->host()));
    REQUIRE(scene.settles_at(i + 1));
  }
  CHECK(scene.pool->connections() == 30);
  {
    std::scoped_lock const lock(scene.ledger.mutex);
    CHECK(scene.ledger.made.size() == 3);
    for (auto const& [thread, count] : scene.ledger.made) CHECK(count == 10);
  }
  auto const text = pattern(200'000);
  for (auto& peer : peers) {
    auto const got = run_beside(*scene.reactor, [&] { return send_through(peer, peer, text); });
    CHECK(difference(got, text) == "equal");
  }
  REQUIRE(run_until(*scene.reactor, [&] { return scene.pool->connections() == 0; }));
  CHECK(scene.ledger.total_lost() == 30);
  CHECK(scene.ledger.strangers.empty());
}

TEST_CASE("A new connection goes to the least busy reactor", "[pool]") {
  Scene scene(2);
  std::vector<Peer> peers;
  for (int i = 0; i < 4; ++i) {
    peers.push_back(Peer::connect(scene.port->host()));
    REQUIRE(scene.settles_at(i + 1));
  }
  auto const own = scene.reactor->connections();
  CHECK(own == 2);
  // Those of the other reactor go; the next ones must go there.
  for (auto& peer : peers) {
    peer.send("?");
    run_until(*scene.reactor, [&] { return peer.receive_now() == "?"; });
  }
  peers.clear();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.pool->connections() == 0; }));
}

TEST_CASE("A pool of one is the main reactor alone", "[pool]") {
  Scene scene(1);
  auto peer = Peer::connect(scene.port->host());
  CHECK(run_beside(*scene.reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
  CHECK(scene.ledger.made.begin()->first == std::this_thread::get_id());
}

TEST_CASE("The end of a pool loses its connections, each in its thread", "[pool]") {
  Scene scene(3);
  std::vector<Peer> peers;
  for (int i = 0; i < 6; ++i) peers.push_back(Peer::connect(scene.port->host()));
  REQUIRE(scene.settles_at(6));
  scene.port->stop_listening().release();
  scene.pool.reset();
  CHECK(scene.ledger.total_lost() == 6 - static_cast<int>(scene.reactor->connections()));
  CHECK(scene.ledger.strangers.empty());
}

TEST_CASE("A pool drains: what was written leaves, then it fires", "[pool][drain]") {
  Scene scene(3);
  std::vector<Peer> peers;
  for (int i = 0; i < 9; ++i) peers.push_back(Peer::connect(scene.port->host()));
  for (auto& peer : peers) peer.send(pattern(50'000));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.ledger.total() == 9; }));
  for (auto& peer : peers) run_beside(*scene.reactor, [&] { return peer.receive(50'000).size(); });
  auto drained = false;
  auto const waiting = scene.pool->drain(5s).add_callback([&] { drained = true; });
  REQUIRE(run_until(*scene.reactor, [&] { return drained; }));
  CHECK(scene.pool->connections() == 0);
  CHECK(scene.ledger.total_lost() == 9);
  for (auto& peer : peers) CHECK(peer.ended());
}

TEST_CASE("A connection that comes while the pool begins to drain is drained, too",
          "[pool][drain]") {
  for (int round = 0; round < 20; ++round) {
    Scene scene(3);
    run_turns(*scene.reactor);
    std::vector<Peer> peers;
    auto drained = false;
    std::size_t left = 0;
    Deferred<void> waiting = succeed();
    scene.reactor
        ->call_later(0s,
                     [&] {
                       // They are in the queue before drain() closes the port.
                       for (int i = 0; i < 6; ++i)
                         peers.push_back(Peer::connecting(scene.port->host()));
                       waiting = scene.pool->drain(5s).add_callback([&] {
                         left = scene.pool->connections();
                         drained = true;
                       });
                     })
        .release();
    REQUIRE(run_until(*scene.reactor, [&] { return drained; }));
    CHECK(left == 0);
    run_for(*scene.reactor, 5ms);
    CHECK(scene.pool->connections() == 0);
  }
}

TEST_CASE("A factory that throws in another thread costs its connection only", "[pool]") {
  LogLines const log;
  auto const reactor = make_reactor();
  ReactorPool pool(*reactor, 2);
  std::atomic<int> built{0};
  auto const factory = make_factory([&]() -> std::unique_ptr<Protocol> {
    ++built;
    throw std::runtime_error("no stock");
  });
  auto* const port = reactor->listen_tcp(0, factory, {.pool = &pool}, "127.0.0.1").value();
  std::vector<Peer> peers;
  for (int i = 0; i < 6; ++i) peers.push_back(Peer::connect(port->host()));
  for (auto& peer : peers) CHECK(run_beside(*reactor, [&] { return peer.receive_all(); }).empty());
  CHECK(built == 6);
  CHECK(run_until(*reactor, [&] { return pool.connections() == 0; }));
}

TEST_CASE("A pool that cannot be made in full says so", "[pool]") {
  auto const report = in_child([]() -> std::string {
    auto const reactor = make_reactor();
    // A sanitizer needs descriptors to look at a type for the first time.
    {
      ReactorPool const rehearsal(*reactor, 2);
    }
    try {
      throw std::system_error(EMFILE, std::system_category(), "rehearsal");
    } catch (std::system_error const&) {
    }
    rlimit const limit{40, 40};
    setrlimit(RLIMIT_NOFILE, &limit);
    try {
      ReactorPool const pool(*reactor, 30);
      return "made";
    } catch (std::system_error const&) {
      return "told";
    }
  });
  CHECK(report == "told");
}

TEST_CASE("Connections in flood are all served by a pool", "[pool]") {
  Scene scene(3);
  auto const served = run_beside(*scene.reactor, [&] {
    int count = 0;
    for (int i = 0; i < 300; ++i) {
      auto peer = Peer::connect(scene.port->host());
      count += peer.send("ping") && peer.receive(4) == "ping";
    }
    return count;
  });
  CHECK(served == 300);
  REQUIRE(run_until(*scene.reactor, [&] { return scene.pool->connections() == 0; }));
}

}  // namespace
