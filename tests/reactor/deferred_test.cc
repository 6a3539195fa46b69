#include "reactor/deferred.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "reactor/log.h"
#include "tests/support/catch.h"

namespace {

bool counting = false;
std::size_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  if (counting) ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* at = operator new(size, std::nothrow)) return at;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

using namespace twx;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

constexpr int many = 100'000;

// The log lines of a test.
class Log {
 public:
  Log()
      : before_(set_log_sink([this](Level, std::string_view line) { lines.emplace_back(line); })) {}
  ~Log() { set_log_sink(std::move(before_)); }
  Log(Log const&) = delete;
  Log& operator=(Log const&) = delete;

  std::vector<std::string> lines;

 private:
  LogSink before_;
};

// Becomes true when the last copy is destroyed.
class Gone {
 public:
  explicit Gone(bool& gone) : token_(&gone, [](bool* at) { *at = true; }) {}

 private:
  std::shared_ptr<bool> token_;
};

// The result at the end of a chain that has come there.
template <class T>
Result<T> result_of(Deferred<T> deferred) {
  REQUIRE(deferred.has_result());
  std::optional<Result<T>> result;
  std::move(deferred).add_both([&](Result<T> last) { result.emplace(std::move(last)); }).release();
  return std::move(*result);
}
template <class T>
ValueOf<T> value_of(Deferred<T> deferred) {
  return std::move(result_of(std::move(deferred))).value();
}
template <class T>
Failure failure_of(Deferred<T> deferred) {
  auto const result = result_of(std::move(deferred));
  REQUIRE_FALSE(result);
  return result.failure();
}

int square(int n) { return n * n; }

// Both halves of a Deferred that is not fired.
template <class T>
struct Halves {
  Deferred<T> deferred;
  Promise<T> promise = deferred.promise();
};

// --- the seed's examples ---

std::string printed_square(std::invocable<Deferred<int>&> auto fire) {
  std::string printed;
  Deferred<int> deferred;
  fire(deferred);
  std::move(deferred)
      .add_callback([&](int n) {
        printed = "Square of " + std::to_string(n) + " is " + std::to_string(n * n);
      })
      .add_errback([&](Failure) { printed = "Error with process "; })
      .release();
  return printed;
}

TEST_CASE("four is squared by the callback, an exception goes to the errback", "[deferred][seed]") {
  CHECK(printed_square([](auto& deferred) { deferred.callback(4); }) == "Square of 4 is 16");
  CHECK(printed_square([](auto& deferred) {
          deferred.errback(std::runtime_error("my Exception"));
        }) == "Error with process ");
}

TEST_CASE("five is squared, then doubled", "[deferred][seed]") {
  std::vector<std::string> printed;
  auto [deferred, promise] = Halves<int>();
  auto const end =
      std::move(deferred)
          .add_callback([&](int n) {
            printed.push_back("Square of " + std::to_string(n) + " is " + std::to_string(n * n));
            return n;
          })
          .add_callback([&](int n) {
            printed.push_back("Twice of " + std::to_string(n) + " is " + std::to_string(2 * n));
          });
  CHECK(printed.empty());
  promise.callback(5);
  CHECK(printed == std::vector<std::string>{"Square of 5 is 25", "Twice of 5 is 10"});
}

// --- firing ---

TEST_CASE("a second callback is an error and leaves the chain as it was", "[deferred][rule114]") {
  auto [deferred, promise] = Halves<int>();
  CHECK_FALSE(promise.fired());
  promise.callback(1);
  CHECK(promise.fired());
  CHECK_THROWS_AS(promise.callback(2), AlreadyCalledError);
  CHECK_THROWS_AS(promise.errback(Error::timed_out), AlreadyCalledError);
  CHECK_THROWS_AS(deferred.callback(3), AlreadyCalledError);
  CHECK(value_of(std::move(deferred)) == 1);
}

TEST_CASE("a Deferred can be fired itself, once", "[deferred][rule114]") {
  Deferred<int> deferred;
  deferred.callback(1);
  CHECK_THROWS_AS(deferred.callback(2), AlreadyCalledError);
  CHECK_THROWS_AS(deferred.errback(Error::timed_out), AlreadyCalledError);
  CHECK(value_of(std::move(deferred)) == 1);
}

