#include "reactor/looping_call.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactor/defer_later.h"
#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

// Notes at which times it is called.
struct Calls {
  FakeClock clock;
  std::vector<Duration> times;
  Time const zero = clock.now();

  void note() { times.push_back(clock.now() - zero); }
};
using Times = std::vector<Duration>;

TEST_CASE("a looping call is made at once and then at each interval", "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] { calls.note(); });
  CHECK_FALSE(loop.running());
  auto const end = loop.start(2s);
  CHECK(loop.running());
  CHECK(calls.times == Times{0s});
  calls.clock.advance(5s);
  CHECK(calls.times == Times{0s, 2s, 4s});
  CHECK_FALSE(end.has_result());
}

TEST_CASE("a looping call that does not begin now begins after one interval",
          "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] { calls.note(); });
  auto const end = loop.start(2s, false);
  CHECK(calls.times.empty());
  calls.clock.advance(4s);
  CHECK(calls.times == Times{2s, 4s});
}

TEST_CASE("a slow looping call skips the intervals that it missed and keeps to the multiples",
          "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] {
    calls.note();
    if (calls.times.size() == 2) calls.clock.advance(3500ms);
  });
  auto const end = loop.start(1s);
  calls.clock.advance(1s);  // the call at 1 s takes until 4.5 s
  calls.clock.advance(4s);
  REQUIRE(calls.times.size() >= 3);
  CHECK(calls.times[1] == 1s);
  CHECK(calls.times[2] == 5s);
}

TEST_CASE("a Deferred that the call returns delays the next one", "[looping_call][rule82]") {
  Calls calls;
  std::optional<Promise<int>> busy;
  LoopingCall loop(calls.clock, [&] {
    calls.note();
    Deferred<int> deferred;
    busy = deferred.promise();
    return deferred;
  });
  auto const end = loop.start(1s);
  calls.clock.advance(3500ms);
  CHECK(calls.times == Times{0s});
  CHECK(calls.clock.delayed_calls().empty());
  busy->callback(1);
  CHECK(calls.times == Times{0s});
  calls.clock.advance(500ms);
  CHECK(calls.times == Times{0s, 4s});
}

TEST_CASE("a coroutine can be the looping call", "[looping_call][rule82][rule133]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&]() -> Deferred<void> {
    calls.note();
    co_await defer_later(calls.clock, 1500ms);
    calls.note();
  });
  auto const end = loop.start(1s);
  calls.clock.advance(2s);
  CHECK(calls.times == Times{0s, 1500ms, 2s});
}

TEST_CASE("an exception stops the looping call and fails its Deferred", "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] {
    calls.note();
    if (calls.times.size() == 2) throw std::runtime_error("enough");
  });
  auto end = loop.start(1s);
  calls.clock.advance(5s);
  CHECK(calls.times == Times{0s, 1s});
  CHECK_FALSE(loop.running());
  CHECK(failure_of(std::move(end)).message() == "enough");
}

