// Several Deferreds as one.
#include "reactor/deferred_list.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "reactor/defer_later.h"
#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

// So many Deferreds and their promises.
template <class T>
struct Several {
  explicit Several(std::size_t count) : deferreds(count) {
    for (auto& deferred : deferreds) promises.push_back(deferred.promise());
  }
  std::vector<Deferred<T>> deferreds;
  std::vector<Promise<T>> promises;
};

template <class T>
std::vector<Deferred<T>> vector_of(auto... deferreds) {
  std::vector<Deferred<T>> all;
  (all.push_back(std::move(deferreds)), ...);
  return all;
}

// --- deferred_list ---

TEST_CASE("a list fires with all results in its own order, once the last is there",
          "[deferred][rule131]") {
  Log log;
  Several<int> some(3);
  auto list = deferred_list(std::move(some.deferreds));
  some.promises[2].callback(30);
  some.promises[0].callback(10);
  CHECK_FALSE(list.has_result());
  some.promises[1].errback(Error::timed_out);
  auto const results = value_of(std::move(list));
  REQUIRE(results.size() == 3);
  CHECK(*results[0] == 10);
  CHECK(results[1].failure().is(Error::timed_out));
  CHECK(*results[2] == 30);
  CHECK(log.lines.empty());
}

TEST_CASE("an empty list fires at once, and so does one whose results are there",
          "[deferred][rule131]") {
  CHECK(value_of(deferred_list(std::vector<Deferred<int>>())).empty());
  auto const results = value_of(deferred_list(vector_of<int>(succeed(1), succeed(2))));
  REQUIRE(results.size() == 2);
  CHECK(*results[1] == 2);
}

TEST_CASE("a list of void tells who failed", "[deferred][rule131]") {
  auto const results =
      value_of(deferred_list(vector_of<void>(succeed(), fail<void>(Error::timed_out))));
  REQUIRE(results.size() == 2);
  CHECK(results[0]);
  CHECK_FALSE(results[1]);
}

TEST_CASE("fire_on_one_errback fails the list with the first failure and its number",
          "[deferred][rule131]") {
  Several<int> some(3);
  auto list = deferred_list(std::move(some.deferreds), {.fire_on_one_errback = true});
  some.promises[0].callback(1);
  some.promises[2].errback(Failure(Error::timed_out, "here"));
  auto const failure = failure_of(std::move(list));
  CHECK(failure.is(Error::timed_out));
  CHECK(failure.index() == 2);
  CHECK(failure.message() == "2: here: Timed out");
  some.promises[1].callback(2);
}

TEST_CASE("failures after the result are logged, or dropped if errors are consumed",
          "[deferred][rule131][rule128]") {
  Log log;
  Several<int> some(3);
  auto const consume = GENERATE(false, true);
  auto list = deferred_list(std::move(some.deferreds),
                            {.fire_on_one_errback = true, .consume_errors = consume});
  some.promises[0].errback(Error::timed_out);
  CHECK(failure_of(std::move(list)).is(Error::timed_out));
  CHECK(log.lines.empty());
  some.promises[1].callback(1);
  CHECK(log.lines.empty());
  some.promises[2].errback(std::runtime_error("late"));
  CHECK(log.lines.size() == (consume ? 0 : 1));
}

TEST_CASE("cancelling a list cancels all that have no result", "[deferred][rule131][rule127]") {
  Log log;
  Several<int> some(3);
  auto list = deferred_list(std::move(some.deferreds));
  some.promises[1].callback(5);
  list.cancel();
  CHECK(some.promises[0].fired());
  CHECK(some.promises[2].fired());
  auto const results = value_of(std::move(list));
  CHECK(results[0].failure().is(Error::cancelled));
  CHECK(*results[1] == 5);
  CHECK(results[2].failure().is(Error::cancelled));
  CHECK(log.lines.empty());
}