TEST_CASE("the promise is handed out once, and not at the end of a chain", "[deferred][rule114]") {
  auto [deferred, promise] = Halves<int>();
  CHECK_THROWS_AS(deferred.promise(), std::logic_error);
  auto text = std::move(deferred).add_callback([](int n) { return std::to_string(n); });
  CHECK_THROWS_AS(text.promise(), std::logic_error);
  CHECK_THROWS_AS(text.callback("4"), std::logic_error);
  promise.callback(5);
  CHECK(value_of(std::move(text)) == "5");
}

TEST_CASE("an empty promise has nothing to fire", "[deferred][rule114]") {
  Promise<int> promise;
  CHECK(promise.fired());
  CHECK_THROWS_AS(promise.callback(1), AlreadyCalledError);
}

TEST_CASE("a callback added after firing runs inside add_callback", "[deferred][rule115]") {
  int seen = 0;
  auto const end = succeed(3).add_callback([&](int n) { seen = n; });
  CHECK(seen == 3);
  CHECK(end.has_result());
}

TEST_CASE("firing runs the chain inside callback()", "[deferred][rule115]") {
  auto [deferred, promise] = Halves<int>();
  int seen = 0;
  auto const end = std::move(deferred).add_callback([&](int n) { seen = n; });
  CHECK(seen == 0);
  CHECK_FALSE(end.has_result());
  promise.callback(7);
  CHECK(seen == 7);
  CHECK(end.has_result());
}

TEST_CASE("a callback may destroy the promise that fires it", "[deferred][rule115]") {
  Deferred<int> deferred;
  auto promise = std::make_unique<Promise<int>>(deferred.promise());
  auto end = std::move(deferred).add_callback([&](int n) {
    promise.reset();
    return n + 1;
  });
  promise->callback(1);
  CHECK(value_of(std::move(end)) == 2);
}

TEST_CASE("a callback may drop the Deferred at the end of its chain", "[deferred][rule115]") {
  auto [deferred, promise] = Halves<int>();
  std::optional<Deferred<int>> end;
  bool last = false;
  end = std::move(deferred)
            .add_callback([&](int n) { return end.reset(), n; })
            .add_callback([&](int n) {
              last = true;
              return n;
            });
  promise.callback(1);
  CHECK(last);
}

// --- links ---

TEST_CASE("each callback gets what the one before returned", "[deferred][rule116]") {
  CHECK(value_of(succeed(3).add_callback(square).add_callback(
            [](int n) { return std::to_string(n) + "!"; })) == "9!");
}

TEST_CASE("a throwing callback leads to the next errback, whose value leads back",
          "[deferred][rule116]") {
  std::string seen;
  auto end = succeed(3)
                 .add_callback([](int) -> int { throw std::runtime_error("no"); })
                 .add_callback([&](int n) { return seen += "passed by", n; })
                 .add_errback([&](Failure failure) { return seen += failure.message(), 8; })
                 .add_callback(square);
  CHECK(seen == "no");
  CHECK(value_of(std::move(end)) == 64);
}

TEST_CASE("a Failure that a link returns is a failure", "[deferred][rule116]") {
  auto from_callback = succeed(3).add_callback([](int n) -> Result<std::string> {
    if (n == 3) return Error::timed_out;
    return "fine";
  });
  CHECK(failure_of(std::move(from_callback)).is(Error::timed_out));
  auto from_errback =
      fail<int>(Error::cancelled).add_errback([](Failure) { return Failure(Error::timed_out); });
  CHECK(failure_of(std::move(from_errback)).is(Error::timed_out));
}

TEST_CASE("a Result that a link returns is what it holds", "[deferred][rule116]") {
  CHECK(value_of(succeed(3).add_callback(
            [](int n) -> Result<std::string> { return std::to_string(n); })) == "3");
  CHECK(value_of(fail<int>(Error::cancelled).add_errback([](Failure) -> Result<int> {
          return 4;
        })) == 4);
}

TEST_CASE("a throwing errback replaces the failure", "[deferred][rule116]") {
  auto end = fail<int>(Error::cancelled).add_errback([](Failure) -> int {
    throw std::runtime_error("worse");
  });
  CHECK(failure_of(std::move(end)).message() == "worse");
}

