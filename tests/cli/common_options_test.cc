#include "cli/common_options.h"

#include "cli/parse.h"
#include "reactor/log.h"
#include "tests/cli/captured.h"
#include "tests/support/catch.h"

using twx::CommonOptions;
using twx::Level;

namespace {

constexpr twx::Command command{"connect", "test", "", nullptr};

std::vector<std::string> names(twx::Options const& options) {
  std::vector<std::string> all;
  for (auto const& option : options.all()) all.push_back(option.names);
  return all;
}

// What reaches stderr of one event of each level.
std::string heard(CommonOptions const& options) {
  twx::test::Captured const error(STDERR_FILENO);
  twx::install_log_sink(options);
  log(Level::error, "error");
  log(Level::warning, "warning");
  log(Level::notice, "notice");
  log(Level::info, "info");
  log(Level::debug, "debug");
  twx::set_log_sink({});
  return error.text();
}

}  // namespace

TEST_CASE("every command has the common options", "[cli]") {
  twx::Options options;
  CommonOptions values;
  declare_common(options, values);
  CHECK(names(options) == std::vector<std::string>{"-v,--verbose", "-q,--quiet", "--log-format",
                                                   "--color", "-h,--help"});
  std::vector<char const*> const args{"-vv", "--log-format=json", "--color", "never"};
  CHECK(std::holds_alternative<twx::Parsed>(parse(command, options, args)));
  CHECK(values.verbose == 2);
  CHECK(values.log_format == "json");
  CHECK(values.color == "never");
}

TEST_CASE("a command's own name wins, the common option keeps the others", "[cli]") {
  twx::Options options;
  CommonOptions values;
  std::optional<twx::Duration> quit_after;
  std::string color;
  options.option("-q", "TIME", quit_after, "Leave after TIME");
  options.option("--color", "NAME", color, "Paint");
  declare_common(options, values);
  CHECK(names(options) == std::vector<std::string>{"-q", "--color", "-v,--verbose", "--quiet",
                                                   "--log-format", "-h,--help"});
  std::vector<char const*> const args{"-q5", "--quiet", "--color", "blue"};
  CHECK(std::holds_alternative<twx::Parsed>(parse(command, options, args)));
  CHECK(quit_after == std::chrono::seconds(5));
  CHECK(values.quiet);
  CHECK(values.color == "auto");
  CHECK(color == "blue");
}

TEST_CASE("quiet and verbose exclude each other", "[cli]") {
  twx::Options options;
  CommonOptions values;
  declare_common(options, values);
  std::vector<char const*> const args{"-v", "-q"};
  auto const result = parse(command, options, args);
  REQUIRE(std::holds_alternative<twx::UsageError>(result));
  CHECK(std::get<twx::UsageError>(result).message == "--quiet and --verbose exclude each other");
}

TEST_CASE("each level is heard as the options say", "[cli]") {
  CommonOptions options;
  options.color = "never";
  CHECK(heard(options) == "twx: error\ntwx: warning\ntwx: notice\n");
  options.verbose = 1;
  CHECK(heard(options) == "twx: error\ntwx: warning\ntwx: notice\ntwx: info\n");
  options.verbose = 2;
  CHECK(heard(options) == "twx: error\ntwx: warning\ntwx: notice\ntwx: info\ntwx: debug\n");
  options.verbose = 0;
  options.quiet = true;
  CHECK(heard(options) == "twx: error\n");
}

TEST_CASE("events are JSON on request, and never coloured then", "[cli]") {
  CommonOptions options;
  options.log_format = "json";
  options.color = "always";
  options.quiet = true;
  auto const line = heard(options);
  CHECK(line.starts_with("{\"time\":\"2"));
  CHECK(line.ends_with("Z\",\"level\":\"error\",\"message\":\"error\"}\n"));
}
