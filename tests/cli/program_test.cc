#include "cli/program.h"

#include <set>

#include "cli/command.h"
#include "tests/support/catch.h"

TEST_CASE("the program and each group of commands are described", "[cli]") {
  std::set<std::string_view> wanted{""}, described;
  for (auto const* command : twx::commands()) wanted.insert(command->group());
  for (auto const& about : twx::abouts()) {
    CHECK(described.insert(about.group).second);
    CHECK_FALSE(about.summary.ends_with('.'));
    CHECK(about.manual.ends_with('.'));
  }
  CHECK(described == wanted);
  CHECK(twx::abouts().front().group.empty());
}