TEST_CASE("callbacks let failures pass, errbacks values", "[deferred][rule117]") {
  int calls = 0;
  auto failed = fail<int>(Error::timed_out).add_callback([&](int) { ++calls; });
  CHECK(failure_of(std::move(failed)).is(Error::timed_out));
  auto good = succeed(3).add_errback([&](Failure) { return ++calls; });
  CHECK(value_of(std::move(good)) == 3);
  CHECK(calls == 0);
}

TEST_CASE("add_both sees values and failures", "[deferred][rule117]") {
  auto const describe = [](Result<int> result) {
    return result ? std::to_string(*result) : "failed";
  };
  CHECK(value_of(succeed(3).add_both(describe)) == "3");
  CHECK(value_of(fail<int>(Error::timed_out).add_both(describe)) == "failed");
}

TEST_CASE("of add_callbacks the errback does not see what the callback threw",
          "[deferred][rule117]") {
  auto const half = [](int n) { return n % 2 ? throw std::runtime_error("odd") : n / 2; };
  auto const zero = [](Failure) { return 0; };
  CHECK(value_of(succeed(8).add_callbacks(half, zero)) == 4);
  CHECK(value_of(fail<int>(Error::timed_out).add_callbacks(half, zero)) == 0);
  CHECK(failure_of(succeed(7).add_callbacks(half, zero)).message() == "odd");
}

TEST_CASE("further arguments follow the result", "[deferred][rule118]") {
  auto const join = [](int n, std::string const& text, std::unique_ptr<int> last) {
    return std::to_string(n) + text + std::to_string(*last);
  };
  CHECK(value_of(succeed(1).add_callback(join, " and ", std::make_unique<int>(2))) == "1 and 2");
  CHECK(value_of(succeed().add_callback([](int n) { return n; }, 5)) == 5);
  auto const pick = [](Failure const&, int n) { return n; };
  CHECK(value_of(fail<int>(Error::timed_out).add_errback(pick, 6)) == 6);
  auto const sum = [](Result<int> a, int b) { return *a + b; };
  CHECK(value_of(succeed(1).add_both(sum, 2)) == 3);
}

TEST_CASE("errback wraps an exception, or takes the one being handled", "[deferred][rule119]") {
  Deferred<int> wrapped;
  wrapped.errback(std::runtime_error("my Exception"));
  CHECK(failure_of(std::move(wrapped)).message() == "my Exception");

  auto [deferred, promise] = Halves<int>();
  try {
    throw std::system_error(std::make_error_code(std::errc::connection_reset));
  } catch (...) {
    promise.errback();
  }
  CHECK(failure_of(std::move(deferred)).code() == std::errc::connection_reset);
}

// --- Deferreds inside Deferreds ---

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

// --- failures that nobody took ---

TEST_CASE("an unhandled failure is logged when its Deferred goes away, with the place",
          "[deferred][rule128]") {
  Log log;
  auto const line = std::to_string(__LINE__ + 2);
  {
    auto const end = fail<int>(Failure(Error::timed_out, "here")).add_callback(square);
    CHECK(log.lines.empty());
  }
  CHECK(log.lines ==
        std::vector<std::string>{"Unhandled error in Deferred created at deferred_test.cc:" + line +
                                 ": here: Timed out"});
}

TEST_CASE("an unhandled failure is logged as it comes if no Deferred is left",
          "[deferred][rule128]") {
  Log log;
  auto [deferred, promise] = Halves<int>();
  std::move(deferred).add_callback(square).release();
  CHECK(log.lines.empty());
  promise.errback(Error::timed_out);
  CHECK(log.lines.size() == 1);
  promise = {};
  CHECK(log.lines.size() == 1);
}

TEST_CASE("a cancelled Deferred that is dropped is logged though its producer lives on",
          "[deferred][rule128]") {
  Log log;
  auto halves = std::make_unique<Halves<int>>();
  auto const promise = std::move(halves->promise);
  halves->deferred.cancel();
  halves.reset();
  CHECK(log.lines.size() == 1);
}

