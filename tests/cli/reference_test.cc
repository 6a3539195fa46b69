#include "cli/reference.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using Catch::Matchers::ContainsSubstring;

Action declare(Options& options) {
  static std::string text;
  options.positional("WHERE", text, true, "Where <it> is", Kind::text);
  options.choice("--end", "", text, {"lf", "any"}, "What ends a line");
  options.example("twx test here", "Test it");
  return [](Reactor&) { return Outcome{}; };
}

constexpr Command command{"test", "do it", "First.\n\nSecond *one*.", declare};
constexpr Command const* list[] = {&command};

}  // namespace

TEST_CASE("the reference describes each command", "[cli]") {
  CHECK_THAT(reference(list), ContainsSubstring("## twx test\n"
                                                "\n"
                                                "do it\n"
                                                "\n"
                                                "```\n"
                                                "twx test WHERE [OPTION]...\n"
                                                "```\n"
                                                "\n"
                                                "First.\n"
                                                "\n"
                                                "Second \\*one\\*.\n"
                                                "\n"
                                                "```sh\n"
                                                "# Test it\n"
                                                "twx test here\n"
                                                "```\n"
                                                "\n"
                                                "| Arguments |  |\n"
                                                "|---|---|\n"
                                                "| `WHERE` | Where \\<it\\> is |\n"
                                                "\n"
                                                "| Options |  |\n"
                                                "|---|---|\n"
                                                "| `--end lf\\|any` | What ends a line |\n"
                                                "\n"));
}

TEST_CASE("the reference says once what holds for all commands", "[cli]") {
  auto const text = reference(list);
  auto const first = text.find("`--log-format text\\|json`");
  REQUIRE(first != text.npos);
  CHECK(text.find("--log-format", first + 3) == text.npos);
  CHECK_THAT(text, ContainsSubstring("| 28 | a timeout |\n"));
  CHECK_THAT(text, ContainsSubstring("| `backlog=N` |"));
}