TEST_CASE("a list does not wait for one that lives on after its cancel, but hears of its failure",
          "[deferred][rule131][rule128]") {
  Log log;
  auto first = Halves<int>();
  auto second = Halves<int>();
  auto const stubborn = [](Deferred<int> a, Deferred<int> b) -> Deferred<int> {
    try {
      co_return co_await std::move(a);
    } catch (FailureException const&) {
    }
    co_return co_await std::move(b);
  };
  auto list = deferred_list(
      vector_of<int>(stubborn(std::move(first.deferred), std::move(second.deferred))));
  list.cancel();
  CHECK(failure_of(std::move(list)).code() == Error::cancelled);
  CHECK(log.lines.empty());
  second.promise.errback(Error::timed_out);
  CHECK(log.lines.size() == 1);
}

TEST_CASE("a canceller may cancel the list again", "[deferred][rule131]") {
  std::optional<Deferred<std::vector<Result<int>>>> list;
  int calls = 0;
  auto one = Deferred<int>::with_canceller([&](Promise<int>&) {
    ++calls;
    list->cancel();
  });
  auto const promise = one.promise();
  auto other = Halves<int>();
  list = deferred_list(vector_of<int>(std::move(one), std::move(other.deferred)));
  list->cancel();
  CHECK(calls == 1);
  CHECK(list->has_result());
}

TEST_CASE("being in a list ends a pause, and a wait that nobody can end", "[deferred][rule131]") {
  auto paused = succeed(1);
  paused.pause();
  auto const results = value_of(deferred_list(vector_of<int>(std::move(paused), Deferred<int>())));
  CHECK(*results[0] == 1);
  CHECK(results[1].failure().is(Error::abandoned));
}

TEST_CASE("a list goes on without its handle, and with it gone says what nobody took",
          "[deferred][rule131][rule128]") {
  Log log;
  int sum = 0;
  Several<int> some(2);
  deferred_list(std::move(some.deferreds))
      .add_callback([&](std::vector<Result<int>> results) {
        for (auto& each : results) sum += *each;
      })
      .release();
  for (auto& promise : some.promises) promise.callback(4);
  CHECK(sum == 8);
  CHECK(log.lines.empty());

  Several<int> lost(2);
  deferred_list(std::move(lost.deferreds), {.fire_on_one_errback = true}).release();
  lost.promises[0].errback(Error::timed_out);
  lost.promises[1].callback(1);
  CHECK(log.lines.size() == 1);
}

TEST_CASE("the results of a list may be moved only, or not even assigned", "[deferred][rule131]") {
  struct Fixed {
    explicit Fixed(int n) : number(std::make_unique<int const>(n)) {}
    std::unique_ptr<int const> const keep = nullptr;
    std::unique_ptr<int const> number;
    Fixed(Fixed&& other) noexcept : number(std::move(other.number)) {}
  };
  auto const results =
      value_of(deferred_list(vector_of<Fixed>(succeed(Fixed(3)), fail<Fixed>(Error::cancelled))));
  CHECK(*results[0].value().number == 3);
}

TEST_CASE("a hundred thousand Deferreds in a list, and as many lists in each other, do not recurse",
          "[deferred][rule131][rule121]") {
  SECTION("side by side") {
    Several<int> some(static_cast<std::size_t>(many));
    auto list = deferred_list(std::move(some.deferreds));
    SECTION("fired") {
      for (auto& promise : some.promises) promise.callback(1);
      CHECK(value_of(std::move(list)).size() == static_cast<std::size_t>(many));
    }
    SECTION("cancelled") {
      list.cancel();
      CHECK(list.has_result());
    }
  }
  SECTION("in each other") {
    auto halves = Halves<int>();
    auto end = std::move(halves.deferred);
    for (int i = 0; i < many; ++i)
      end = first_of(vector_of<int>(std::move(end))).add_callback([](First<int> first) {
        return first.value + 1;
      });
    halves.promise.callback(0);
    CHECK(value_of(std::move(end)) == many);
  }
}