TEST_CASE("a failure that was handled is not logged", "[deferred][rule128]") {
  Log log;
  fail<int>(Error::timed_out).add_errback([](Failure) { return 0; }).release();
  fail<int>(Error::timed_out).add_both([](Result<int>) {}).release();
  Deferred<int> other;
  fail<int>(Error::timed_out).chain_deferred(other.promise());
  std::move(other).add_errback([](Failure) { return 0; }).release();
  auto const awaits = []() -> Deferred<int> {
    try {
      co_return co_await fail<int>(Error::timed_out);
    } catch (FailureException const&) {
      co_return 0;
    }
  };
  CHECK(value_of(awaits()) == 0);
  CHECK(log.lines.empty());
}

TEST_CASE("a failure passed on from inner to outer is logged once", "[deferred][rule128]") {
  Log log;
  succeed(1).add_callback([](int) { return fail<int>(Error::timed_out); }).release();
  CHECK(log.lines.size() == 1);
}

// --- producers that go away ---

TEST_CASE("a promise that goes away unfired abandons the chain", "[deferred][abandoned]") {
  auto [deferred, promise] = Halves<int>();
  auto end = std::move(deferred).add_callback(square);
  promise = {};
  CHECK(failure_of(std::move(end)).is(Error::abandoned));
}

TEST_CASE("a promise that nobody listens to goes away silently", "[deferred][abandoned]") {
  Log log;
  {
    auto const promise = Deferred<int>().promise();
  }
  {
    Deferred<int> const never_used;
  }
  CHECK(log.lines.empty());
}

