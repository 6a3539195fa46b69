#include "cli/version.h"

#include "tests/support/catch.h"

TEST_CASE("the version names the program and then the libraries", "[cli]") {
  auto const text = twx::version_text();
  CHECK_THAT(text, Catch::Matchers::StartsWith("twx "));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("\nBoost 1."));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring(", CLI11 2."));
  CHECK(text.ends_with('\n'));
}
