// What holds a chain up or ends it early: pauses, cancels and time-outs.
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "reactor/deferred.h"
#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

// --- pausing, adding, cancelling ---

TEST_CASE("a paused Deferred keeps its result until as many unpauses", "[deferred][rule124]") {
  auto [deferred, promise] = Halves<int>();
  int seen = 0;
  deferred.pause();
  deferred.pause();
  auto end = std::move(deferred).add_callback([&](int n) { seen = n; });
  promise.callback(4);
  CHECK(seen == 0);
  end.unpause();
  CHECK(seen == 0);
  end.unpause();
  CHECK(seen == 4);
}

TEST_CASE("a link that pauses its own chain is the last to run", "[deferred][rule124]") {
  auto [deferred, promise] = Halves<int>();
  std::optional<Deferred<int>> end;
  end =
      std::move(deferred).add_callback([&](int n) { return end->pause(), n; }).add_callback(square);
  promise.callback(3);
  CHECK_FALSE(end->has_result());
  end->unpause();
  CHECK(value_of(std::move(*end)) == 9);
}

TEST_CASE("a pause ends with the handle", "[deferred][rule124]") {
  int seen = 0;
  auto [dropped, promise] = Halves<int>();
  dropped.pause();
  promise.callback(1);
  {
    auto const end = std::move(dropped).add_callback([&](int n) { seen = n; });
    CHECK(seen == 0);
  }
  CHECK(seen == 1);

  auto returned = succeed(2);
  returned.pause();
  CHECK(value_of(succeed().add_callback([&] { return std::move(returned); })) == 2);
}

TEST_CASE("a callback added by a running one runs after it, in order", "[deferred][rule125]") {
  auto [deferred, promise] = Halves<int>();
  std::string order;
  std::optional<Deferred<int>> end;
  end = std::move(deferred)
            .add_callback([&](int n) {
              end = std::move(*end).add_callback([&](int m) { return order += "c", m + 1; });
              return order += "a", n;
            })
            .add_callback([&](int n) { return order += "b", n; });
  promise.callback(1);
  CHECK(order == "abc");
  CHECK(value_of(std::move(*end)) == 2);
}

TEST_CASE("cancel without canceller fails the chain and swallows one firing",
          "[deferred][rule126]") {
  auto [deferred, promise] = Halves<int>();
  deferred.cancel();
  CHECK(promise.fired());
  CHECK(failure_of(std::move(deferred)).is(Error::cancelled));
  SECTION("a callback") { promise.callback(1); }
  SECTION("an errback") { promise.errback(Error::timed_out); }
  CHECK_THROWS_AS(promise.callback(2), AlreadyCalledError);
}

TEST_CASE("cancel swallows one firing of the Deferred itself", "[deferred][rule126]") {
  Deferred<int> deferred;
  deferred.cancel();
  deferred.callback(1);
  CHECK_THROWS_AS(deferred.callback(2), AlreadyCalledError);
  CHECK(failure_of(std::move(deferred)).is(Error::cancelled));
}

TEST_CASE("after cancel the producer may go away silently", "[deferred][rule126]") {
  Log log;
  auto [deferred, promise] = Halves<int>();
  int errbacks = 0;
  deferred.cancel();
  auto const end = std::move(deferred).add_errback([&](Failure) { return ++errbacks; });
  promise = {};
  CHECK(errbacks == 1);
  CHECK(log.lines.empty());
}

TEST_CASE("a canceller that fires nothing is followed by Error::cancelled", "[deferred][rule126]") {
  int calls = 0;
  auto deferred = Deferred<int>::with_canceller([&](Promise<int>&) { ++calls; });
  auto promise = deferred.promise();
  deferred.cancel();
  deferred.cancel();
  CHECK(calls == 1);
  CHECK(failure_of(std::move(deferred)).is(Error::cancelled));
  CHECK_THROWS_AS(promise.callback(1), AlreadyCalledError);
}

TEST_CASE("a canceller may give a better answer", "[deferred][rule126]") {
  auto deferred = Deferred<int>::with_canceller([](Promise<int>& promise) { promise.callback(5); });
  auto const promise = deferred.promise();
  deferred.cancel();
  CHECK(value_of(std::move(deferred)) == 5);
}

TEST_CASE("a canceller's exception is the failure", "[deferred][rule126]") {
  auto deferred =
      Deferred<int>::with_canceller([](Promise<int>&) { throw std::runtime_error("stuck"); });
  auto const promise = deferred.promise();
  deferred.cancel();
  CHECK(failure_of(std::move(deferred)).message() == "stuck");
}

