// Crossing threads: call_from_thread, and what may be asked from elsewhere.
#include <thread>
#include <vector>

#include "reactor/mailbox.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("Calls from a thread wake the loop and run in it", "[threads][rule77]") {
  auto const reactor = make_reactor();
  std::thread::id ran_in;
  std::thread other([&] {
    reactor->call_from_thread([&] {
      ran_in = std::this_thread::get_id();
      reactor->crash();
    });
  });
  reactor->run(false);  // no timer would wake it
  other.join();
  CHECK(ran_in == std::this_thread::get_id());
}

TEST_CASE("A call from the loop's own thread runs later, in the next turn",
          "[threads][rule77][rule78]") {
  auto const reactor = make_reactor();
  std::string story;
  reactor->call_from_thread([&] {
    story += "one ";
    reactor->call_from_thread([&] { story += "three "; });
    story += "two ";
  });
  CHECK(story.empty());
  REQUIRE(run_until(*reactor, [&] { return story == "one two three "; }));
}

TEST_CASE("Each thread's calls keep their order, none is lost", "[threads][rule77]") {
  auto const reactor = make_reactor();
  constexpr int threads = 4;
  constexpr int calls = 5000;
  std::vector<int> next(threads, 0);
  auto in_order = true;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i)
        reactor->call_from_thread([&, t, i] {
          auto& expected = next[static_cast<std::size_t>(t)];
          in_order &= expected++ == i;
        });
    });
  CHECK(run_until(*reactor, [&] { return next == std::vector<int>(threads, calls); }));
  for (auto& each : all) each.join();
  CHECK(in_order);
}

TEST_CASE("A call that fails is logged, the others run", "[threads]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto ran = false;
  reactor->call_from_thread([] { throw std::runtime_error("mail trouble"); });
  reactor->call_from_thread([&] { ran = true; });
  CHECK(run_until(*reactor, [&] { return ran; }));
  CHECK(log.count("mail trouble") == 1);
}

TEST_CASE("stop from another thread ends run", "[threads][rule58]") {
  auto const reactor = make_reactor();
  std::atomic<bool> done{false};
  std::thread loop([&] {
    reactor->run(false);
    done = true;
  });
  reactor->call_from_thread([&] { reactor->stop(); });
  loop.join();
  CHECK(done);
}

TEST_CASE("Calls that never run are destroyed with the reactor", "[threads]") {
  auto const token = std::make_shared<int>(1);
  auto reactor = make_reactor();
  reactor->call_from_thread([token] {});
  CHECK(token.use_count() == 2);
  reactor.reset();
  CHECK(token.use_count() == 1);
}

TEST_CASE("A call may own what calls back when it is destroyed", "[threads]") {
  // A destroyed call must be able to reach the mailbox again without a deadlock.
  struct Sender {
    Mailbox* mailbox;
    ~Sender() {
      if (mailbox) static_cast<void>(mailbox->put([] {}));
    }
  };
  Mailbox mailbox;
  auto sender = std::make_unique<Sender>(Sender{&mailbox});
  REQUIRE(mailbox.put([sender = std::move(sender)] {}));
  mailbox.shut();
  CHECK_FALSE(mailbox.put([] {}));
}

TEST_CASE("connections may be asked from any thread", "[threads]") {
  auto const reactor = make_reactor();
  std::atomic<bool> done{false};
  std::atomic<std::size_t> most{0};
  std::thread watcher([&] {
    while (!done) most = std::max(most.load(), reactor->connections());
  });
  for (int i = 0; i < 20; ++i) {
    auto const connection = make_connection();
    auto peer = adopt(*reactor, connection);
    run_turns(*reactor, 2);
    peer.close();
    run_until(*reactor, [&] { return connection->destroyed; });
  }
  done = true;
  watcher.join();
  CHECK(most <= 1);
}

TEST_CASE("The log may be spoken to by several reactors at once", "[threads][log]") {
  std::size_t lines = 0;
  auto before = set_log_sink([&](Level, std::string_view) { ++lines; });
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t)
    all.emplace_back([] {
      for (int i = 0; i < 1000; ++i) log(Level::info, "a line");
    });
  for (auto& each : all) each.join();
  set_log_sink(std::move(before));
  CHECK(lines == 4000);
}

}  // namespace
