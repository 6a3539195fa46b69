#include "reactor/clock.h"

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Becomes invalid when what holds it is destroyed.
std::shared_ptr<int> token() { return std::make_shared<int>(); }

TEST_CASE("A call comes when its delay has passed, not sooner and not inside call_later",
          "[clock][rule67]") {
  FakeClock clock;
  int calls = 0;
  auto const handle = clock.call_later(2s, [&] { ++calls; });
  CHECK(calls == 0);
  clock.advance(2s - 1ns);
  CHECK(calls == 0);
  clock.advance(1ns);
  CHECK(calls == 1);
  clock.advance(1h);
  CHECK(calls == 1);
}

TEST_CASE("A call without delay waits for time to be looked at", "[clock][rule67]") {
  FakeClock clock;
  int calls = 0;
  auto const handle = clock.call_later(0s, [&] { ++calls; });
  CHECK(calls == 0);
  clock.advance(0s);
  CHECK(calls == 1);
}

TEST_CASE("A negative delay is refused", "[clock][rule67]") {
  FakeClock clock;
  CHECK_THROWS_AS(clock.call_later(-1ns, [] {}), std::invalid_argument);
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE("Calls are made in order of time", "[clock][rule68]") {
  FakeClock clock;
  std::string order;
  auto const c = clock.call_later(3s, [&] { order += 'c'; });
  auto const a = clock.call_later(1s, [&] { order += 'a'; });
  auto const b = clock.call_later(2s, [&] { order += 'b'; });
  clock.advance(3s);
  CHECK(order == "abc");
}

TEST_CASE("Calls of equal time are made in the order of asking, however many there are",
          "[clock][rule68]") {
  FakeClock clock;
  std::vector<int> order;
  std::vector<DelayedCall> handles;
  for (int i = 0; i < 1000; ++i)
    handles.push_back(clock.call_later(1s, [&order, i] { order.push_back(i); }));
  clock.advance(1s);
  CHECK(order.size() == 1000);
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("A call that is moved comes after those that had its new time before it",
          "[clock][rule68][rule73]") {
  FakeClock clock;
  std::string order;
  auto moved = clock.call_later(1s, [&] { order += "moved"; });
  auto const other = clock.call_later(2s, [&] { order += "other "; });
  moved.reset(2s);
  clock.advance(2s);
  CHECK(order == "other moved");
}

// A loop asks for what is due once a turn.
class TurnClock final : public Clock {
 public:
  Time now() const override { return {}; }
  void turn() { make_due_calls(now()); }
};

TEST_CASE("What a call without delay adds without delay waits for the next turn",
          "[clock][rule69]") {
  TurnClock clock;
  int calls = 0;
  DelayedCall again;
  auto const first = clock.call_later(0s, [&] { again = clock.call_later(0s, [&] { ++calls; }); });
  clock.turn();
  CHECK(calls == 0);
  clock.turn();
  CHECK(calls == 1);
}

TEST_CASE("A chain of calls without delay takes one turn each and never keeps a turn for itself",
          "[clock][rule69]") {
  TurnClock clock;
  int calls = 0;
  Function<void()> chain;
  chain = [&] {
    ++calls;
    clock.call_later(0s, [&] { chain(); }).release();
  };
  chain();
  for (int turn = 0; turn < 10; ++turn) clock.turn();
  CHECK(calls == 11);
}

TEST_CASE("What a call throws is logged and the others are made", "[clock][rule70]") {
  LogLines const log;
  FakeClock clock;
  bool other = false;
  auto const a = clock.call_later(1s, [] { throw std::runtime_error("no luck"); });
  auto const b = clock.call_later(1s, [&] { other = true; });
  clock.advance(1s);
  CHECK(other);
  CHECK(log.count("no luck") == 1);
}

TEST_CASE("A call is active until it is made or cancelled, no longer inside itself",
          "[clock][rule71]") {
  FakeClock clock;
  bool inside = true;
  DelayedCall handle;
  CHECK_FALSE(handle.active());
  handle = clock.call_later(1s, [&] { inside = handle.active(); });
  CHECK(handle.active());
  clock.advance(1s);
  CHECK_FALSE(inside);
  CHECK_FALSE(handle.active());
  auto cancelled = clock.call_later(1s, [] {});
  cancelled.cancel();
  CHECK_FALSE(cancelled.active());
}

TEST_CASE("Cancelling or moving a call that was made is an error", "[clock][rule72]") {
  FakeClock clock;
  auto handle = clock.call_later(1s, [] {});
  clock.advance(1s);
  CHECK_THROWS_AS(handle.cancel(), AlreadyCalled);
  CHECK_THROWS_AS(handle.reset(1s), AlreadyCalled);
  CHECK_THROWS_AS(handle.delay(1s), AlreadyCalled);
  CHECK_THROWS_AS(handle.time(), AlreadyCalled);
}

TEST_CASE("It is an error inside the call already", "[clock][rule72]") {
  FakeClock clock;
  bool refused = false;
  DelayedCall handle;
  handle = clock.call_later(1s, [&] {
    try {
      handle.cancel();
    } catch (AlreadyCalled const&) {
      refused = true;
    }
  });
  clock.advance(1s);
  CHECK(refused);
}

TEST_CASE("Cancelling or moving a call that was cancelled is an error", "[clock][rule72]") {
  FakeClock clock;
  auto handle = clock.call_later(1s, [] {});
  handle.cancel();
  CHECK_THROWS_AS(handle.cancel(), AlreadyCancelled);
  CHECK_THROWS_AS(handle.reset(1s), AlreadyCancelled);
  CHECK_THROWS_AS(handle.delay(1s), AlreadyCancelled);
  DelayedCall none;
  CHECK_THROWS_AS(none.cancel(), AlreadyCancelled);
}

TEST_CASE("reset counts from now, earlier or later than before", "[clock][rule73]") {
  FakeClock clock;
  int calls = 0;
  auto sooner = clock.call_later(10s, [&] { ++calls; });
  auto later = clock.call_later(10s, [&] { calls += 10; });
  clock.advance(4s);
  sooner.reset(1s);
  later.reset(9s);
  clock.advance(1s);
  CHECK(calls == 1);
  clock.advance(8s - 1ns);
  CHECK(calls == 1);
  clock.advance(1ns);
  CHECK(calls == 11);
}

TEST_CASE("delay counts from the call's present time and may be negative", "[clock][rule73]") {
  FakeClock clock;
  int calls = 0;
  auto handle = clock.call_later(10s, [&] { ++calls; });
  clock.advance(4s);
  handle.delay(5s);
  handle.delay(-2s);
  clock.advance(9s - 1ns);
  CHECK(calls == 0);
  clock.advance(1ns);
  CHECK(calls == 1);
}

TEST_CASE("time tells when the call comes, moves included", "[clock][rule74]") {
  FakeClock clock;
  clock.advance(100s);
  auto handle = clock.call_later(10s, [] {});
  CHECK(handle.time() == clock.now() + 10s);
  handle.delay(5s);
  CHECK(handle.time() == clock.now() + 15s);
  handle.reset(1s);
  CHECK(handle.time() == clock.now() + 1s);
}

TEST_CASE("Cancelling destroys the function and what it holds", "[clock][rule74]") {
  FakeClock clock;
  auto held = token();
  std::weak_ptr const alive = held;
  auto handle = clock.call_later(1s, [held = std::move(held)] {});
  CHECK_FALSE(alive.expired());
  handle.cancel();
  CHECK(alive.expired());
}

TEST_CASE("Destroying the handle cancels, release lets the call come", "[clock]") {
  FakeClock clock;
  auto held = token();
  std::weak_ptr const alive = held;
  int calls = 0;
  {
    auto const handle = clock.call_later(1s, [&calls, held = std::move(held)] { ++calls; });
  }
  CHECK(alive.expired());
  clock.call_later(1s, [&] { calls += 10; }).release();
  DelayedCall().release();
  clock.advance(1s);
  CHECK(calls == 10);
}

TEST_CASE("A handle that takes over another drops its own call", "[clock]") {
  FakeClock clock;
  std::string made;
  auto handle = clock.call_later(1s, [&] { made += 'a'; });
  handle = clock.call_later(1s, [&] { made += 'b'; });
  auto moved = std::move(handle);
  CHECK_FALSE(handle.active());
  CHECK(moved.active());
  clock.advance(1s);
  CHECK(made == "b");
}

TEST_CASE("A call may destroy its own handle", "[clock]") {
  FakeClock clock;
  auto handle = std::make_unique<DelayedCall>();
  auto held = token();
  std::weak_ptr const alive = held;
  *handle = clock.call_later(1s, [&handle, held = std::move(held)] {
    handle.reset();
    *held = 1;  // the function itself is still there
  });
  clock.advance(1s);
  CHECK(alive.expired());
}

TEST_CASE("A handle may outlive its clock and is not active then", "[clock]") {
  DelayedCall handle;
  auto held = token();
  std::weak_ptr const alive = held;
  {
    FakeClock clock;
    handle = clock.call_later(1s, [held = std::move(held)] {});
  }
  CHECK(alive.expired());
  CHECK_FALSE(handle.active());
  CHECK_THROWS_AS(handle.cancel(), AlreadyCancelled);
  handle.release();
}

TEST_CASE("A call that owns its own handle goes with the clock", "[clock]") {
  auto held = token();
  std::weak_ptr const alive = held;
  {
    FakeClock clock;
    struct Owner {
      std::shared_ptr<int> held;
      DelayedCall call;
    };
    auto owner = std::make_shared<Owner>(Owner{std::move(held), {}});
    owner->call = clock.call_later(1s, [owner] {});
  }
  CHECK(alive.expired());
}

TEST_CASE("delayed_calls lists the times of what is pending, soonest first", "[clock][rule75]") {
  FakeClock clock;
  auto const start = clock.now();
  auto const c = clock.call_later(3s, [] {});
  auto const a = clock.call_later(1s, [] {});
  auto b = clock.call_later(2s, [] {});
  CHECK(clock.delayed_calls() == std::vector<Time>{start + 1s, start + 2s, start + 3s});
  b.cancel();
  clock.advance(1s);
  CHECK(clock.delayed_calls() == std::vector<Time>{start + 3s});
}

TEST_CASE("A delay longer than the clock can count means never", "[clock][rule76]") {
  FakeClock clock;
  clock.advance(1h);
  int calls = 0;
  auto const never = clock.call_later(Duration::max(), [&] { ++calls; });
  auto const long_one = clock.call_later(3'000'000s, [&] { ++calls; });
  CHECK(never.time() == Time::max());
  clock.advance(3'000'000s - 1ns);
  CHECK(calls == 0);
  clock.advance(1ns);
  CHECK(calls == 1);
  CHECK(never.active());
}

TEST_CASE("Moving a call beyond what the clock can count means never too", "[clock][rule73]") {
  FakeClock clock;
  clock.advance(1h);
  int calls = 0;
  auto const count = [&] { ++calls; };
  auto reset = clock.call_later(1s, count);
  auto delayed = clock.call_later(1s, count);
  reset.reset(Duration::max());
  delayed.delay(Duration::max());
  CHECK(reset.time() == Time::max());
  CHECK(delayed.time() == Time::max());
  clock.advance(1h);
  CHECK(calls == 0);
  delayed.delay(Duration::min());
  delayed.delay(Duration::min());
  CHECK(delayed.time() == Time::min());
  clock.advance(1ns);
  CHECK(calls == 1);
}

TEST_CASE("advance also makes the calls that are added on the way and fall due",
          "[clock][rule84]") {
  FakeClock clock;
  auto const start = clock.now();
  std::vector<Time> times;
  DelayedCall next;
  Function<void()> tick;
  tick = [&] {
    times.push_back(clock.now());
    next = clock.call_later(1s, [&] { tick(); });
  };
  next = clock.call_later(1s, [&] { tick(); });
  clock.advance(3500ms);
  CHECK(times == std::vector<Time>{start + 1s, start + 2s, start + 3s});
  CHECK(clock.now() == start + 3500ms);
}

TEST_CASE("A call without delay added on the way comes in the same advance", "[clock][rule84]") {
  FakeClock clock;
  auto const start = clock.now();
  std::vector<Time> times;
  auto const first = clock.call_later(1s, [&] {
    clock.call_later(0s, [&] { times.push_back(clock.now()); }).release();
  });
  clock.advance(5s);
  CHECK(times == std::vector<Time>{start + 1s});
}

TEST_CASE("pump advances step by step", "[clock][rule84]") {
  FakeClock clock;
  auto const start = clock.now();
  std::vector<Time> times;
  auto const a = clock.call_later(1s, [&] { times.push_back(clock.now()); });
  auto const b = clock.call_later(3s, [&] { times.push_back(clock.now()); });
  Duration const steps[] = {500ms, 500ms, 1s, 2s};
  clock.pump(steps);
  CHECK(times == std::vector<Time>{start + 1s, start + 3s});
  CHECK(clock.now() == start + 4s);
}

TEST_CASE("A hundred thousand calls, half of them cancelled, some moved, come in order",
          "[clock][rule68][rule72][rule73]") {
  constexpr std::size_t count = 100'000;
  std::minstd_rand random(20240117);
  FakeClock clock;
  std::vector<DelayedCall> handles(count);
  std::vector<Time> made;
  made.reserve(count);
  for (auto& handle : handles)
    handle = clock.call_later(std::chrono::milliseconds(random() % 10'000),
                              [&] { made.push_back(clock.now()); });
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::ranges::shuffle(order, random);
  auto const half = count / 2;
  std::vector<Time> expected;
  for (std::size_t i = 0; i < count; ++i) {
    auto& handle = handles[order[i]];
    if (i < half) {
      handle.cancel();
      continue;
    }
    if (i % 3 == 0) handle.reset(std::chrono::milliseconds(random() % 10'000));
    if (i % 3 == 1) handle.delay(std::chrono::milliseconds(random() % 1000));
    expected.push_back(handle.time());
  }
  std::ranges::sort(expected);
  CHECK(clock.delayed_calls() == expected);
  clock.advance(11s);
  CHECK(made == expected);
  CHECK(std::ranges::none_of(handles, &DelayedCall::active));
}

}  // namespace
