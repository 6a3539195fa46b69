// Threads of a pool, alone and under a reactor: work, results, the way back, the end.
#include "reactor/thread_pool.h"

#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "reactor/threads.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Waits for what other threads will bring about.
bool comes(std::function<bool()> const& condition) {
  auto const until = std::chrono::steady_clock::now() + patience;
  while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  return condition();
}

// Runs the reactor until the Deferred has fired.
template <class T>
Result<T> wait_for(Reactor& reactor, Deferred<T> deferred) {
  std::optional<Result<T>> result;
  auto const end =
      std::move(deferred).add_both([&](Result<T> last) { result.emplace(std::move(last)); });
  REQUIRE(run_until(reactor, [&] { return result.has_value(); }));
  return std::move(*result);
}

// --- the pool ---

TEST_CASE("A pool has no thread until there is work", "[thread_pool][rule79]") {
  ThreadPool pool;
  CHECK(pool.size() == 0);
  std::promise<std::thread::id> ran;
  pool.call([&] { ran.set_value(std::this_thread::get_id()); });
  CHECK(ran.get_future().get() != std::this_thread::get_id());
  CHECK(pool.size() == 1);
}

TEST_CASE("It grows while no thread is idle, up to its size", "[thread_pool][rule79]") {
  ThreadPool pool(3);
  std::barrier all_busy(3);
  std::atomic<int> done{0};
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  for (int i = 0; i < 9; ++i)
    pool.call([&] {
      auto const running = ++now;
      for (auto seen = most.load(); seen < running && !most.compare_exchange_weak(seen, running);) {
      }
      all_busy.arrive_and_wait();  // with fewer than three threads nobody would get past it
      --now;
      ++done;
    });
  REQUIRE(comes([&] { return done == 9; }));
  CHECK(most == 3);
  CHECK(pool.size() == 3);
}

TEST_CASE("An idle thread is used again", "[thread_pool][rule79]") {
  ThreadPool pool(1000);
  for (int i = 0; i < 100; ++i) {
    std::promise<void> done;
    pool.call([&] { done.set_value(); });
    done.get_future().get();
  }
  CHECK(pool.size() < 50);  // one that is not quite back may need another beside it
}

TEST_CASE("One thread does the work in the order of asking", "[thread_pool][rule79]") {
  ThreadPool pool(1);
  std::string order;
  for (auto const c : std::string("abcdefgh")) pool.call([&order, c] { order += c; });
  std::promise<void> done;
  pool.call([&] { done.set_value(); });
  done.get_future().get();
  CHECK(order == "abcdefgh");
}

TEST_CASE("A pool of another size grows or shrinks", "[thread_pool][rule79]") {
  ThreadPool pool(0);
  std::atomic<int> done{0};
  std::latch started(4);
  std::latch go(1);
  for (int i = 0; i < 4; ++i)
    pool.call([&] {
      started.count_down();
      go.wait();
      ++done;
    });
  CHECK(pool.size() == 0);  // with none the work waits
  pool.set_size(4);
  started.wait();
  CHECK(pool.size() == 4);
  pool.set_size(1);
  go.count_down();
  REQUIRE(comes([&] { return pool.size() == 1 && done == 4; }));
  pool.call([&] { ++done; });
  CHECK(comes([&] { return done == 5; }));
  CHECK(pool.size() == 1);
}

TEST_CASE("What the work throws is logged, and its thread goes on", "[thread_pool]") {
  LogLines const log;
  ThreadPool pool(1);
  pool.call([] { throw std::runtime_error("thread trouble"); });
  std::promise<void> done;
  pool.call([&] { done.set_value(); });
  done.get_future().get();
  CHECK(log.count("thread trouble") == 1);
}

