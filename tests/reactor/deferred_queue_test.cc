#include "reactor/deferred_queue.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("values wait for those who get them, in order", "[deferred][rule134]") {
  DeferredQueue<int> queue;
  queue.put(1);
  queue.put(2);
  CHECK(queue.size() == 2);
  CHECK(value_of(queue.get()) == 1);
  CHECK(value_of(queue.get()) == 2);
  CHECK(queue.size() == 0);
}

TEST_CASE("those who get wait for values, in order", "[deferred][rule134]") {
  DeferredQueue<std::string> queue;
  auto first = queue.get();
  auto second = queue.get();
  CHECK(queue.waiting() == 2);
  queue.put("one");
  CHECK(value_of(std::move(first)) == "one");
  CHECK_FALSE(second.has_result());
  queue.put("two");
  CHECK(value_of(std::move(second)) == "two");
}

TEST_CASE("more values than the size are an overflow", "[deferred][rule134]") {
  DeferredQueue<int> queue(1);
  queue.put(1);
  CHECK_THROWS_AS(queue.put(2), QueueOverflow);
  CHECK(queue.size() == 1);
  CHECK(value_of(queue.get()) == 1);
  queue.put(3);

  DeferredQueue<int> none(0);
  CHECK_THROWS_AS(none.put(1), QueueOverflow);
  auto wanted = none.get();
  none.put(2);
  CHECK(value_of(std::move(wanted)) == 2);
}

TEST_CASE("more gets than the backlog are an underflow", "[deferred][rule134]") {
  DeferredQueue<int> queue(DeferredQueue<int>::unlimited, 1);
  auto first = queue.get();
  CHECK_THROWS_AS(queue.get(), QueueUnderflow);
  queue.put(1);
  CHECK(value_of(std::move(first)) == 1);

  DeferredQueue<int> none(1, 0);
  CHECK_THROWS_AS(none.get(), QueueUnderflow);
  none.put(4);
  CHECK(value_of(none.get()) == 4);
}

TEST_CASE("cancelling a get takes it out of the line", "[deferred][rule134]") {
  Log log;
  DeferredQueue<int> queue;
  auto first = queue.get();
  auto second = queue.get();
  auto third = queue.get();
  second.cancel();
  CHECK(failure_of(std::move(second)).is(Error::cancelled));
  queue.put(1);
  queue.put(2);
  CHECK(value_of(std::move(first)) == 1);
  CHECK(value_of(std::move(third)) == 2);
  CHECK(log.lines.empty());
}

TEST_CASE("gets that wait when the queue goes away are abandoned", "[deferred][rule134]") {
  auto queue = std::make_unique<DeferredQueue<int>>();
  auto first = queue->get();
  auto second = queue->get();
  auto const end = std::move(first).add_errback([&](Failure why) {
    second.cancel();  // the other one, while the queue is being destroyed
    return why.is(Error::abandoned) ? 1 : 0;
  });
  queue.reset();
  CHECK(end.has_result());
  CHECK(failure_of(std::move(second)).is(Error::cancelled));
}

TEST_CASE("who gets a value may destroy the queue", "[deferred][rule134]") {
  auto queue = std::make_unique<DeferredQueue<int>>();
  auto const end = queue->get().add_callback([&](int) { queue.reset(); });
  queue->put(1);
  CHECK(end.has_result());
  CHECK_FALSE(queue);
}

TEST_CASE("a value that cannot be moved leaves who waits for one in the line",
          "[deferred][rule134]") {
  // Throws at its last move.
  struct Stiff {
    int moves;
    explicit Stiff(int left) : moves(left) {}
    Stiff(Stiff&& other) : moves(other.moves - 1) {
      if (moves == 0) throw std::runtime_error("will not move");
    }
  };
  DeferredQueue<Stiff> queue;
  auto first = queue.get().add_callback([](Stiff const&) {});
  auto const second = queue.get();
  int moves = 1;
  for (bool thrown = true; thrown; ++moves) {
    thrown = false;
    try {
      queue.put(Stiff(moves));
    } catch (std::runtime_error const&) {
      thrown = true;
    }
    CHECK(queue.waiting() == (thrown ? 2 : 1));
  }
  CHECK(moves > 3);
  CHECK(first.has_result());
}

TEST_CASE("a coroutine takes a hundred thousand values, one by one",
          "[deferred][rule134][rule133]") {
  DeferredQueue<std::unique_ptr<int>> queue;
  auto const sums = [&]() -> Deferred<int> {
    int sum = 0;
    while (auto const value = co_await queue.get()) sum += *value;
    co_return sum;
  };
  auto end = sums();
  for (int i = 0; i < many; ++i) queue.put(std::make_unique<int>(1));
  CHECK_FALSE(end.has_result());
  queue.put(nullptr);
  CHECK(value_of(std::move(end)) == many);
}

}  // namespace