TEST_CASE("so do the first exception, a Result and a Deferred that fail",
          "[looping_call][rule82]") {
  FakeClock clock;
  LoopingCall throws(clock, []() -> int { throw std::runtime_error("no"); });
  CHECK(failure_of(throws.start(1s)).message() == "no");
  LoopingCall result(clock, []() -> Result<int> { return Error::timed_out; });
  CHECK(failure_of(result.start(1s)).is(Error::timed_out));
  LoopingCall deferred(clock, [] { return fail<int>(Error::timed_out); });
  CHECK(failure_of(deferred.start(1s)).is(Error::timed_out));
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE("a failure that nobody waits for is logged", "[looping_call][rule82][rule128]") {
  Log log;
  FakeClock clock;
  LoopingCall loop(clock, [] { throw std::runtime_error("no"); });
  loop.start(1s).release();
  CHECK(log.lines.size() == 1);
}

TEST_CASE("stop fires the Deferred and ends the calls", "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] { calls.note(); });
  auto end = loop.start(1s);
  loop.stop();
  CHECK_FALSE(loop.running());
  CHECK(result_of(std::move(end)));
  CHECK(calls.clock.delayed_calls().empty());
  CHECK_THROWS_AS(loop.stop(), std::logic_error);
  CHECK_THROWS_AS(loop.reset(), std::logic_error);
}

TEST_CASE("stop inside the call fires the Deferred after it", "[looping_call][rule82]") {
  FakeClock clock;
  std::optional<LoopingCall> loop;
  std::string order;
  loop.emplace(clock, [&] {
    loop->stop();
    order += "called ";
  });
  auto const end = loop->start(1s, false).add_callback([&] { order += "stopped"; });
  clock.advance(1s);
  CHECK(order == "called stopped");
  CHECK(end.has_result());
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE("stop waits for a call that is under way", "[looping_call][rule82]") {
  FakeClock clock;
  auto [busy, promise] = Halves<void>();
  LoopingCall loop(clock, [&] { return std::move(busy); });
  auto end = loop.start(1s);
  loop.stop();
  CHECK_FALSE(loop.running());
  CHECK_FALSE(end.has_result());
  CHECK_THROWS_AS(loop.start(1s), std::logic_error);
  SECTION("to its value") {
    promise.callback();
    CHECK(result_of(std::move(end)));
  }
  SECTION("to its failure") {
    promise.errback(Error::timed_out);
    CHECK(failure_of(std::move(end)).is(Error::timed_out));
  }
}

TEST_CASE("with interval 0 each call is one of the clock's turns", "[looping_call][rule82]") {
  class TurnClock final : public Clock {
   public:
    Time now() const override { return {}; }
    void turn() { make_due_calls(now()); }
  } clock;
  std::uint64_t calls = 0;
  auto loop = LoopingCall::with_count(clock, [&](std::uint64_t count) { calls += count; });
  auto const end = loop.start(0s);
  CHECK(calls == 1);
  for (int i = 0; i < 3; ++i) clock.turn();
  CHECK(calls == 4);
}

TEST_CASE("reset counts the interval from now", "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] { calls.note(); });
  auto const end = loop.start(2s);
  calls.clock.advance(1500ms);
  loop.reset();
  calls.clock.advance(4s);
  CHECK(calls.times == Times{0s, 3500ms, 5500ms});
}

TEST_CASE("An interval longer than the clock can count means never again",
          "[looping_call][rule82]") {
  FakeClock clock;
  clock.advance(1h);
  auto calls = 0;
  LoopingCall loop(clock, [&] { ++calls; });
  auto const finished = loop.start(Duration::max());
  CHECK(calls == 1);
  loop.reset();
  clock.advance(100h);
  CHECK(calls == 1);
}

TEST_CASE("reset inside the call counts from there", "[looping_call][rule82]") {
  Calls calls;
  std::optional<LoopingCall> loop;
  loop.emplace(calls.clock, [&] {
    calls.note();
    calls.clock.advance(300ms);
    loop->reset();
  });
  auto const end = loop->start(1s);
  calls.clock.advance(1s);
  CHECK(calls.times == Times{0s, 1300ms});
}

TEST_CASE("a counted looping call learns how many intervals began", "[looping_call][rule82]") {
  Calls calls;
  std::vector<std::uint64_t> counts;
  auto loop = LoopingCall::with_count(calls.clock, [&](std::uint64_t count) {
    calls.note();
    counts.push_back(count);
    return defer_later(calls.clock, counts.size() == 2 ? 3500ms : 0ms);
  });
  SECTION("now") {
    auto const end = loop.start(1s);
    calls.clock.advance(6s);
    CHECK(calls.times == Times{0s, 1s, 5s, 6s});
    CHECK(counts == std::vector<std::uint64_t>{1, 1, 4, 1});
  }
  SECTION("later, and reset") {
    auto const end = loop.start(1s, false);
    calls.clock.advance(1500ms);
    loop.reset();
    calls.clock.advance(1s);
    CHECK(calls.times == Times{1s, 2500ms});
    CHECK(counts == std::vector<std::uint64_t>{1, 1});
  }
}

TEST_CASE("a looping call cannot be started twice, nor with a negative interval",
          "[looping_call][rule82]") {
  FakeClock clock;
  LoopingCall loop(clock, [] {});
  CHECK_THROWS_AS(loop.start(-1ns), std::invalid_argument);
  CHECK_FALSE(loop.running());
  auto const end = loop.start(1s);
  CHECK_THROWS_AS(loop.start(1s), std::logic_error);
}

TEST_CASE("a stopped looping call can be started again, by who hears of its end too",
          "[looping_call][rule82]") {
  Calls calls;
  LoopingCall loop(calls.clock, [&] { calls.note(); });
  auto end = loop.start(1s).add_callback([&] { return loop.start(3s); });
  calls.clock.advance(1500ms);
  loop.stop();
  calls.clock.advance(3s);
  CHECK(calls.times == Times{0s, 1s, 1500ms, 4500ms});
  CHECK(loop.running());
  loop.stop();
  CHECK(result_of(std::move(end)));
}

TEST_CASE("cancelling the Deferred stops the calls", "[looping_call][rule82][rule127]") {
  Log log;
  FakeClock clock;
  auto [busy, promise] = Halves<void>();
  std::vector<Deferred<void>> first;
  first.push_back(succeed());
  first.push_back(std::move(busy));
  std::size_t calls = 0;
  LoopingCall loop(clock, [&] { return std::move(first[calls++]); });
  auto end = loop.start(1s);
  SECTION("between two calls") {
    end.cancel();
    CHECK(clock.delayed_calls().empty());
  }
  SECTION("and the Deferred that one returned") {
    clock.advance(1s);
    end.cancel();
    CHECK(promise.fired());
  }
  CHECK_FALSE(loop.running());
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
  CHECK(log.lines.empty());
}

TEST_CASE("a coroutine that waits for the end of a looping call can be cancelled",
          "[looping_call][rule82][rule133]") {
  FakeClock clock;
  LoopingCall loop(clock, [] {});
  auto const waits = [&]() -> Deferred<void> { co_await loop.start(1s); };
  auto end = waits();
  end.cancel();
  CHECK_FALSE(loop.running());
  CHECK(failure_of(std::move(end)).is(Error::cancelled));
}

TEST_CASE("a looping call that goes away takes its call with it and abandons who waits",
          "[looping_call][rule82]") {
  Log log;
  FakeClock clock;
  bool gone = false;
  std::optional<Promise<void>> busy;
  int calls = 0;
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&, token = Gone(gone)] {
    Deferred<void> deferred;
    busy = deferred.promise();
    if (++calls == 1) busy->callback();
    return deferred;
  });
  auto end = loop->start(1s);
  SECTION("between two calls") {
    loop.reset();
    CHECK(clock.delayed_calls().empty());
  }
  SECTION("during one") {
    clock.advance(1s);
    CHECK_FALSE(busy->fired());
    loop.reset();
    CHECK(busy->fired());
  }
  CHECK(gone);
  CHECK(failure_of(std::move(end)).is(Error::abandoned));
  CHECK(log.lines.empty());
}

