// Processes and threads of a MemoryReactor: recorded, and driven by the test.
#include "reactor/fakes/memory_process.h"

#include <csignal>
#include <stdexcept>
#include <thread>

#include "reactor/fakes/memory_reactor.h"
#include "reactor/process_output.h"
#include "reactor/threads.h"
#include "tests/reactor/support/process.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

template <class T>
Result<T> result_of(Deferred<T>& deferred) {
  REQUIRE(deferred.has_result());
  std::optional<Result<T>> result;
  std::move(deferred).add_both([&](Result<T> last) { result.emplace(std::move(last)); }).release();
  return std::move(*result);
}

struct Scene {
  explicit Scene(SpawnOptions options = {}) {
    process = spawn(reactor, told, "sort", std::move(options)).value();
  }
  MemoryProcess& child() { return *reactor.processes().at(0); }

  MemoryReactor reactor;
  std::shared_ptr<Told> const told = make_told();
  ProcessTransport* process = nullptr;
};

TEST_CASE("A process that is asked for is recorded", "[memory_process][rule146]") {
  Scene s(
      {.arguments = {"-n"}, .environment = Environment{{"A", "1"}}, .working_directory = "/tmp"});
  CHECK(&s.child() == s.process);
  CHECK(s.child().executable() == "sort");
  CHECK(s.child().options().arguments == std::vector<std::string>{"-n"});
  CHECK(s.child().options().environment->at("A") == "1");
  CHECK(s.child().options().working_directory == "/tmp");
  CHECK(s.process->pid() == 1001);
  CHECK(s.told->story.empty());
  s.reactor.turn();
  CHECK(s.told->story == "made");
}

TEST_CASE("The test plays the child", "[memory_process][rule147]") {
  Scene s;
  s.process->write("2\n1\n");
  s.reactor.turn();
  CHECK(s.child().take() == "2\n1\n");
  s.child().deliver(1, "1\n2\n");
  s.child().deliver(2, "warning");
  CHECK(s.told->out() == "1\n2\n");
  CHECK(s.told->err() == "warning");
  s.process->signal("HUP");
  CHECK(s.child().signals() == std::vector<int>{SIGHUP});
  s.child().end({3, 0});
  CHECK(s.child().ended());
  CHECK(s.told->story == "made data1 data2 lost0 lost1 lost2 exited ended");
  CHECK(s.told->status() == "Process ended with exit code 3");
  CHECK_THROWS_AS(s.process->signal(SIGTERM), ProcessExitedAlready);
}

TEST_CASE("Death and the end of the pipes are two things", "[memory_process][rule147]") {
  Scene s;
  s.child().exit();
  CHECK(s.told->story == "made exited");
  s.child().close(0);
  s.child().close(2);
  CHECK(s.told->reason(0) == "Broken pipe");
  s.child().deliver(1, "late");
  s.child().close(1);
  CHECK(s.told->story == "made exited lost0 lost2 data1 lost1 ended");
}

TEST_CASE("A child that does not read makes us pause", "[memory_process][backpressure]") {
  Scene s;
  s.child().transport(0).set_capacity(1000);
  s.process->write(pattern(70'000));
  s.reactor.turn();
  CHECK(s.told->story == "made pause0");
  s.child().transport(0).drain();
  CHECK(s.told->story == "made pause0 resume0");
}

TEST_CASE("A terminal is one descriptor", "[memory_process][pty]") {
  Scene s({.pty = WindowSize{30, 90}});
  CHECK(s.child().window_size().columns == 90);
  s.process->write("typed");
  s.process->set_window_size({40, 100});
  s.reactor.turn();
  CHECK(s.child().take(1) == "typed");
  CHECK(s.child().window_size().rows == 40);
  s.child().deliver(1, "shown");
  s.child().end();
  CHECK(s.told->story == "made data1 lost1 exited ended");
}

TEST_CASE("Processes can be refused", "[memory_process]") {
  MemoryReactor reactor;
  reactor.fail_processes(Failure(std::make_error_code(std::errc::permission_denied)));
  auto output = get_process_output(reactor, "sort");
  CHECK(result_of(output).failure().code() == std::errc::permission_denied);
  CHECK(reactor.processes().empty());
}

TEST_CASE("Logic that runs programs needs none", "[memory_process][rule149]") {
  MemoryReactor reactor;
  auto output = get_process_output(reactor, "uname");
  reactor.turn();
  auto& child = *reactor.processes().at(0);
  CHECK(child.options().descriptors.count(0) == 0);
  SECTION("to the end") {
    child.deliver(1, "Linux\n");
    child.end();
    CHECK(result_of(output).value() == "Linux\n");
  }
  SECTION("cancelled") {
    output.cancel();
    CHECK(result_of(output).failure().is(Error::cancelled));
    CHECK(child.signals() == std::vector<int>{SIGKILL});
    reactor.turn();
    CHECK(child.transport(1).lost());
  }
}

TEST_CASE("The shutdown closes the pipes", "[memory_process][rule64]") {
  Scene s;
  s.reactor.call_later(1s, [&] { s.reactor.stop(); }).release();
  s.reactor.run();
  CHECK(s.told->reason(1) == "Connection lost");
  CHECK_FALSE(s.told->ended);
}

// --- threads ---

TEST_CASE("Work for threads is done in the next turn, in this thread", "[memory_reactor][rule80]") {
  MemoryReactor reactor;
  std::string story;
  auto one = defer_to_thread(reactor, [&] {
    story += "one ";
    return std::this_thread::get_id();
  });
  auto two = defer_to_thread(reactor, [&]() -> int {
    story += "two ";
    throw std::runtime_error("trouble");
  });
  CHECK(story.empty());
  reactor.turn();
  CHECK(story == "one two ");
  CHECK(result_of(one).value() == std::this_thread::get_id());
  CHECK(result_of(two).failure().message() == "trouble");
}

TEST_CASE("With a pool of no threads work waits", "[memory_reactor][rule79]") {
  MemoryReactor reactor;
  CHECK(reactor.thread_pool_size() == 10);
  reactor.suggest_thread_pool_size(0);
  auto waiting = defer_to_thread(reactor, [] { return 1; });
  reactor.advance(1h);
  reactor.run();  // nothing can happen any more
  CHECK_FALSE(waiting.has_result());
  SECTION("until there are some") {
    reactor.suggest_thread_pool_size(1);
    reactor.run();
    CHECK(result_of(waiting).value() == 1);
  }
  SECTION("and is given up at the shutdown") {
    reactor.call_later(0s, [&] { reactor.stop(); }).release();
    reactor.run();
    CHECK(result_of(waiting).failure().is(Error::abandoned));
  }
}

TEST_CASE("A real thread can wait for a MemoryReactor", "[memory_reactor][rule80]") {
  MemoryReactor reactor;
  auto got = 0;
  std::thread other([&] { got = blocking_call_from_thread(reactor, [] { return 5; }); });
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    other.join();
    done = true;
  });
  while (!done) reactor.turn();
  watcher.join();
  CHECK(got == 5);
  auto refused = false;
  reactor.call_in_thread([&] {
    CHECK_THROWS_AS(blocking_call_from_thread(reactor, [] {}), std::logic_error);
    refused = true;
  });
  reactor.turn();
  CHECK(refused);
}

}  // namespace
