// Catch2, version 3 or 2, whichever is installed. For BENCHMARK version 2 wants
// CATCH_CONFIG_ENABLE_BENCHMARKING in every file and in main: Debian's libCatch2WithMain lacks it.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/benchmark/catch_benchmark.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#else
#include <catch2/catch.hpp>

namespace Catch::Matchers {
// Version 3's name.
inline auto ContainsSubstring(std::string const& text) { return Contains(text); }
}  // namespace Catch::Matchers
#endif