// --- gather_results ---

TEST_CASE("gather gives plain values", "[deferred][rule132]") {
  Several<int> some(3);
  auto all = gather_results(std::move(some.deferreds));
  for (int i = 2; i >= 0; --i) some.promises[static_cast<std::size_t>(i)].callback(i);
  CHECK(value_of(std::move(all)) == std::vector{0, 1, 2});
  CHECK(value_of(gather_results(std::vector<Deferred<int>>())).empty());
  CHECK(value_of(gather_results(vector_of<bool>(succeed(true)))) == std::vector{true});
}

TEST_CASE("gather of void is void", "[deferred][rule132]") {
  Several<void> some(2);
  Deferred<void> all = gather_results(std::move(some.deferreds));
  some.promises[0].callback();
  CHECK_FALSE(all.has_result());
  some.promises[1].callback();
  CHECK(result_of(std::move(all)));
}

TEST_CASE("gather fails with the first failure, with its number and its code",
          "[deferred][rule132]") {
  Several<int> some(3);
  auto all = gather_results(std::move(some.deferreds), {.consume_errors = true});
  some.promises[1].errback(std::runtime_error("no luck"));
  CHECK(all.has_result());
  some.promises[0].errback(Error::timed_out);
  auto const failure = failure_of(std::move(all));
  CHECK(failure.index() == 1);
  CHECK(failure.message() == "1: no luck");
}

TEST_CASE("cancelling a gather cancels all and is a cancel", "[deferred][rule132][rule131]") {
  Log log;
  Several<int> some(2);
  auto all = gather_results(std::move(some.deferreds), {.consume_errors = true});
  all.cancel();
  CHECK(some.promises[0].fired());
  CHECK(some.promises[1].fired());
  CHECK(failure_of(std::move(all)).is(Error::cancelled));
  CHECK(log.lines.empty());
}

TEST_CASE("a time-out of a gather is a time-out", "[deferred][rule132][rule129]") {
  FakeClock clock;
  Several<int> some(2);
  auto all =
      gather_results(std::move(some.deferreds), {.consume_errors = true}).add_timeout(2s, clock);
  clock.advance(2s);
  CHECK(failure_of(std::move(all)).code() == Error::timed_out);
  CHECK(some.promises[1].fired());
}

TEST_CASE("gather of a tuple has a value of each type", "[deferred][rule132]") {
  auto number = Halves<int>();
  auto owned = Halves<std::unique_ptr<int>>();
  auto nothing = Halves<void>();
  auto all = gather_results(std::tuple{std::move(number.deferred), std::move(owned.deferred),
                                       std::move(nothing.deferred)});
  owned.promise.callback(std::make_unique<int>(5));
  nothing.promise.callback();
  CHECK_FALSE(all.has_result());
  SECTION("all come") {
    number.promise.callback(4);
    auto const [n, pointer, unit] = value_of(std::move(all));
    CHECK(n == 4);
    CHECK(*pointer == 5);
  }
  SECTION("one fails") {
    number.promise.errback(Error::timed_out);
    CHECK(failure_of(std::move(all)).message() == "0: Timed out");
  }
  SECTION("cancelled") {
    all.cancel();
    CHECK(number.promise.fired());
    CHECK(failure_of(std::move(all)).is(Error::cancelled));
  }
}

TEST_CASE("gather of an empty tuple fires at once", "[deferred][rule132]") {
  CHECK(gather_results(std::tuple<>()).has_result());
}

// --- the first of several ---

TEST_CASE("first_of gives the first value and its number, and leaves the others alone",
          "[deferred][rule131]") {
  Several<std::string> some(3);
  auto first = first_of(std::move(some.deferreds), {.consume_errors = true});
  some.promises[0].errback(Error::timed_out);
  CHECK_FALSE(first.has_result());
  some.promises[2].callback("two");
  CHECK_FALSE(some.promises[1].fired());
  some.promises[1].callback("one");
  auto const winner = value_of(std::move(first));
  CHECK(winner.index == 2);
  CHECK(winner.value == "two");
}