TEST_CASE("links that nobody can fire are abandoned at once", "[deferred][abandoned]") {
  CHECK(failure_of(Deferred<int>().add_callback(square)).is(Error::abandoned));
  CHECK(failure_of(succeed().add_callback([] { return Deferred<int>(); })).is(Error::abandoned));
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

// --- making Deferreds of other things ---

TEST_CASE("succeed and fail are fired already", "[deferred][rule130]") {
  CHECK(value_of(succeed(std::string("x"))) == "x");
  CHECK(value_of(succeed<std::string>("x")) == "x");
  CHECK(result_of(succeed()));
  CHECK(failure_of(fail<int>(Error::timed_out)).is(Error::timed_out));
}

TEST_CASE("maybe_deferred makes a Deferred of a value, an exception and a Deferred",
          "[deferred][rule130]") {
  CHECK(value_of(maybe_deferred([] { return 3; })) == 3);
  CHECK(result_of(maybe_deferred([] {})));
  CHECK(failure_of(maybe_deferred([]() -> int { throw std::runtime_error("no"); })).message() ==
        "no");
  CHECK(value_of(maybe_deferred([] { return succeed(4); })) == 4);
  CHECK(value_of(maybe_deferred([]() -> Result<int> { return 5; })) == 5);
}

// --- coroutines ---

Deferred<int> plus_one(Deferred<int> deferred) { co_return co_await std::move(deferred) + 1; }

TEST_CASE("awaiting a fired Deferred does not suspend", "[deferred][rule133]") {
  auto end = plus_one(succeed(1));
  CHECK(value_of(std::move(end)) == 2);
}

TEST_CASE("a coroutine goes on inside callback()", "[deferred][rule133]") {
  auto [deferred, promise] = Halves<int>();
  auto end = plus_one(std::move(deferred)).add_callback(square);
  CHECK_FALSE(end.has_result());
  promise.callback(2);
  CHECK(value_of(std::move(end)) == 9);
}

TEST_CASE("a coroutine goes on without its handle", "[deferred][rule133]") {
  auto [deferred, promise] = Halves<int>();
  int seen = 0;
  plus_one(std::move(deferred)).add_callback([&](int n) { seen = n; }).release();
  promise.callback(2);
  CHECK(seen == 3);
}

TEST_CASE("a failure is thrown at the await, an exception is the failure", "[deferred][rule133]") {
  CHECK(failure_of(plus_one(fail<int>(Error::timed_out))).is(Error::timed_out));

  auto const asks = [](Deferred<int> deferred) -> Deferred<std::string> {
    try {
      co_return std::to_string(co_await std::move(deferred));
    } catch (std::runtime_error const& e) {
      co_return e.what();
    }
  };
  auto [deferred, promise] = Halves<int>();
  auto end = asks(std::move(deferred));
  promise.errback(std::runtime_error("kept"));
  CHECK(value_of(std::move(end)) == "kept");
}

TEST_CASE("awaiting ends a pause, and a wait that nobody can end", "[deferred][rule133]") {
  auto paused = succeed(1);
  paused.pause();
  CHECK(value_of(plus_one(std::move(paused))) == 2);
  CHECK(failure_of(plus_one(Deferred<int>())).is(Error::abandoned));
}

TEST_CASE("co_return takes a Failure too", "[deferred][rule133]") {
  auto const fails = []() -> Deferred<int> { co_return Failure(Error::timed_out); };
  CHECK(failure_of(fails()).is(Error::timed_out));
}

TEST_CASE("cancel reaches what the coroutine awaits", "[deferred][rule133]") {
  auto [deferred, promise] = Halves<int>();
  auto end = plus_one(std::move(deferred));
  end.cancel();
  CHECK(promise.fired());
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
}

TEST_CASE("a coroutine may catch the cancel and go on", "[deferred][rule133]") {
  auto const stubborn = [](Deferred<int> first, Deferred<int> second) -> Deferred<int> {
    try {
      co_await std::move(first);
    } catch (FailureException const& e) {
      if (!e.failure().is(Error::cancelled)) throw;
    }
    co_return co_await std::move(second);
  };
  auto first = Halves<int>();
  auto second = Halves<int>();
  auto end = stubborn(std::move(first.deferred), std::move(second.deferred));
  end.cancel();
  CHECK_FALSE(end.has_result());
  SECTION("to a result") {
    second.promise.callback(4);
    CHECK(value_of(std::move(end)) == 4);
  }
  SECTION("to the next cancel") {
    end.cancel();
    CHECK(failure_of(std::move(end)).is(Error::cancelled));
  }
}

TEST_CASE("a coroutine that cancels itself is cancelled, and what it returns is lost",
          "[deferred][rule133]") {
  std::optional<Deferred<int>> own;
  auto first = Halves<int>();
  auto second = Halves<int>();
  auto const coroutine = [&](Deferred<int> a, Deferred<int> b) -> Deferred<int> {
    co_await std::move(a);
    own->cancel();
    co_return co_await std::move(b);
  };
  own = coroutine(std::move(first.deferred), std::move(second.deferred));
  first.promise.callback(1);
  CHECK(failure_of(*std::exchange(own, std::nullopt)).is(Error::cancelled));
  second.promise.callback(2);
}

TEST_CASE("a coroutine that awaits its own Deferred fails", "[deferred][rule133]") {
  std::optional<Deferred<int>> own;
  std::string seen;
  auto [gate, promise] = Halves<void>();
  auto const coroutine = [&](Deferred<void> wait) -> Deferred<int> {
    co_await std::move(wait);
    try {
      co_await std::move(*own);
    } catch (std::logic_error const& e) {
      seen = e.what();
    }
    co_return 1;
  };
  own = coroutine(std::move(gate));
  promise.callback();
  CHECK(seen == "a coroutine awaits its own Deferred");
}

TEST_CASE("an abandoned coroutine gets Error::abandoned and destroys what it owns",
          "[deferred][rule133]") {
  bool gone = false;
  auto halves = Halves<int>();
  auto const waits = [](Deferred<int> deferred, Gone) -> Deferred<int> {
    co_return co_await std::move(deferred);
  };
  auto end = waits(std::move(halves.deferred), Gone(gone));
  CHECK_FALSE(gone);
  halves.promise = {};
  CHECK(gone);
  CHECK(failure_of(std::move(end)).is(Error::abandoned));
}

TEST_CASE("what a coroutine owned is destroyed before its chain runs", "[deferred][rule133]") {
  bool gone = false;
  auto halves = Halves<int>();
  auto const waits = [](Deferred<int> deferred, Gone) -> Deferred<int> {
    co_return co_await std::move(deferred);
  };
  auto end = waits(std::move(halves.deferred), Gone(gone)).add_callback([&](int) { return gone; });
  halves.promise.callback(1);
  CHECK(value_of(std::move(end)));
}

TEST_CASE("a coroutine lambda as a callback keeps its captures while it waits",
          "[deferred][rule133]") {
  bool gone = false;
  auto [deferred, promise] = Halves<int>();
  auto end =
      succeed(1).add_callback([token = Gone(gone), text = std::string(50, 'x'),
                               wait = std::move(deferred)](int n) mutable -> Deferred<std::string> {
        auto const more = co_await std::move(wait);
        co_return text + std::to_string(n + more);
      });
  CHECK_FALSE(gone);
  promise.callback(2);
  CHECK(gone);
  CHECK(value_of(std::move(end)) == std::string(50, 'x') + "3");
}

TEST_CASE("a failing coroutine that nobody watches is logged with its place",
          "[deferred][rule133]") {
  Log log;
  auto const fails = []() -> Deferred<void> {
    co_await succeed();
    throw std::runtime_error("lost");
  };
  fails().release();
  REQUIRE(log.lines.size() == 1);
  // The line is the coroutine's first or last, as the compiler likes.
  CHECK_THAT(log.lines[0], ContainsSubstring("created at deferred_test.cc:"));
  CHECK_THAT(log.lines[0], ContainsSubstring(": lost"));
}

TEST_CASE("a coroutine of another kind can await too", "[deferred][rule133]") {
  struct Task {
    struct promise_type {
      Task get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void unhandled_exception() { std::terminate(); }
      void return_void() {}
    };
  };
  int seen = 0;
  auto const task = [&](Deferred<int> deferred) -> Task { seen = co_await std::move(deferred); };
  auto [deferred, promise] = Halves<int>();
  task(std::move(deferred));
  promise.callback(3);
  CHECK(seen == 3);
}

TEST_CASE("coroutines resumed by something else fire their chains all the same",
          "[deferred][rule133]") {
  struct Handle {
    std::coroutine_handle<>& out;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> h) { out = h; }
    void await_resume() {}
  };
  std::coroutine_handle<> handle;
  auto const foreign = [](std::coroutine_handle<>& out) -> Deferred<int> {
    co_await Handle{out};
    co_return 1;
  };
  auto end = foreign(handle);
  SECTION("resumed") {
    handle.resume();
    CHECK(value_of(std::move(end)) == 1);
  }
  SECTION("resumed inside a callback") {
    succeed().add_callback([&] { handle.resume(); }).release();
    CHECK(value_of(std::move(end)) == 1);
  }
  SECTION("destroyed") {
    handle.destroy();
    CHECK(failure_of(std::move(end)).is(Error::abandoned));
  }
}

