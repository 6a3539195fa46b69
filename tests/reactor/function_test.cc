#include "reactor/function.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/catch.h"

namespace {

using twx::Function;

// Counts the lives of its copies and moves.
struct Counted {
  explicit Counted(int& lives) : alive(&lives) { ++*alive; }
  Counted(Counted const& other) noexcept : alive(other.alive) { ++*alive; }
  Counted(Counted&& other) noexcept : alive(other.alive) { ++*alive; }
  Counted& operator=(Counted const&) = delete;
  ~Counted() { --*alive; }
  int* alive;
};

TEST_CASE("An empty Function says so", "[function]") {
  Function<void()> const empty{};
  Function<void()> const null(nullptr);
  Function<void()> const full([] {});
  CHECK_FALSE(empty);
  CHECK_FALSE(null);
  CHECK(static_cast<bool>(full));
}

TEST_CASE("A Function passes arguments and results on", "[function]") {
  Function<std::string(std::string, int)> repeat([](std::string const& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  });
  CHECK(repeat("ab", 3) == "ababab");
}

TEST_CASE("Arguments that cannot be copied are moved through", "[function]") {
  Function<int(std::unique_ptr<int>)> take([](std::unique_ptr<int> value) { return *value; });
  CHECK(take(std::make_unique<int>(7)) == 7);
}

TEST_CASE("Arguments given by reference arrive as references", "[function]") {
  Function<void(int&)> increment([](int& value) { ++value; });
  int value = 1;
  increment(value);
  CHECK(value == 2);
}

TEST_CASE("A result may be converted", "[function]") {
  Function<long()> widened([] { return 5; });
  CHECK(widened() == 5L);
}

TEST_CASE("A Function owns what cannot be copied", "[function]") {
  auto owned = std::make_unique<int>(41);
  Function<int()> next([owned = std::move(owned)] { return ++*owned; });
  CHECK(next() == 42);
  auto moved = std::move(next);
  CHECK_FALSE(next);  // moved from it is empty, not unspecified
  CHECK(moved() == 43);
}

TEST_CASE("A callable keeps its state between calls and moves", "[function]") {
  Function<int()> counter([n = 0]() mutable { return ++n; });
  CHECK(counter() == 1);
  Function<int()> moved(std::move(counter));
  CHECK(moved() == 2);
}

TEST_CASE("What is held is destroyed once, when the Function goes", "[function]") {
  int alive = 0;
  SECTION("small, in place") {
    {
      Function<void()> const held([counted = Counted(alive)] {});
      CHECK(alive == 1);
    }
  }
  SECTION("large, on the heap") {
    std::array<char, 200> ballast{};
    {
      Function<void()> const held(
          [counted = Counted(alive), ballast] { static_cast<void>(ballast); });
      CHECK(alive == 1);
    }
  }
  CHECK(alive == 0);
}

TEST_CASE("Moving leaves one owner, whatever the size", "[function]") {
  int alive = 0;
  std::array<char, 200> ballast{};
  SECTION("small, in place") {
    Function<void()> first([counted = Counted(alive)] {});
    Function<void()> second(std::move(first));
    CHECK(alive == 1);
    first = std::move(second);
    CHECK(alive == 1);
    CHECK(static_cast<bool>(first));
  }
  SECTION("large, on the heap") {
    Function<void()> first([counted = Counted(alive), ballast] { static_cast<void>(ballast); });
    Function<void()> second(std::move(first));
    CHECK(alive == 1);
    first = std::move(second);
    CHECK(alive == 1);
    CHECK(static_cast<bool>(first));
  }
  CHECK(alive == 0);
}

TEST_CASE("Assigning destroys what was held", "[function]") {
  int alive = 0;
  int other = 0;
  Function<void()> function([counted = Counted(alive)] {});
  function = [counted = Counted(other)] {};
  CHECK(alive == 0);
  CHECK(other == 1);
  function = nullptr;
  CHECK(other == 0);
  CHECK_FALSE(function);
}

TEST_CASE("Moving a Function onto itself changes nothing", "[function]") {
  Function<int()> function([] { return 3; });
  auto& same = function;
  function = std::move(same);
  CHECK(function() == 3);
}

TEST_CASE("Pointers to functions can be held; what cannot be called so is refused", "[function]") {
  Function<int(int)> negated(+[](int value) { return -value; });
  static_assert(!std::is_constructible_v<Function<void()>, int>);
  static_assert(!std::is_constructible_v<Function<void(int)>, void (*)()>);
  static_assert(!std::is_copy_constructible_v<Function<void()>>);
  static_assert(std::is_nothrow_move_constructible_v<Function<void()>>);
  CHECK(negated(4) == -4);
}

}  // namespace
