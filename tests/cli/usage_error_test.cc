#include "cli/usage_error.h"

#include "tests/support/catch.h"

TEST_CASE("a usage error is two lines: what is wrong, and where help is", "[cli]") {
  CHECK(twx::usage_error_text("serve echo", {"there is no option '--foo'"}) ==
        "twx: there is no option '--foo'\n"
        "Try 'twx serve echo --help'.\n");
  CHECK(twx::usage_error_text("", {"there is no command 'x'"}) ==
        "twx: there is no command 'x'\n"
        "Try 'twx --help'.\n");
}

TEST_CASE("control characters in a usage error are made visible", "[cli]") {
  CHECK(twx::usage_error_text("", {"there is no command 'a\nb\033[1m'"}) ==
        "twx: there is no command 'a\\x0ab\\x1b[1m'\n"
        "Try 'twx --help'.\n");
}

TEST_CASE("in colour it begins as other errors do", "[cli]") {
  CHECK(twx::usage_error_text("", {"there is no command 'x'"}, true) ==
        "\033[1;31mtwx:\033[0m there is no command 'x'\n"
        "Try 'twx --help'.\n");
}