TEST_CASE("a hundred thousand coroutines that await each other do not recurse",
          "[deferred][rule133]") {
  auto halves = Halves<int>();
  auto end = std::move(halves.deferred);
  for (int i = 0; i < many; ++i) end = plus_one(std::move(end));
  SECTION("when the first is fired") {
    halves.promise.callback(0);
    CHECK(value_of(std::move(end)) == many);
  }
  SECTION("when the last is cancelled") {
    end.cancel();
    CHECK(failure_of(std::move(end)).is(Error::cancelled));
  }
  SECTION("when everybody goes away") {
    std::move(end).add_errback([](Failure) { return 0; }).release();
    halves.promise = {};
  }
}

TEST_CASE("a loop of a hundred thousand awaits neither recurses nor grows", "[deferred][rule133]") {
  auto const loop = [](std::vector<Deferred<int>>& turns) -> Deferred<int> {
    int sum = 0;
    for (auto& turn : turns) sum += co_await std::move(turn);
    co_return sum;
  };
  std::vector<Deferred<int>> turns(static_cast<std::size_t>(many));
  std::vector<Promise<int>> promises;
  for (auto& turn : turns) promises.push_back(turn.promise());
  auto end = loop(turns);
  for (auto& promise : promises) promise.callback(1);
  CHECK(value_of(std::move(end)) == many);
}

template <class D>
concept AwaitableAsLvalue = requires(D& deferred) { deferred.operator co_await(); };

TEST_CASE("await consumes", "[deferred][rule133]") {
  STATIC_REQUIRE_FALSE(AwaitableAsLvalue<Deferred<int>>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Deferred<int>>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Promise<int>>);
}

// --- values, captures, cost ---

