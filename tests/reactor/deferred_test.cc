// Firing, links, and who hears of a failure that nobody took.
#include "reactor/deferred.h"

#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// --- examples ---

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

}  // namespace
