// What travels in a chain: values that cannot be copied, large ones, none; and when they go.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "reactor/deferred.h"
#include "tests/reactor/support/deferred.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

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

}  // namespace