TEST_CASE("a canceller may destroy the promise, or own it", "[deferred][rule126]") {
  std::optional<Promise<int>> promise;
  SECTION("it destroys it") {
    auto deferred = Deferred<int>::with_canceller([&](Promise<int>&) { promise.reset(); });
    promise = deferred.promise();
    deferred.cancel();
    CHECK(failure_of(std::move(deferred)).code() == Error::cancelled);
  }
  SECTION("and answers then") {
    auto deferred = Deferred<int>::with_canceller([&](Promise<int>& own) {
      promise.reset();
      own.callback(5);
    });
    promise = deferred.promise();
    deferred.cancel();
    CHECK(value_of(std::move(deferred)) == 5);
  }
  SECTION("it owns it") {
    auto owner = std::make_unique<Promise<int>>();
    auto* const place = owner.get();
    auto deferred =
        Deferred<int>::with_canceller([owner = std::move(owner)](Promise<int>&) mutable {});
    *place = deferred.promise();
    deferred.cancel();
    CHECK(failure_of(std::move(deferred)).code() == Error::cancelled);
  }
}

TEST_CASE("a canceller is destroyed when the Deferred fires", "[deferred][rule126]") {
  bool gone = false;
  auto deferred = Deferred<int>::with_canceller([token = Gone(gone)](Promise<int>&) {});
  deferred.callback(1);
  CHECK(gone);
}

TEST_CASE("cancel goes to the inner Deferred that the chain waits for", "[deferred][rule127]") {
  Log log;
  int calls = 0;
  auto inner = Deferred<int>::with_canceller([&](Promise<int>&) { ++calls; });
  auto const promise = inner.promise();
  auto end = succeed(1).add_callback([&](int) { return std::move(inner); }).add_callback(square);
  end.cancel();
  CHECK(calls == 1);
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
  CHECK(log.lines.empty());
}

TEST_CASE("cancel does nothing once there is a result", "[deferred][rule127]") {
  auto deferred = succeed(1);
  deferred.cancel();
  CHECK(value_of(std::move(deferred)) == 1);

  auto [paused, promise] = Halves<int>();
  paused.pause();
  promise.callback(2);
  paused.cancel();
  paused.unpause();
  CHECK(value_of(std::move(paused)) == 2);
}

// --- time-outs ---

TEST_CASE("a time-out cancels, and the next links see Error::timed_out", "[deferred][rule129]") {
  FakeClock clock;
  auto [deferred, promise] = Halves<int>();
  auto end = std::move(deferred).add_timeout(2s, clock);
  clock.advance(1999ms);
  CHECK_FALSE(promise.fired());
  clock.advance(1ms);
  CHECK(promise.fired());
  CHECK(failure_of(std::move(end)).code() == Error::timed_out);
}

TEST_CASE("a result on time drops the timer", "[deferred][rule129]") {
  FakeClock clock;
  auto [deferred, promise] = Halves<int>();
  auto end = std::move(deferred).add_timeout(2s, clock);
  CHECK(clock.delayed_calls().size() == 1);
  promise.callback(3);
  CHECK(clock.delayed_calls().empty());
  CHECK(value_of(std::move(end)) == 3);
}

TEST_CASE("another's cancel is no time-out", "[deferred][rule129]") {
  FakeClock clock;
  auto [deferred, promise] = Halves<int>();
  auto end = std::move(deferred).add_timeout(2s, clock);
  end.cancel();
  CHECK(clock.delayed_calls().empty());
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
}

TEST_CASE("a canceller's answer stands against a time-out", "[deferred][rule129]") {
  FakeClock clock;
  auto deferred = Deferred<int>::with_canceller([](Promise<int>& promise) { promise.callback(5); });
  auto const promise = deferred.promise();
  auto end = std::move(deferred).add_timeout(2s, clock);
  clock.advance(2s);
  CHECK(value_of(std::move(end)) == 5);
}

TEST_CASE("a time-out goes to the inner Deferred", "[deferred][rule129]") {
  FakeClock clock;
  auto [inner, promise] = Halves<int>();
  auto end = succeed(1).add_callback([&](int) { return std::move(inner); }).add_timeout(2s, clock);
  clock.advance(2s);
  CHECK(promise.fired());
  CHECK(failure_of(std::move(end)).code() == Error::timed_out);
}

TEST_CASE("a time-out counts without a handle", "[deferred][rule129]") {
  FakeClock clock;
  auto [deferred, promise] = Halves<int>();
  bool timed_out = false;
  std::move(deferred)
      .add_timeout(2s, clock)
      .add_errback([&](Failure failure) {
        timed_out = failure.is(Error::timed_out);
        return 0;
      })
      .release();
  clock.advance(2s);
  CHECK(timed_out);
}

}  // namespace
