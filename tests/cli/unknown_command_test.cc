#include "cli/unknown_command.h"

#include "tests/support/catch.h"

namespace {

twx::Action declare(twx::Options&) { return {}; }

constexpr twx::Command echo{"serve echo", "send every byte back", "", declare};
constexpr twx::Command log_{"serve log", "append lines to a file", "", declare};
constexpr twx::Command connect_{"connect", "stdin to the peer", "", declare};
constexpr twx::Command fetch{"fetch", "fetch URLs", "", declare};
constexpr twx::Command const* all[] = {&echo, &log_, &connect_, &fetch};

// What is said behind "there is no command 'WORD'".
std::string told(std::vector<char const*> const& words) {
  auto const message = twx::unknown_command(all, words);
  auto const begin = "there is no command '" + std::string(words.front()) + "'";
  CHECK(message.starts_with(begin));
  return message.substr(begin.size());
}

}  // namespace

TEST_CASE("a misspelt command, server or topic is recognised", "[cli]") {
  CHECK(told({"sreve"}) == "; did you mean 'serve'?");
  CHECK(told({"SERVE"}) == "; did you mean 'serve'?");
  CHECK(told({"server", "echo"}) == "; did you mean 'serve'?");
  CHECK(told({"ecoh", "9000"}) == "; did you mean 'serve echo'?");
  CHECK(told({"log", "9000", "x"}) == "; did you mean 'serve log'?");
  CHECK(told({"hlep", "serve"}) == "; did you mean 'help'?");
  CHECK(told({"conn"}) == "; did you mean 'connect'?");
  CHECK(told({"endpoint"}) == "; did you mean 'help endpoints'?");
  CHECK(told({"xyzzy"}) == "");
  CHECK(told({""}) == "");
}

TEST_CASE("what is a URL, a host or a port instead of a command is told its command", "[cli]") {
  CHECK(told({"http://x/"}) == "; did you mean 'fetch http://x/'?");
  CHECK(told({"https://x/", "-O"}) == "; did you mean 'fetch https://x/ -O'?");
  CHECK(told({"localhost", "80"}) == "; did you mean 'connect localhost 80'?");
  CHECK(told({"localhost:80"}) == "; did you mean 'connect localhost:80'?");
  CHECK(told({"[::1]:80"}) == "; did you mean 'connect [::1]:80'?");
  CHECK(told({"9000"}) == "; a port follows 'serve NAME', or 'connect HOST'");
  CHECK(told({"TCP:localhost:80", "-"}) == "; use 'connect HOST PORT' or 'serve NAME ENDPOINT'");
  CHECK(told({"localhost", "80", "81"}) == "");
  CHECK(told({"curl", "http://x/"}) == "; use 'fetch URL'");
}

TEST_CASE("without the name of a server the names are told", "[cli]") {
  for (auto const* word : {"9000", "localhost:9000", "tcp://:9000", "/run/x", "-v"})
    CHECK(twx::unknown_name(all, "serve", word) ==
          "after 'serve' and before '" + std::string(word) + "' must stand one of echo, log");
  CHECK(twx::unknown_name(all, "serve", "ECHO") ==
        "there is no command 'serve ECHO'; did you mean 'serve echo'?");
  CHECK(twx::unknown_name(all, "serve", "help") ==
        "there is no command 'serve help'; did you mean 'help serve'?");
  CHECK(twx::unknown_name(all, "serve", "xyzzy") == "there is no command 'serve xyzzy'");
}

TEST_CASE("an option in front is told its place, without its value", "[cli]") {
  CHECK(twx::option_before_command("--color=never") ==
        "there is no option '--color' here; options follow the command");
  CHECK(twx::option_before_command("--hlep") ==
        "there is no option '--hlep' here; did you mean '--help'?");
  CHECK(twx::option_before_command("-l") ==
        "there is no option '-l' here; servers are 'twx serve NAME ENDPOINT'");
}
