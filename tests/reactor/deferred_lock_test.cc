// DeferredLock and DeferredSemaphore.
#include "reactor/deferred_lock.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Token = DeferredSemaphore::Token;

TEST_CASE("a lock is given to one after the other in the order of asking", "[deferred][rule134]") {
  DeferredLock lock;
  auto first = lock.acquire();
  auto second = lock.acquire();
  auto third = lock.acquire();
  CHECK(lock.locked());
  CHECK(first.has_result());
  CHECK_FALSE(second.has_result());
  CHECK(lock.waiting() == 2);
  value_of(std::move(first)).release();
  CHECK(second.has_result());
  CHECK_FALSE(third.has_result());
  value_of(std::move(second)).release();
  CHECK(third.has_result());
  CHECK(lock.locked());
  value_of(std::move(third)).release();
  CHECK_FALSE(lock.locked());
}

TEST_CASE("a semaphore has as many tokens as it was given", "[deferred][rule134]") {
  DeferredSemaphore semaphore(2);
  auto first = value_of(semaphore.acquire());
  auto const second = value_of(semaphore.acquire());
  CHECK(semaphore.tokens() == 0);
  auto third = semaphore.acquire();
  CHECK_FALSE(third.has_result());
  first.release();
  CHECK(third.has_result());
  CHECK_THROWS_AS(DeferredSemaphore(0), std::invalid_argument);
}

TEST_CASE("releasing what is not held is an error", "[deferred][rule134]") {
  DeferredLock lock;
  auto token = value_of(lock.acquire());
  token.release();
  CHECK_THROWS_AS(token.release(), std::logic_error);
  auto held = value_of(lock.acquire());
  auto const moved = std::move(held);
  CHECK_THROWS_AS(held.release(), std::logic_error);
  CHECK(lock.locked());
}

TEST_CASE("a token that goes away is given back", "[deferred][rule134]") {
  DeferredLock lock;
  {
    auto const token = value_of(lock.acquire());
    CHECK(lock.locked());
  }
  CHECK_FALSE(lock.locked());
  lock.acquire().release();  // the Deferred's handle, and with it the result
  CHECK_FALSE(lock.locked());
}

TEST_CASE("cancelling one that waits takes it out of the line", "[deferred][rule134]") {
  Log log;
  DeferredLock lock;
  auto token = value_of(lock.acquire());
  auto second = lock.acquire();
  auto third = lock.acquire();
  second.cancel();
  CHECK(failure_of(std::move(second)).is(Error::cancelled));
  CHECK(lock.waiting() == 1);
  token.release();
  CHECK(third.has_result());
  CHECK(log.lines.empty());
}

TEST_CASE("one that waits may have a time-out", "[deferred][rule134][rule129]") {
  FakeClock clock;
  DeferredLock lock;
  auto const token = value_of(lock.acquire());
  auto second = lock.acquire().add_timeout(1s, clock);
  clock.advance(1s);
  CHECK(failure_of(std::move(second)).is(Error::timed_out));
  CHECK(lock.waiting() == 0);
}

TEST_CASE("run holds the lock until the function's result is there", "[deferred][rule134]") {
  DeferredLock lock;
  auto [inner, promise] = Halves<int>();
  auto first = lock.run([&] { return std::move(inner); });
  int calls = 0;
  auto second = lock.run([&] { return ++calls; });
  CHECK(lock.locked());
  CHECK(calls == 0);
  SECTION("a value") {
    promise.callback(4);
    CHECK(value_of(std::move(first)) == 4);
  }
  SECTION("a failure") {
    promise.errback(Error::timed_out);
    CHECK(failure_of(std::move(first)).is(Error::timed_out));
  }
  SECTION("a cancel") {
    first.cancel();
    CHECK(failure_of(std::move(first)).is(Error::cancelled));
  }
  CHECK(value_of(std::move(second)) == 1);
  CHECK_FALSE(lock.locked());
}

TEST_CASE("run gives the lock back when the function returns or throws", "[deferred][rule134]") {
  DeferredLock lock;
  CHECK(result_of(lock.run([] {})));
  CHECK_FALSE(lock.locked());
  auto thrown = lock.run([]() -> int { throw std::runtime_error("no"); });
  CHECK(failure_of(std::move(thrown)).message() == "no");
  CHECK_FALSE(lock.locked());
}