TEST_CASE("stop waits for what has begun, destroys the rest, and the pool can go on",
          "[thread_pool][rule79]") {
  ThreadPool pool(1);
  auto const token = std::make_shared<int>(1);
  std::atomic<bool> begun{false};
  std::atomic<bool> ended{false};
  std::atomic<bool> stopping{false};
  auto ran = false;
  pool.call([&] {
    begun = true;
    while (!stopping) std::this_thread::yield();
    ended = true;
  });
  REQUIRE(comes([&] { return begun.load(); }));
  pool.call([&ran, token] { ran = true; });
  std::thread releaser([&] {
    while (token.use_count() > 1) std::this_thread::yield();  // stop() has dropped it
    stopping = true;
  });
  pool.stop();
  releaser.join();
  CHECK(ended);
  CHECK_FALSE(ran);
  CHECK(pool.size() == 0);
  std::promise<void> again;
  pool.call([&] { again.set_value(); });
  again.get_future().get();
}

TEST_CASE("Work may ask for more work", "[thread_pool]") {
  ThreadPool pool(1);
  std::promise<void> done;
  pool.call([&] { pool.call([&] { pool.call([&] { done.set_value(); }); }); });
  done.get_future().get();
}

// --- under a reactor ---

TEST_CASE("Work is done elsewhere, what follows it in the loop", "[threads][rule79]") {
  auto const reactor = make_reactor();
  std::thread::id worked_in;
  std::thread::id told_in;
  reactor->call_in_thread([&] { worked_in = std::this_thread::get_id(); },
                          [&] { told_in = std::this_thread::get_id(); });
  REQUIRE(run_until(*reactor, [&] { return told_in != std::thread::id(); }));
  CHECK(told_in == std::this_thread::get_id());
  CHECK(worked_in != std::thread::id());
  CHECK(worked_in != told_in);
}

TEST_CASE("What follows comes although the work threw", "[threads][rule79]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto told = false;
  reactor->call_in_thread([] { throw std::runtime_error("work trouble"); }, [&] { told = true; });
  REQUIRE(run_until(*reactor, [&] { return told; }));
  CHECK(log.count("work trouble") == 1);
}

TEST_CASE("The suggested size holds", "[threads][rule79]") {
  auto const reactor = make_reactor();
  reactor->suggest_thread_pool_size(2);
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  auto done = 0;
  for (int i = 0; i < 20; ++i)
    reactor->call_in_thread(
        [&] {
          auto const running = ++now;
          if (running > most) most = running;
          std::this_thread::yield();
          --now;
        },
        [&] { ++done; });
  REQUIRE(run_until(*reactor, [&] { return done == 20; }));
  CHECK(most <= 2);
}

TEST_CASE("A thread may ask for work too", "[threads][rule79]") {
  auto const reactor = make_reactor();
  auto done = false;
  reactor->call_in_thread([&] { reactor->call_in_thread([] {}, [&] { done = true; }); });
  CHECK(run_until(*reactor, [&] { return done; }));
}

TEST_CASE("defer_to_thread brings values back into the loop", "[threads][rule80]") {
  auto const reactor = make_reactor();
  CHECK(wait_for(*reactor, defer_to_thread(*reactor, [] { return 6 * 7; })).value() == 42);
  CHECK(wait_for(*reactor, defer_to_thread(*reactor, [] { return std::make_unique<int>(7); }))
            .value()
            .operator*() == 7);
  CHECK(wait_for(*reactor, defer_to_thread(*reactor, [] {})));
  std::thread::id told_in;
  auto const waiting = defer_to_thread(*reactor, [] {
                         return std::string("text");
                       }).add_callback([&](std::string const& text) {
    told_in = std::this_thread::get_id();
    return text.size();
  });
  REQUIRE(run_until(*reactor, [&] { return waiting.has_result(); }));
  CHECK(told_in == std::this_thread::get_id());
}

TEST_CASE("defer_to_thread brings failures back into the loop", "[threads][rule80]") {
  auto const reactor = make_reactor();
  auto const thrown =
      wait_for(*reactor,
               defer_to_thread(*reactor, []() -> int { throw std::out_of_range("too far"); }));
  CHECK(thrown.failure().message() == "too far");
  CHECK_THROWS_AS(thrown.failure().rethrow(), std::out_of_range);
  auto const returned =
      wait_for(*reactor,
               defer_to_thread(*reactor, []() -> Result<int> { return Error::name_not_found; }));
  CHECK(returned.failure().is(Error::name_not_found));
}

