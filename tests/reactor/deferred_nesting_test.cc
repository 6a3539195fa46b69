// Deferreds that others wait for, and chains so long that nothing may recurse.
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactor/deferred.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("a callback that returns a Deferred holds the chain until that has a result",
          "[deferred][rule120]") {
  auto [inner, promise] = Halves<std::string>();
  auto end = succeed(1)
                 .add_callback([&](int) { return std::move(inner); })
                 .add_callback([](std::string text) { return text + "!"; });
  CHECK_FALSE(end.has_result());
  promise.callback("yes");
  CHECK(value_of(std::move(end)) == "yes!");
}

TEST_CASE("the failure of an inner Deferred is the chain's", "[deferred][rule120]") {
  Log log;
  auto [inner, promise] = Halves<int>();
  auto end = fail<int>(Error::cancelled).add_errback([&](Failure) { return std::move(inner); });
  promise.errback(Error::timed_out);
  CHECK(failure_of(std::move(end)).is(Error::timed_out));
  CHECK(log.lines.empty());
}

TEST_CASE("an inner Deferred that has its result goes on at once", "[deferred][rule120]") {
  CHECK(value_of(
            succeed(1).add_callback([](int n) { return succeed(n + 1); }).add_callback(square)) ==
        4);
  CHECK(failure_of(succeed(1).add_callback([](int) {
          return fail<int>(Error::timed_out);
        })).is(Error::timed_out));
}

TEST_CASE("an inner Deferred goes on without its outer handle", "[deferred][rule120]") {
  auto [inner, promise] = Halves<int>();
  int seen = 0;
  succeed(1)
      .add_callback([&](int) { return std::move(inner); })
      .add_callback([&](int n) { seen = n; })
      .release();
  promise.callback(5);
  CHECK(seen == 5);
}

TEST_CASE("an inner Deferred may fire while its callback still runs", "[deferred][rule120]") {
  // The promise goes with the local variables, after the Deferred was moved out.
  auto end = succeed(1).add_callback([](int) {
    Halves<int> halves;
    return std::move(halves.deferred);
  });
  CHECK(failure_of(std::move(end)).is(Error::abandoned));
}

TEST_CASE("a chain of a hundred thousand callbacks does not recurse", "[deferred][rule121]") {
  auto halves = Halves<int>();
  auto end = std::move(halves.deferred);
  for (int i = 0; i < many; ++i) end = std::move(end).add_callback([](int n) { return n + 1; });
  SECTION("when it is fired") {
    halves.promise.callback(0);
    CHECK(value_of(std::move(end)) == many);
  }
  SECTION("when its producer goes away") {
    halves.promise = {};
    CHECK(failure_of(std::move(end)).is(Error::abandoned));
  }
  SECTION("when everybody goes away") {
    std::move(end).add_errback([](Failure) { return 0; }).release();
    halves.promise = {};
  }
}

TEST_CASE("a hundred thousand Deferreds inside each other do not recurse", "[deferred][rule121]") {
  auto halves = Halves<int>();
  auto end = std::move(halves.deferred);
  for (int i = 0; i < many; ++i) {
    Deferred<int> outer;
    outer.callback(0);
    end = std::move(outer).add_callback(
        [inner = std::move(end)](int) mutable { return std::move(inner); });
    end = std::move(end).add_callback([](int n) { return n + 1; });
  }
  SECTION("when the innermost is fired") {
    halves.promise.callback(0);
    CHECK(value_of(std::move(end)) == many);
  }
  SECTION("when the outermost is cancelled") {
    end.cancel();
    CHECK(failure_of(std::move(end)).is(Error::cancelled));
  }
  SECTION("when everybody goes away") {
    std::move(end).add_errback([](Failure) { return 0; }).release();
    halves.promise = {};
  }
}

