// What the tests of Deferred share. Needs reactor/ only: their executable has nothing else in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/deferred.h"
#include "reactor/log.h"
#include "tests/support/catch.h"

namespace twx::test {

// So many that recursion would run out of stack.
constexpr int many = 100'000;

// The log lines of a test.
class Log {
 public:
  Log()
      : before_(set_log_sink([this](Level, std::string_view line) { lines.emplace_back(line); })) {}
  ~Log() { set_log_sink(std::move(before_)); }
  Log(Log const&) = delete;
  Log& operator=(Log const&) = delete;

  std::vector<std::string> lines;

 private:
  LogSink before_;
};

// Becomes true when the last copy is destroyed.
class Gone {
 public:
  explicit Gone(bool& gone) : token_(&gone, [](bool* at) { *at = true; }) {}

 private:
  std::shared_ptr<bool> token_;
};

// The result at the end of a chain that has come there.
template <class T>
Result<T> result_of(Deferred<T> deferred) {
  REQUIRE(deferred.has_result());
  std::optional<Result<T>> result;
  std::move(deferred).add_both([&](Result<T> last) { result.emplace(std::move(last)); }).release();
  return std::move(*result);
}
template <class T>
ValueOf<T> value_of(Deferred<T> deferred) {
  return std::move(result_of(std::move(deferred))).value();
}
template <class T>
Failure failure_of(Deferred<T> deferred) {
  auto const result = result_of(std::move(deferred));
  REQUIRE_FALSE(result);
  return result.failure();
}

inline int square(int n) { return n * n; }

// Both halves of a Deferred that is not fired.
template <class T>
struct Halves {
  Deferred<T> deferred;
  Promise<T> promise = deferred.promise();
};

}  // namespace twx::test