TEST_CASE("move-only values travel through links and awaits", "[deferred][values]") {
  using Owned = std::unique_ptr<int>;
  auto [deferred, promise] = Halves<Owned>();
  auto const passes = [](Deferred<Owned> inner) -> Deferred<Owned> {
    auto owned = co_await std::move(inner);
    ++*owned;
    co_return owned;
  };
  auto end = passes(std::move(deferred))
                 .add_callback([](Owned owned) { return succeed(std::move(owned)); })
                 .add_errback([](Failure) { return Owned(); })
                 .add_both([](Result<Owned> result) { return std::move(result).value(); });
  promise.callback(std::make_unique<int>(4));
  CHECK(*value_of(std::move(end)) == 5);
}

TEST_CASE("a Deferred<void> carries no value but all the rest", "[deferred][values]") {
  auto [deferred, promise] = Halves<void>();
  int calls = 0;
  auto const waits = [](Deferred<void> inner) -> Deferred<void> { co_await std::move(inner); };
  auto end = waits(std::move(deferred))
                 .add_callback([&] { ++calls; })
                 .add_callback([] { return succeed(); })
                 .add_callback([]() -> Result<void> { return Error::timed_out; })
                 .add_errback([&](Failure) { ++calls; })
                 .add_callbacks([&] { ++calls; }, [](Failure) {});
  promise.callback();
  CHECK(result_of(std::move(end)));
  CHECK(calls == 3);
}

TEST_CASE("values larger than a word, with an alignment of their own, arrive whole",
          "[deferred][values]") {
  struct alignas(16) Large {
    std::size_t numbers[32] = {};
  };
  auto [deferred, promise] = Halves<Large>();
  auto end = std::move(deferred).add_callback([](Large const& large) {
    CHECK(reinterpret_cast<std::uintptr_t>(&large) % 16 == 0);
    return large.numbers[31];
  });
  Large large;
  large.numbers[31] = 7;
  promise.callback(large);
  CHECK(value_of(std::move(end)) == 7);
}

TEST_CASE("what a link captured is destroyed when it ran or was passed by", "[deferred][values]") {
  bool ran = false;
  bool passed_by = false;
  auto [deferred, promise] = Halves<int>();
  auto end = std::move(deferred)
                 .add_callback([token = Gone(ran)](int n) { return n; })
                 .add_callback([&](int n) { return ran ? n : 0; })
                 .add_errback([token = Gone(passed_by)](Failure) { return 1; })
                 .add_callback([&](int n) { return passed_by ? n : 0; });
  promise.callback(5);
  CHECK(value_of(std::move(end)) == 5);
}

TEST_CASE("a result that nobody can take is destroyed at once", "[deferred][values]") {
  bool gone = false;
  auto [deferred, promise] = Halves<Gone>();
  promise.callback(Gone(gone));
  CHECK_FALSE(gone);
  std::move(deferred).release();
  CHECK(gone);
}

TEST_CASE("a value whose move throws is a failure inside the chain, an exception at callback()",
          "[deferred][values]") {
  struct Bad {
    bool throws = false;
    explicit Bad(bool now) : throws(now) {}
    Bad(Bad&& other) : throws(other.throws) {
      if (throws) throw std::runtime_error("will not move");
    }
  };
  auto [deferred, promise] = Halves<Bad>();
  CHECK_THROWS_AS(promise.callback(Bad(true)), std::runtime_error);
  CHECK_FALSE(promise.fired());
  auto end = std::move(deferred).add_callback([](Bad bad) {
    bad.throws = true;
    return Result<Bad>(std::move(bad));
  });
  promise.callback(Bad(false));
  CHECK(failure_of(std::move(end)).message() == "will not move");
}

TEST_CASE("create, add one callback, fire: one allocation", "[deferred][cost]") {
  int seen = 0;
  allocations = 0;
  counting = true;
  {
    Deferred<int> deferred;
    auto promise = deferred.promise();
    auto const end = std::move(deferred).add_callback([&](int n) { seen = n; });
    promise.callback(4);
  }
  counting = false;
  CHECK(seen == 4);
  CHECK(allocations == 1);
}

TEST_CASE("a link to a fired Deferred costs no allocation", "[deferred][cost]") {
  auto deferred = succeed(std::string("short"));
  allocations = 0;
  counting = true;
  for (int i = 0; i < 10; ++i) {
    deferred = std::move(deferred).add_callback([](std::string text) { return text; });
  }
  counting = false;
  CHECK(allocations == 0);
}

}  // namespace
