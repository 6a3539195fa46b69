#include "cli/did_you_mean.h"

#include <vector>

#include "tests/support/catch.h"

using twx::edit_distance;

namespace {

std::vector<std::string_view> const options{"--verbose", "--key",      "--max-connections",
                                            "-v",        "--max-time", "--reconnect"};
std::vector<std::string_view> const servers{"echo", "qotd", "log", "spread"};

}  // namespace

TEST_CASE("letters added, dropped, replaced or swapped are one edit each", "[cli]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("echo", "echo") == 0);
  CHECK(edit_distance("", "echo") == 4);
  CHECK(edit_distance("echo", "") == 4);
  CHECK(edit_distance("eho", "echo") == 1);
  CHECK(edit_distance("eecho", "echo") == 1);
  CHECK(edit_distance("ecko", "echo") == 1);
  CHECK(edit_distance("ehco", "echo") == 1);
  CHECK(edit_distance("ohce", "echo") == 3);
}

TEST_CASE("a name two edits away is suggested, one three away is not", "[cli]") {
  CHECK(twx::did_you_mean("--max-conections", options) == "; did you mean '--max-connections'?");
  CHECK(twx::nearest("--verbsoee", options) == "--verbose");
  CHECK(twx::nearest("--berbsoee", options).empty());
  CHECK(twx::nearest("qtod", servers) == "qotd");
}

TEST_CASE("the nearest name is suggested, not the first", "[cli]") {
  std::vector<std::string_view> const names{"sebve", "serve"};
  CHECK(twx::nearest("servee", names) == "serve");
}

TEST_CASE("capitals do not count, but for letters alone", "[cli]") {
  CHECK(twx::nearest("--VERBOSE", options) == "--verbose");
  CHECK(twx::nearest("Ecoh", servers) == "echo");
  CHECK(twx::nearest("-V", options).empty());
}

TEST_CASE("a name of which more than a third differs is not suggested", "[cli]") {
  CHECK(twx::nearest("tcsh", std::vector<std::string_view>{"bash"}).empty());
  CHECK(twx::nearest("--port", std::vector<std::string_view>{"--cert"}).empty());
  CHECK(twx::nearest("-x", options).empty());
  CHECK(twx::nearest("--kxx", options).empty());
  CHECK(twx::nearest("--kye", options) == "--key");
  CHECK(twx::nearest("", servers).empty());
  CHECK(twx::did_you_mean("", servers).empty());
}

TEST_CASE("the beginning of one name only is enough", "[cli]") {
  CHECK(twx::nearest("--rec", options) == "--reconnect");
  CHECK(twx::nearest("--max-", options).empty());
  CHECK(twx::nearest("--re", options).empty());
}