TEST_CASE("first_of logs the failures that it passes by, unless they are consumed",
          "[deferred][rule131][rule128]") {
  Log log;
  auto const consume = GENERATE(false, true);
  auto first = first_of(vector_of<int>(fail<int>(Error::timed_out), succeed(1)),
                        {.consume_errors = consume});
  CHECK(value_of(std::move(first)).index == 1);
  CHECK(log.lines.size() == (consume ? 0 : 1));
}

TEST_CASE("where all fail the first is the last failure", "[deferred][rule131]") {
  Log log;
  Several<int> some(2);
  auto first = first_of(std::move(some.deferreds), {.consume_errors = true});
  some.promises[1].errback(Error::timed_out);
  some.promises[0].errback(Error::name_not_found);
  auto const failure = failure_of(std::move(first));
  CHECK(failure.index() == 0);
  CHECK(failure.message() == "0: Name not found");
  CHECK(log.lines.empty());
}

TEST_CASE("the first of none is a mistake", "[deferred][rule131]") {
  CHECK_THROWS_AS(first_of(std::vector<Deferred<int>>()), std::invalid_argument);
  CHECK_THROWS_AS(race(std::vector<Deferred<int>>()), std::invalid_argument);
}

TEST_CASE("race cancels those that did not win, in silence", "[deferred][rule131]") {
  Log log;
  Several<int> some(3);
  auto winner = race(std::move(some.deferreds));
  some.promises[0].errback(Error::timed_out);
  some.promises[1].callback(7);
  CHECK(some.promises[2].fired());
  CHECK(value_of(std::move(winner)).index == 1);
  CHECK(log.lines.empty());
}

TEST_CASE("a race against the clock", "[deferred][rule131][rule83]") {
  FakeClock clock;
  auto [work, promise] = Halves<void>();
  auto winner = race(vector_of<void>(std::move(work), defer_later(clock, 2s)));
  SECTION("is won by the work") {
    promise.callback();
    CHECK(clock.delayed_calls().empty());
    CHECK(value_of(std::move(winner)).index == 0);
  }
  SECTION("or by the clock") {
    clock.advance(2s);
    CHECK(promise.fired());
    CHECK(value_of(std::move(winner)).index == 1);
  }
}

TEST_CASE("a loser's canceller can neither change nor cancel the result of a race",
          "[deferred][rule131]") {
  std::optional<Deferred<First<int>>> winner;
  auto loser = Deferred<int>::with_canceller([&](Promise<int>& promise) {
    winner->cancel();
    promise.callback(2);
  });
  auto const promise = loser.promise();
  auto [other, other_promise] = Halves<int>();
  winner = race(vector_of<int>(std::move(loser), std::move(other)));
  other_promise.callback(1);
  CHECK(value_of(std::move(*winner)).value == 1);
}

// --- in coroutines ---

TEST_CASE("a coroutine's cancel reaches all that it gathers", "[deferred][rule133][rule131]") {
  Several<int> some(2);
  auto const sums = [](std::vector<Deferred<int>> all) -> Deferred<int> {
    int sum = 0;
    for (auto const n : co_await gather_results(std::move(all), {.consume_errors = true})) sum += n;
    co_return sum;
  };
  auto end = sums(std::move(some.deferreds));
  SECTION("and gets the sum otherwise") {
    for (auto& promise : some.promises) promise.callback(3);
    CHECK(value_of(std::move(end)) == 6);
  }
  SECTION("as a failure") {
    end.cancel();
    CHECK(some.promises[0].fired());
    CHECK(some.promises[1].fired());
    CHECK(failure_of(std::move(end)).is(Error::cancelled));
  }
}

}  // namespace