TEST_CASE("a hundred thousand Deferreds that wait to begin inside each other do not recurse",
          "[deferred][rule121]") {
  // None of the callbacks has run: each owns the Deferred that it will return.
  auto halves = Halves<int>();
  auto end = std::move(halves.deferred);
  std::vector<Promise<int>> promises;
  for (int i = 0; i < many; ++i) {
    auto outer = Halves<int>();
    promises.push_back(std::move(outer.promise));
    end = std::move(outer.deferred).add_callback([inner = std::move(end)](int) mutable {
      return std::move(inner);
    });
  }
  SECTION("from the outside in") {
    for (; !promises.empty(); promises.pop_back()) promises.back().callback(0);
    halves.promise.callback(5);
    CHECK(value_of(std::move(end)) == 5);
  }
  SECTION("from the inside out") {
    halves.promise.callback(5);
    for (auto& promise : promises) promise.callback(0);
    CHECK(value_of(std::move(end)) == 5);
  }
}

template <class T>
concept CanBeFiredWithDeferred =
    requires(Promise<T> promise, Deferred<T> deferred, Deferred<T> inner) {
      promise.callback(std::move(inner));
    } || requires(Deferred<T> deferred, Deferred<T> inner) { deferred.callback(std::move(inner)); };

TEST_CASE("callback() refuses a Deferred", "[deferred][rule122]") {
  STATIC_REQUIRE_FALSE(CanBeFiredWithDeferred<int>);
  STATIC_REQUIRE_FALSE(CanBeFiredWithDeferred<void>);
  STATIC_REQUIRE_FALSE(CanBeFiredWithDeferred<std::string>);
}

TEST_CASE("a callback that returns its own Deferred fails", "[deferred][rule122]") {
  auto [deferred, promise] = Halves<int>();
  std::optional<Deferred<int>> end;
  std::string seen;
  end = std::move(deferred)
            .add_callback([&](int) { return std::move(*end); })
            .add_errback([&](Failure failure) { return seen = failure.message(), 0; });
  promise.callback(1);
  CHECK(seen == "a callback returned its own Deferred");
}

TEST_CASE("a chained Deferred gets the result, value or failure", "[deferred][rule123]") {
  auto first = Halves<int>();
  auto second = Halves<int>();
  std::move(first.deferred).add_callback(square).chain_deferred(std::move(second.promise));
  CHECK_FALSE(second.deferred.has_result());
  first.promise.callback(3);
  CHECK(value_of(std::move(second.deferred)) == 9);

  Deferred<int> other;
  fail<int>(Error::timed_out).chain_deferred(other.promise());
  CHECK(failure_of(std::move(other)).is(Error::timed_out));
}

TEST_CASE("a cancelled chained Deferred leaves the first one alone", "[deferred][rule123]") {
  Log log;
  auto first = Halves<int>();
  auto second = Halves<int>();
  int seen = 0;
  std::move(first.deferred)
      .add_callback([&](int n) { return seen = n; })
      .chain_deferred(std::move(second.promise));
  second.deferred.cancel();
  CHECK(failure_of(std::move(second.deferred)).is(Error::cancelled));
  first.promise.callback(3);
  CHECK(seen == 3);
  CHECK(log.lines.empty());
}

TEST_CASE("chaining to a fired promise, or to one's own, is an error", "[deferred][rule123]") {
  auto [deferred, promise] = Halves<int>();
  CHECK_THROWS_AS(std::move(deferred).chain_deferred(std::move(promise)), std::logic_error);
  Deferred<int> fired;
  auto late = fired.promise();
  late.callback(1);
  CHECK_THROWS_AS(succeed(1).chain_deferred(std::move(late)), AlreadyCalledError);
}

TEST_CASE("a hundred thousand chained Deferreds do not recurse", "[deferred][rule123]") {
  auto halves = Halves<int>();
  auto end = std::move(halves.deferred);
  for (int i = 0; i < many; ++i) {
    Deferred<int> next;
    std::move(end).chain_deferred(next.promise());
    end = std::move(next);
  }
  halves.promise.callback(5);
  CHECK(value_of(std::move(end)) == 5);
}

}  // namespace
