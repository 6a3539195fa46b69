// What a chain costs. Has an operator new of its own, which the whole executable uses.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "reactor/deferred.h"
#include "tests/reactor/support/deferred.h"
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

}  // namespace
