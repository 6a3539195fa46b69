#include "cli/color.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "tests/support/catch.h"

namespace {

// A terminal for isatty(3) without one being there.
struct Terminal {
  int const descriptor = ::posix_openpt(O_RDWR | O_NOCTTY);
  ~Terminal() { ::close(descriptor); }
};

// An environment that says nothing about colour, before and after.
struct Environment {
  Environment() { clear(); }
  ~Environment() { clear(); }
  void set(char const* name, char const* value) { ::setenv(name, value, 1); }

 private:
  static void clear() {
    for (auto const* name : {"NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"}) ::unsetenv(name);
    ::setenv("TERM", "xterm", 1);
  }
};

constexpr int no_descriptor = -1;

}  // namespace

TEST_CASE("the option --color decides before the environment does", "[cli]") {
  Environment environment;
  environment.set("NO_COLOR", "1");
  CHECK(twx::wants_color("always", no_descriptor));
  environment.set("CLICOLOR_FORCE", "1");
  CHECK_FALSE(twx::wants_color("never", no_descriptor));
}

TEST_CASE("without a word from anyone a terminal is coloured and nothing else", "[cli]") {
  Environment const environment;
  Terminal const terminal;
  CHECK(twx::wants_color("auto", terminal.descriptor));
  CHECK_FALSE(twx::wants_color("auto", no_descriptor));
}

TEST_CASE("the environment decides in its order", "[cli]") {
  Environment environment;
  Terminal const terminal;
  environment.set("TERM", "dumb");
  CHECK_FALSE(twx::wants_color("auto", terminal.descriptor));
  environment.set("TERM", "xterm");
  environment.set("CLICOLOR", "0");
  CHECK_FALSE(twx::wants_color("auto", terminal.descriptor));
  environment.set("CLICOLOR_FORCE", "0");
  CHECK_FALSE(twx::wants_color("auto", terminal.descriptor));
  environment.set("CLICOLOR_FORCE", "1");
  CHECK(twx::wants_color("auto", no_descriptor));
  environment.set("NO_COLOR", "1");
  CHECK_FALSE(twx::wants_color("auto", terminal.descriptor));
  environment.set("NO_COLOR", "");
  CHECK(twx::wants_color("auto", no_descriptor));
}

TEST_CASE("The option --color holds before it is known whether all else is right", "[cli]") {
  auto const choice = [](std::vector<char const*> const& words) {
    return twx::color_choice(words);
  };
  CHECK(choice({}) == "auto");
  CHECK(choice({"--nonsense", "--color", "never"}) == "never");
  CHECK(choice({"--color=always", "x"}) == "always");
  CHECK(choice({"--color"}) == "auto");
  CHECK(choice({"--color=blue"}) == "auto");
  CHECK(choice({"--colour=never", "--color-x", "never"}) == "auto");
  CHECK(choice({"--", "--color=never"}) == "auto");
}