TEST_CASE("Many results come, each to its own", "[threads][rule80]") {
  auto const reactor = make_reactor();
  std::vector<Deferred<void>> all;
  auto right = 0;
  for (int i = 0; i < 1000; ++i)
    all.push_back(defer_to_thread(*reactor, [i] { return i * i; }).add_callback([&, i](int square) {
      right += square == i * i;
    }));
  CHECK(run_until(*reactor, [&] { return right == 1000; }));
}

TEST_CASE("Cancelling gives up work that has not begun", "[threads][rule80]") {
  auto const reactor = make_reactor();
  reactor->suggest_thread_pool_size(0);
  std::atomic<bool> ran{false};
  auto given_up = defer_to_thread(*reactor, [&] { ran = true; });
  given_up.cancel();
  CHECK(wait_for(*reactor, std::move(given_up)).failure().is(Error::cancelled));
  reactor->suggest_thread_pool_size(1);
  CHECK(wait_for(*reactor, defer_to_thread(*reactor, [] {})));  // behind it in the one thread
  CHECK_FALSE(ran);
}

TEST_CASE("The result of work that was cancelled too late is dropped", "[threads][rule80]") {
  LogLines const log;
  auto const reactor = make_reactor();
  std::latch begun(1);
  std::latch go(1);
  auto const token = std::make_shared<int>(1);
  auto late = defer_to_thread(*reactor, [&begun, &go, token] {
    begun.count_down();
    go.wait();
    return token;
  });
  begun.wait();
  late.cancel();
  CHECK(wait_for(*reactor, std::move(late)).failure().is(Error::cancelled));
  go.count_down();
  CHECK(run_until(*reactor, [&] { return token.use_count() == 1; }));
  CHECK(log.text().empty());
}

TEST_CASE("A replaced resolver may look names up in the pool", "[threads][rule81]") {
  auto const reactor = make_reactor();
  reactor->set_resolver([&](std::string const& name, int) {
    return defer_to_thread(*reactor, [name]() -> Result<std::vector<Address>> {
      if (name != "known.test") return Error::name_not_found;
      return std::vector{*Address::ip("192.0.2.7", 0)};
    });
  });
  CHECK(wait_for(*reactor, reactor->resolve("known.test")).value().at(0).to_string() ==
        "192.0.2.7:0");
  CHECK(wait_for(*reactor, reactor->resolve("other.test")).failure().is(Error::name_not_found));
  CHECK(reactor->resolve("192.0.2.8").has_result());  // a literal needs nobody
}

// --- waiting for the loop ---

// What a thread that is not the reactor's gets.
template <class F>
auto from_a_thread(Reactor& reactor, F function) {
  return wait_for(reactor, defer_to_thread(reactor, [&reactor, function]() mutable {
                    return blocking_call_from_thread(reactor, std::move(function));
                  }));
}

TEST_CASE("blocking_call_from_thread waits for what the loop returns", "[threads][rule80]") {
  auto const reactor = make_reactor();
  auto const loop = std::this_thread::get_id();
  CHECK(from_a_thread(*reactor, [&] { return std::this_thread::get_id() == loop; }).value());
  CHECK(from_a_thread(*reactor, [] {}));
  CHECK(from_a_thread(*reactor, [] { return succeed(7); }).value() == 7);
  CHECK(from_a_thread(*reactor, [&] {
          return Deferred<int>(succeed(1)).add_callback([&](int) {
            Deferred<std::string> later;
            reactor
                ->call_later(1ms,
                             [promise = later.promise()]() mutable { promise.callback("later"); })
                .release();
            return later;
          });
        }).value() == "later");
}

TEST_CASE("blocking_call_from_thread throws what the loop threw or failed with",
          "[threads][rule80]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const thrown = from_a_thread(*reactor, []() -> int { throw std::out_of_range("far"); });
  CHECK_THROWS_AS(thrown.failure().rethrow(), std::out_of_range);
  auto const failed = from_a_thread(*reactor, [] { return fail<int>(Error::name_not_found); });
  CHECK(failed.failure().is(Error::name_not_found));
  auto const result = from_a_thread(*reactor, []() -> Result<int> { return Error::timed_out; });
  CHECK(result.failure().is(Error::timed_out));
  CHECK(log.text().empty());
}