TEST_CASE("a call may destroy its looping call and still use what it captured",
          "[looping_call][rule82]") {
  FakeClock clock;
  std::optional<LoopingCall> loop;
  std::string seen;
  auto const pending = GENERATE(false, true);
  auto halves = Halves<void>();
  loop.emplace(clock, [&, text = std::string(50, 'x')] {
    loop.reset();
    seen = text;
    return pending ? std::move(halves.deferred) : succeed();
  });
  auto end = loop->start(1s, false);
  clock.advance(1s);
  CHECK(seen == std::string(50, 'x'));
  CHECK(halves.promise.fired() == pending);  // cancelled
  CHECK(clock.delayed_calls().empty());
  CHECK(failure_of(std::move(end)).is(Error::abandoned));
}

TEST_CASE("a coroutine that lives on after its looping call keeps its captures, and is heard",
          "[looping_call][rule82][rule128]") {
  Log log;
  FakeClock clock;
  auto halves = Halves<void>();
  std::string seen;
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&, text = std::string(50, 'x')]() -> Deferred<void> {
    try {
      co_await defer_later(clock, 1h);
    } catch (FailureException const&) {
    }
    co_await std::move(halves.deferred);
    seen = text;
    throw std::runtime_error("too late");
  });
  loop->start(1s).release();
  loop.reset();
  CHECK(log.lines.empty());
  halves.promise.callback();
  CHECK(seen == std::string(50, 'x'));
  CHECK(log.lines.size() == 1);
}

}  // namespace
