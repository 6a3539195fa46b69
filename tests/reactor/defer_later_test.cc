#include "reactor/defer_later.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

TEST_CASE("defer_later gives the function's result when the time has passed",
          "[deferred][rule83]") {
  FakeClock clock;
  auto later = defer_later(clock, 2s, [] { return 4; });
  clock.advance(2s - 1ns);
  CHECK_FALSE(later.has_result());
  clock.advance(1ns);
  CHECK(value_of(std::move(later)) == 4);
}

TEST_CASE("defer_later passes on what the function throws, and its Deferred",
          "[deferred][rule83]") {
  FakeClock clock;
  auto failing = defer_later(clock, 1s, []() -> int { throw std::runtime_error("no"); });
  auto [inner, promise] = Halves<std::string>();
  auto waiting = defer_later(clock, 1s, [&] { return std::move(inner); });
  clock.advance(1s);
  CHECK(failure_of(std::move(failing)).message() == "no");
  CHECK_FALSE(waiting.has_result());
  promise.callback("yes");
  CHECK(value_of(std::move(waiting)) == "yes");
}

TEST_CASE("cancelling defer_later cancels the call", "[deferred][rule83]") {
  Log log;
  FakeClock clock;
  bool called = false;
  bool gone = false;
  auto later = defer_later(clock, 2s, [&, token = Gone(gone)] { called = true; });
  CHECK(clock.delayed_calls().size() == 1);
  later.cancel();
  CHECK(clock.delayed_calls().empty());
  CHECK(gone);
  CHECK(failure_of(std::move(later)).code() == Error::cancelled);
  clock.advance(3s);
  CHECK_FALSE(called);
  CHECK(log.lines.empty());
}

TEST_CASE("the call is gone before those who hear of the cancel", "[deferred][rule83]") {
  FakeClock clock;
  auto later =
      defer_later(clock, 2s).add_errback([&](Failure) { CHECK(clock.delayed_calls().empty()); });
  later.cancel();
  CHECK(later.has_result());
}

TEST_CASE("cancelling after the call goes to the function's Deferred", "[deferred][rule83]") {
  FakeClock clock;
  auto [inner, promise] = Halves<int>();
  auto later = defer_later(clock, 1s, [&] { return std::move(inner); });
  clock.advance(1s);
  later.cancel();
  CHECK(promise.fired());
  CHECK(failure_of(std::move(later)).is(Error::cancelled));
}

TEST_CASE("defer_later needs no handle, and no function", "[deferred][rule83]") {
  FakeClock clock;
  int calls = 0;
  defer_later(clock, 1s, [&] { ++calls; }).release();
  defer_later(clock, 1s).release();
  clock.advance(1s);
  CHECK(calls == 1);
}

TEST_CASE("defer_later does not call inside itself, nor into the past", "[deferred][rule83]") {
  FakeClock clock;
  auto now = defer_later(clock, 0s);
  CHECK_FALSE(now.has_result());
  clock.advance(0s);
  CHECK(now.has_result());
  Log log;
  CHECK_THROWS_AS(defer_later(clock, -1ns), std::invalid_argument);
  CHECK(log.lines.empty());
}

TEST_CASE("a clock that goes away abandons who waits for it", "[deferred][rule83]") {
  auto clock = std::make_unique<FakeClock>();
  auto later = defer_later(*clock, 1s);
  defer_later(*clock, 1s).release();
  clock.reset();
  CHECK(failure_of(std::move(later)).is(Error::abandoned));
}

// --- in coroutines ---

TEST_CASE("a coroutine sleeps", "[deferred][rule133][rule83]") {
  FakeClock clock;
  auto const start = clock.now();
  std::optional<Time> woken;
  auto const sleeps = [&]() -> Deferred<void> {
    co_await defer_later(clock, 1s);
    co_await defer_later(clock, 2s);
    woken = clock.now();
  };
  auto const end = sleeps();
  clock.advance(10s);
  CHECK(woken == start + 3s);
}

TEST_CASE("a coroutine that is cancelled in its sleep may catch that and clean up",
          "[deferred][rule133][rule83]") {
  FakeClock clock;
  std::string order;
  auto const cleans = [&]() -> Deferred<int> {
    bool cancelled = false;
    try {
      co_await defer_later(clock, 1h);
    } catch (FailureException const& e) {
      cancelled = e.failure().is(Error::cancelled);
    }
    order += cancelled ? "caught " : "slept ";
    co_await defer_later(clock, 1s);
    order += "cleaned";
    co_return 1;
  };
  auto end = cleans();
  end.cancel();
  CHECK(clock.delayed_calls().size() == 1);
  CHECK_FALSE(end.has_result());
  clock.advance(1s);
  CHECK(order == "caught cleaned");
  CHECK(value_of(std::move(end)) == 1);
}

TEST_CASE("a cancel goes through coroutines down to the one that sleeps, and back as an exception",
          "[deferred][rule133][rule83]") {
  FakeClock clock;
  std::string order;
  struct Says {
    ~Says() { order += text; }
    std::string& order;
    char const* text;
  };
  auto const inner = [&]() -> Deferred<void> {
    Says const end{order, "inner "};
    co_await defer_later(clock, 1s);
  };
  auto const outer = [&]() -> Deferred<void> {
    Says const end{order, "outer"};
    co_await inner();
  };
  auto end = outer();
  end.cancel();
  CHECK(order == "inner outer");
  CHECK(clock.delayed_calls().empty());
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
}

TEST_CASE("a time-out reaches what a coroutine awaits", "[deferred][rule133][rule129]") {
  FakeClock clock;
  auto const sleeps = [&]() -> Deferred<int> {
    co_await defer_later(clock, 1h);
    co_return 1;
  };
  auto end = sleeps().add_timeout(2s, clock);
  clock.advance(2s);
  CHECK(clock.delayed_calls().empty());
  CHECK(failure_of(std::move(end)).code() == Error::timed_out);
}

TEST_CASE("a coroutine that answers a time-out by itself is not timed out",
          "[deferred][rule133][rule129]") {
  FakeClock clock;
  auto const answers = [&]() -> Deferred<int> {
    try {
      co_await defer_later(clock, 1h);
    } catch (FailureException const&) {
    }
    co_return 5;
  };
  auto end = answers().add_timeout(2s, clock);
  clock.advance(2s);
  CHECK(value_of(std::move(end)) == 5);
}

}  // namespace