TEST_CASE("blocking_call_from_thread in the loop's own thread is an error", "[threads][rule80]") {
  auto const reactor = make_reactor();
  auto refused = false;
  CHECK_FALSE(reactor->in_own_thread());
  reactor
      ->call_later(0s,
                   [&] {
                     CHECK(reactor->in_own_thread());
                     CHECK_THROWS_AS(blocking_call_from_thread(*reactor, [] {}), std::logic_error);
                     refused = true;
                   })
      .release();
  CHECK(run_until(*reactor, [&] { return refused; }));
  CHECK_FALSE(reactor->in_own_thread());
}

// --- the end ---

// Runs the reactor until stop(), from a call at its start.
void run_and_stop(Reactor& reactor, std::function<void()> const& at_start) {
  reactor
      .call_later(0s,
                  [&] {
                    at_start();
                    reactor.stop();
                  })
      .release();
  reactor.run(false);
}

TEST_CASE("The shutdown waits for work that has begun, and its result comes", "[threads][rule79]") {
  auto const reactor = make_reactor();
  std::latch begun(1);
  std::latch go(1);
  std::string story;
  reactor->add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
    story += "during ";
    go.count_down();
    return succeed();
  });
  reactor->add_system_event_trigger(Phase::after, SystemEvent::shutdown, [&] {
    story += "after ";
    return succeed();
  });
  run_and_stop(*reactor, [&] {
    defer_to_thread(*reactor, [&] {
      begun.count_down();
      go.wait();
      return 7;
    }).add_callback([&](int) {
        story += "result ";
      }).release();
    begun.wait();
  });
  CHECK(story == "during result after ");
}

TEST_CASE("Work that has not begun by the shutdown is given up and told of", "[threads][rule79]") {
  auto const reactor = make_reactor();
  reactor->suggest_thread_pool_size(0);
  auto ran = false;
  auto const token = std::make_shared<int>(1);
  std::optional<Failure> failure;
  run_and_stop(*reactor, [&] {
    defer_to_thread(*reactor, [&ran, token] {
      ran = true;
    }).add_errback([&](Failure why) {
        failure = why;
      }).release();
  });
  REQUIRE(failure);
  CHECK(failure->is(Error::abandoned));
  CHECK(token.use_count() == 1);
  // The next run has a pool again.
  reactor->suggest_thread_pool_size(1);
  CHECK(wait_for(*reactor, defer_to_thread(*reactor, [] { return 1; })).value() == 1);
  CHECK_FALSE(ran);
}

TEST_CASE("A chain of work ends with the shutdown", "[threads][rule79]") {
  auto const reactor = make_reactor();
  std::function<void()> again = [&] { reactor->call_in_thread([] {}, [&] { again(); }); };
  run_and_stop(*reactor, again);
  SUCCEED("it came to an end");
}

TEST_CASE("During the shutdown a thread can still call the loop", "[threads][rule80]") {
  auto const reactor = make_reactor();
  std::latch begun(1);
  std::latch go(1);
  reactor->add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
    go.count_down();
    return succeed();
  });
  auto got = 0;
  run_and_stop(*reactor, [&] {
    defer_to_thread(*reactor, [&] {
      begun.count_down();
      go.wait();
      return blocking_call_from_thread(*reactor, [] { return 5; });
    }).add_callback([&](int value) {
        got = value;
      }).release();
    begun.wait();
  });
  CHECK(got == 5);
}

TEST_CASE("A thread that waits for what never comes is let go at the shutdown",
          "[threads][rule80]") {
  auto const reactor = make_reactor();
  Promise<int> never;
  std::optional<Failure> failure;
  auto waiting = false;
  defer_to_thread(*reactor,
                  [&] {
                    return blocking_call_from_thread(*reactor, [&] {
                      Deferred<int> deferred;
                      never = deferred.promise();
                      waiting = true;
                      return deferred;
                    });
                  })
      .add_errback([&](Failure why) -> Result<int> {
        failure = why;
        return 0;
      })
      .release();
  REQUIRE(run_until(*reactor, [&] { return waiting; }));
  SECTION("orderly") {
    run_and_stop(*reactor, [] {});
    REQUIRE(failure);
    CHECK(failure->is(Error::abandoned));
    never.callback(1);  // nobody is there any more
  }
  SECTION("with the reactor") {}
}

