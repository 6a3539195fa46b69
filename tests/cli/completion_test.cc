#include "cli/completion.h"

#include "tests/support/catch.h"

namespace {

// "-v" and what follows it.
constexpr char help[] = "Tell, it's [1]";

twx::CompletionTable table() {
  return {.words = {{{""}, {{"serve", "echo"}, {"fetch", "get"}}}, {{"serve"}, {{"echo", "e"}}}},
          .arguments = {{{"serve/echo"}, {{"ENDPOINT", "endpoint", "Where", true}}}},
          .options = {{{"serve/echo", "fetch"}, {{"-v,--verbose", "flag", help, true}}},
                      {{"fetch"},
                       {{"-L,--location", "no", "Go", true}, {"--line", "=a,b", "Ends", false}}}},
          .schemes = {"tcp://"}};
}

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("the same table makes the same program, a different one for each shell", "[cli]") {
  std::vector<std::string> made;
  for (auto const& shell : twx::completing_shells()) {
    auto const program = shell.program(table());
    CHECK(program == shell.program(table()));
    CHECK(program.ends_with('\n'));
    CHECK(std::ranges::find(made, program) == made.end());
    made.push_back(program);
  }
  CHECK(made.size() == 3);
}

TEST_CASE("bash has names with kinds in arrays", "[cli]") {
  auto const program = twx::bash_completion(table());
  CHECK_THAT(program, ContainsSubstring("\n    serve/echo | fetch)\n"
                                        "      takes+=(-v --verbose) ;;&\n"));
  CHECK_THAT(program, ContainsSubstring("takes+=(-L --location=no '--line==a,b') ;;&\n"));
  CHECK_THAT(program, ContainsSubstring("arguments+=('endpoint*') ;;&\n"));
  CHECK_THAT(program, ContainsSubstring("    '')\n      next+=(serve fetch) ;;&\n"));
}

TEST_CASE("zsh and fish have lines with help, quoted in their ways", "[cli]") {
  CHECK_THAT(twx::zsh_completion(table()),
             ContainsSubstring("    '*-v,--verbose' 'flag' 'Tell, it'\\''s [1]'\n"));
  CHECK_THAT(twx::fish_completion(table()),
             ContainsSubstring("__twx_takes 'serve/echo,fetch' \\\n"
                               "    '*-v,--verbose' 'flag' 'Tell, it\\'s [1]'\n"));
}

TEST_CASE("each shell has an answer for each kind of value", "[cli]") {
  auto const bash = twx::bash_completion(table());
  auto const zsh = twx::zsh_completion(table());
  auto const fish = twx::fish_completion(table());
  for (auto kind = twx::Kind::flag; kind <= twx::Kind::count;
       kind = static_cast<twx::Kind>(static_cast<int>(kind) + 1)) {
    std::string const name(twx::completion_name(kind));
    if (name == "flag" || name == "text") continue;
    CHECK_THAT(bash, ContainsSubstring("\n    " + name) || ContainsSubstring(" | " + name + ")"));
    CHECK_THAT(zsh, ContainsSubstring("\n    " + name + ") REPLY="));
    CHECK_THAT(fish, ContainsSubstring("\nfunction __twx_" + name + "\n"));
  }
}
