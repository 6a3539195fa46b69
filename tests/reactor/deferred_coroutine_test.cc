// Coroutines that return and await Deferreds.
#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/deferred.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

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

TEST_CASE("as_result() gives the failure instead of throwing it", "[deferred][rule133]") {
  auto const look = [](Deferred<int> deferred) -> Deferred<int> {
    auto const result = co_await std::move(deferred).as_result();
    co_return result ? result.value() : result.failure().is(Error::timed_out) ? -1 : -2;
  };
  CHECK(value_of(look(succeed(1))) == 1);
  CHECK(value_of(look(fail<int>(Error::timed_out))) == -1);
  CHECK(value_of(look(Deferred<int>())) == -2);
  auto [deferred, promise] = Halves<int>();
  auto end = look(std::move(deferred));
  CHECK_FALSE(end.has_result());
  end.cancel();
  CHECK(promise.fired());
  CHECK(value_of(std::move(end)) == -2);

  auto const ends = [](Deferred<void> awaited) -> Deferred<bool> {
    auto const result = co_await std::move(awaited).as_result();
    co_return static_cast<bool>(result);
  };
  CHECK(value_of(ends(succeed())));
  CHECK_FALSE(value_of(ends(fail<void>(Error::timed_out))));
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
  CHECK_THAT(log.lines[0], ContainsSubstring("created at deferred_coroutine_test.cc:"));
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

}  // namespace