TEST_CASE("the lock is free before what follows run goes on", "[deferred][rule134]") {
  DeferredLock lock;
  CHECK_FALSE(value_of(lock.run([] {}).add_callback([&] { return lock.locked(); })));
}

TEST_CASE("a run that is cancelled while it waits never calls its function",
          "[deferred][rule134]") {
  DeferredLock lock;
  bool called = false;
  auto token = value_of(lock.acquire());
  auto run = lock.run([&] { called = true; });
  run.cancel();
  CHECK(failure_of(std::move(run)).is(Error::cancelled));
  token.release();
  CHECK_FALSE(called);
  CHECK_FALSE(lock.locked());
}

TEST_CASE("what asks while another goes on comes after those that waited", "[deferred][rule134]") {
  DeferredLock lock;
  std::string order;
  auto token = value_of(lock.acquire());
  auto const first = lock.acquire().add_callback([&](Token held) {
    held.release();
    order += "a";
    lock.run([&] { order += "c"; }).release();
  });
  auto const second = lock.run([&] { order += "b"; });
  token.release();
  CHECK(order == "abc");
}

TEST_CASE("a line of a hundred thousand does not recurse", "[deferred][rule134][rule121]") {
  DeferredLock lock;
  int calls = 0;
  auto token = value_of(lock.acquire());
  for (int i = 0; i < many; ++i) lock.run([&] { ++calls; }).release();
  token.release();
  CHECK(calls == many);
  CHECK_FALSE(lock.locked());
}

TEST_CASE("those that wait for a lock that goes away are abandoned", "[deferred][rule134]") {
  auto lock = std::make_unique<DeferredLock>();
  auto token = value_of(lock->acquire());
  auto second = lock->acquire();
  auto third = lock->acquire();
  lock.reset();
  CHECK(failure_of(std::move(second)).is(Error::abandoned));
  CHECK(failure_of(std::move(third)).is(Error::abandoned));
  token.release();
}

TEST_CASE("who gets the lock may destroy it", "[deferred][rule134]") {
  auto lock = std::make_unique<DeferredLock>();
  auto token = value_of(lock->acquire());
  auto second = lock->acquire().add_callback([&](Token) { lock.reset(); });
  auto third = lock->acquire();
  token.release();
  CHECK(result_of(std::move(second)));
  CHECK(failure_of(std::move(third)).is(Error::abandoned));
}

TEST_CASE("a coroutine holds the lock to the end of a scope, however that comes",
          "[deferred][rule134][rule133]") {
  DeferredLock lock;
  auto const holds = [&](Deferred<int> wait) -> Deferred<int> {
    auto const token = co_await lock.acquire();
    co_return co_await std::move(wait);
  };
  auto first = Halves<int>();
  auto second = Halves<int>();
  auto one = holds(std::move(first.deferred));
  auto other = holds(std::move(second.deferred));
  CHECK(lock.waiting() == 1);
  SECTION("a value") { first.promise.callback(1); }
  SECTION("a failure") {
    first.promise.errback(Error::timed_out);
    CHECK(failure_of(std::move(one)).is(Error::timed_out));
  }
  SECTION("a cancel while it holds") {
    one.cancel();
    CHECK(failure_of(std::move(one)).is(Error::cancelled));
  }
  CHECK(lock.waiting() == 0);
  CHECK(lock.locked());
  second.promise.callback(2);
  CHECK(value_of(std::move(other)) == 2);
  CHECK_FALSE(lock.locked());
}

TEST_CASE("a coroutine that is cancelled while it waits for the lock leaves the line",
          "[deferred][rule134][rule133]") {
  DeferredLock lock;
  auto token = value_of(lock.acquire());
  auto const waits = [&]() -> Deferred<void> { auto const own = co_await lock.acquire(); };
  auto end = waits();
  CHECK(lock.waiting() == 1);
  end.cancel();
  CHECK(lock.waiting() == 0);
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
}

}  // namespace
