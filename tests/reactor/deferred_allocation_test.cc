// What a chain costs, and what happens where memory is short. Has an operator new of its own, which
// the whole executable uses.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "reactor/defer_later.h"
#include "reactor/deferred.h"
#include "reactor/deferred_list.h"
#include "reactor/deferred_lock.h"
#include "reactor/deferred_queue.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/looping_call.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

bool counting = false;
std::size_t allocations = 0;
std::size_t failing = 0;  // the number of the one that fails, from 1

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  if (counting && ++allocations == failing) return nullptr;
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
using namespace twx::test;

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

// The allocations of `operation`.
std::size_t cost_of(auto operation) {
  allocations = 0;
  counting = true;
  operation();
  counting = false;
  return allocations;
}

TEST_CASE("a Deferred more in a list costs no allocation", "[deferred][cost]") {
  auto const gather = [](std::size_t count) {
    std::vector<Deferred<int>> some(count);
    std::vector<Promise<int>> promises;
    for (auto& deferred : some) promises.push_back(deferred.promise());
    return cost_of([&] {
      auto const all = deferred_list(std::move(some));
      for (auto& promise : promises) promise.callback(1);
    });
  };
  CHECK(gather(1000) == gather(2));
  CHECK(gather(2) <= 5);
}

TEST_CASE("a lock that is free costs one allocation, a delay two", "[deferred][cost]") {
  DeferredLock lock;
  CHECK(cost_of([&] { lock.acquire().release(); }) == 1);
  FakeClock clock;
  defer_later(clock, std::chrono::seconds(1)).release();  // the clock gets its memory
  clock.advance(std::chrono::seconds(1));
  CHECK(cost_of([&] { defer_later(clock, std::chrono::seconds(1)).release(); }) == 2);
}

// --- where memory is short ---

// Somebody is told: true if `end` came to a result of either kind.
template <class T>
bool told(Deferred<T> end) {
  auto const result = end.has_result();
  std::move(end).add_both([](Result<T>) {}).release();
  return result;
}

bool gathers() {
  Halves<int> number;
  Halves<std::string> text;
  auto all = gather_results(std::tuple{std::move(number.deferred), std::move(text.deferred)});
  text.promise.callback(std::string(100, 'x'));
  number.promise.callback(1);
  return told(std::move(all));
}

bool lists() {
  std::vector<Deferred<int>> some(3);
  std::vector<Promise<int>> promises;
  for (auto& deferred : some) promises.push_back(deferred.promise());
  auto all = gather_results(std::move(some));
  for (auto& promise : promises) promise.callback(1);
  return told(std::move(all));
}

bool locks() {
  DeferredLock lock;
  auto first = lock.run([] { return 1; });
  std::optional<DeferredLock::Token> held;
  auto second =
      lock.acquire().add_callback([&](DeferredLock::Token token) { held = std::move(token); });
  auto third = lock.run([] { return std::string(100, 'x'); });
  if (held) held->release();
  return told(std::move(first)) && told(std::move(second)) && told(std::move(third)) &&
         !lock.locked();
}

bool queues() {
  struct Large {
    char bytes[100] = {};
  };
  DeferredQueue<Large> queue;
  auto first = queue.get();
  queue.put({});
  queue.put({});
  return told(std::move(first)) && told(queue.get());
}

bool sleeps() {
  FakeClock clock;
  auto const coroutine = [&]() -> Deferred<void> {
    co_await defer_later(clock, std::chrono::seconds(1));
    co_await defer_later(clock, std::chrono::seconds(1), [] { return std::string(100, 'x'); });
  };
  auto end = coroutine();
  clock.advance(std::chrono::seconds(3));
  return told(std::move(end));
}

bool loops() {
  FakeClock clock;
  int calls = 0;
  LoopingCall loop(clock, [&] {
    ++calls;
    return defer_later(clock, std::chrono::seconds(1));
  });
  auto end = loop.start(std::chrono::seconds(2));
  clock.advance(std::chrono::seconds(7));
  if (loop.running()) loop.stop();
  clock.advance(std::chrono::seconds(7));
  return told(std::move(end));
}

TEST_CASE("whichever allocation fails, the caller or the Deferred's end hears of it",
          "[deferred][memory]") {
  auto* const scenario = GENERATE(gathers, lists, locks, queues, sleeps, loops);
  std::size_t failed = 0;
  for (failing = 1;; ++failing) {
    bool heard = false;
    bool thrown = false;
    try {
      cost_of([&] { heard = scenario(); });
    } catch (std::bad_alloc const&) {
      thrown = true;
    }
    counting = false;
    CHECK((heard || thrown));
    if (allocations < failing) break;
    ++failed;
  }
  failing = 0;
  CHECK(failed > 1);
}

}  // namespace
