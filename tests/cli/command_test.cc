#include "cli/command.h"

#include <limits>

#include "tests/support/catch.h"

namespace {

// What the only option of `options` says to `value`.
std::string set(twx::Options const& options, std::string_view value) {
  return options.all().front().set(value);
}

}  // namespace

TEST_CASE("an option knows each of its names and is called by the last", "[cli]") {
  twx::Option option;
  option.names = "-v,--verbose";
  CHECK(option.each_name() == std::vector<std::string_view>{"-v", "--verbose"});
  CHECK(option.name() == "--verbose");
  CHECK((option.is_named("-v") && option.is_named("--verbose")));
  for (auto const* const name : {"", "-", "-v,", "-v,--verbose", "--verb", "verbose"})
    CHECK_FALSE(option.is_named(name));
  option.names = "-4";
  CHECK(option.each_name() == std::vector<std::string_view>{"-4"});
  CHECK(option.name() == "-4");
}

TEST_CASE("a number must lie in its range", "[cli]") {
  twx::Options options;
  std::uint64_t number = 7;
  options.option("--threads", "N", number, 1, 64, "Threads");
  CHECK(set(options, "64").empty());
  CHECK(number == 64);
  for (std::string const value : {"0", "65", "-1", "x", "", "99999999999999999999"}) {
    CHECK(set(options, value) == "'" + value + "' is not a whole number from 1 to 64");
  }
  CHECK(number == 64);
}

TEST_CASE("a range without an upper end is told without one", "[cli]") {
  auto const most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t number = 0;
  twx::Options some;
  some.option("-n", "N", number, 1, most, "Number");
  CHECK(set(some, "0") == "'0' is not a whole number of at least 1");
  twx::Options any;
  any.option("-n", "N", number, 0, most, "Number");
  CHECK(set(any, "x") == "'x' is not a whole number");
}

TEST_CASE("a time that is wrong leaves the value as it was", "[cli]") {
  twx::Options options;
  std::optional<twx::Duration> time;
  options.option("--max-time", "TIME", time, "Limit");
  CHECK(set(options, "soon") == "'soon' is not a time; use 500ms, 2s, 1.5m or 1h");
  CHECK_FALSE(time);
  CHECK(set(options, "2").empty());
  CHECK(time == std::chrono::seconds(2));
}

TEST_CASE("choices stand in the metavar or else behind the help", "[cli]") {
  twx::Options options;
  std::string value;
  options.choice("--color", "", value, {"auto", "never"}, "Colour");
  options.choice("--format", "FORMAT", value, {"text", "json"}, "Format");
  CHECK(options.all()[0].metavar == "auto|never");
  CHECK(options.all()[0].help == "Colour");
  CHECK(options.all()[1].metavar == "FORMAT");
  CHECK(options.all()[1].help == "Format (text, json)");
}

TEST_CASE("options have the heading that was set last", "[cli]") {
  twx::Options options;
  bool flag = false;
  options.flag("-a", flag, "A");
  options.group("Time");
  options.flag("-b", flag, "B");
  options.group("");
  options.flag("-c", flag, "C");
  CHECK(options.all()[0].group.empty());
  CHECK(options.all()[1].group == "Time");
  CHECK(options.all()[2].group.empty());
}