// Begun when nothing is left that would let go of it later.
template <class Wait>
std::optional<Failure> failure_begun_at_shutdown(Reactor& reactor, Wait wait) {
  std::latch begun(1);
  std::latch go(1);
  std::optional<Failure> failure;
  reactor.add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
    go.count_down();
    return succeed();
  });
  run_and_stop(reactor, [&] {
    defer_to_thread(reactor,
                    [&] {
                      begun.count_down();
                      go.wait();
                      return wait();
                    })
        .add_errback([&](Failure why) -> Result<int> {
          failure = why;
          return 0;
        })
        .release();
    begun.wait();
  });
  return failure;
}

TEST_CASE("A thread that begins to wait during the shutdown does not hold it up for ever",
          "[threads][rule80]") {
  auto const reactor = make_reactor();
  Promise<int> never;
  auto const failure = failure_begun_at_shutdown(*reactor, [&] {
    return blocking_call_from_thread(*reactor, [&] {
      Deferred<int> deferred;
      never = deferred.promise();
      return deferred;
    });
  });
  REQUIRE(failure);
  CHECK(failure->is(Error::abandoned));
  never.callback(1);  // nobody is there any more
}

TEST_CASE("A call from a thread that fails during the shutdown says so", "[threads][rule80]") {
  auto const reactor = make_reactor();
  auto const failure = failure_begun_at_shutdown(*reactor, [&] {
    return blocking_call_from_thread(*reactor, [] { return fail<int>(Error::no_protocol); });
  });
  REQUIRE(failure);
  CHECK(failure->is(Error::no_protocol));
}

TEST_CASE("What comes after the end of the reactor is dropped", "[threads][rule79]") {
  LogLines const log;
  auto reactor = make_reactor();
  std::latch begun(1);
  std::latch go(1);
  auto const token = std::make_shared<int>(1);
  std::thread::id told_in;
  defer_to_thread(*reactor,
                  [&begun, &go, token] {
                    begun.count_down();
                    go.wait();
                    return token;
                  })
      .add_both([&](Result<std::shared_ptr<int>> const& result) {
        told_in = std::this_thread::get_id();
        CHECK(result.failure().is(Error::abandoned));
      })
      .release();
  begun.wait();
  std::thread releaser([&] { go.count_down(); });
  reactor.reset();  // joins
  releaser.join();
  CHECK(told_in == std::this_thread::get_id());
  CHECK(token.use_count() == 1);
  CHECK(log.text().empty());
}

TEST_CASE("A thread that calls a reactor that goes is told so", "[threads][rule80]") {
  auto reactor = make_reactor();
  std::latch begun(2);
  std::latch go(1);
  std::atomic<int> refused{0};
  for (int i = 0; i < 2; ++i)
    reactor->call_in_thread([&, i, pointer = reactor.get()] {
      begun.count_down();
      if (i == 1) go.wait();  // one before the end, never answered; one after it has begun
      try {
        blocking_call_from_thread(*pointer, [] {});
      } catch (FailureException const& e) {
        refused += e.failure().is(Error::abandoned);
      }
    });
  begun.wait();
  std::thread releaser([&] { go.count_down(); });
  reactor.reset();
  releaser.join();
  CHECK(refused == 2);
}

TEST_CASE("A stuck look-up delays neither the shutdown nor the pool", "[threads][rule79]") {
  auto const reactor = make_reactor();
  std::vector<Deferred<std::vector<Address>>> lookups;
  run_and_stop(*reactor, [&] {
    for (int i = 0; i < 20; ++i) lookups.push_back(reactor->resolve("no-such-name.invalid"));
  });
  CHECK(wait_for(*reactor, defer_to_thread(*reactor, [] { return 1; })).value() == 1);
}

}  // namespace
