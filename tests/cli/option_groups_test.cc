#include "cli/option_groups.h"

#include "tests/support/catch.h"

using namespace twx;

TEST_CASE("arguments and the command's own options come first", "[cli]") {
  Options options;
  std::string text;
  bool flag = false;
  options.group("Time");
  options.flag("--late", flag, "Late");
  options.group("");
  options.flag("--own", flag, "Own");
  options.positional("WHERE", text, true, "Where", Kind::text);
  options.group("Time");
  options.flag("--later", flag, "Later");
  auto const groups = option_groups(options);
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].heading == "Arguments");
  CHECK(groups[0].options.front()->names == "WHERE");
  CHECK(groups[1].heading == "Options");
  CHECK(groups[2].heading == "Time");
  REQUIRE(groups[2].options.size() == 2);
  CHECK(groups[2].options[1]->names == "--later");
}

TEST_CASE("what may be repeated is said of options that take a value", "[cli]") {
  Options options;
  std::vector<std::string> texts;
  int count = 0;
  options.option("--user", "NAME", texts, "A user");
  options.flag_count("-v", count, "More");
  options.positional("FILE", texts, true, "A file", Kind::file);
  CHECK(full_help(options.all()[0]) == "A user; may be repeated");
  CHECK(full_help(options.all()[1]) == "More");
  CHECK(full_help(options.all()[2]) == "A file");
}
