#include "cli/help.h"

#include "cli/common_options.h"
#include "tests/support/catch.h"

namespace {

constexpr twx::Command command{"serve test", "serve for the sake of testing", "", nullptr};

struct Fixture {
  twx::Options options;
  twx::CommonOptions common;
  std::string text, file;
  std::vector<std::string> endpoints, users;
  twx::Duration time{};
  bool flag = false;

  Fixture() {
    options.group("Time");
    options.option("--idle-timeout", "TIME", time, "Close a connection that is quiet for TIME");
    options.group("");
    options.option(
        "-t,--quote", "TEXT", text,
        "A text that needs so many words to be described that they do not fit on a line");
    options.option("--user", "NAME=TEXT", users, "A user");
    options.flag("-4", flag, "IPv4 only");
    options.positional("ENDPOINT", endpoints, true, "Where to listen", twx::Kind::endpoint);
    options.example("twx serve test 9000", "Serve on port 9000");
    declare_common(options, common);
  }
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    widest = std::max(widest, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return widest;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "the usage names the positionals in order", "[cli]") {
  CHECK(twx::usage(command, options) == "twx serve test ENDPOINT... [OPTION]...");
  options.positional("FILE", file, false, "A file", twx::Kind::file);
  CHECK(twx::usage(command, options) == "twx serve test ENDPOINT... [FILE] [OPTION]...");
}

TEST_CASE_METHOD(Fixture, "help has all parts in order", "[cli]") {
  auto const help = twx::help_text(command, options);
  CHECK(help.starts_with(
      "Usage: twx serve test ENDPOINT... [OPTION]...\n"
      "\n"
      "serve for the sake of testing\n"
      "\n"
      "Examples:\n"
      "  twx serve test 9000\n"
      "      Serve on port 9000\n"
      "\n"
      "Arguments:\n"
      "  ENDPOINT...                 Where to listen\n"
      "\n"
      "Options:\n"
      "  -t, --quote TEXT            A text that needs so many words to be described\n"
      "                              that they do not fit on a line\n"
      "      --user NAME=TEXT        A user; may be repeated\n"
      "  -4                          IPv4 only\n"
      "\n"
      "Time:\n"
      "      --idle-timeout TIME     Close a connection that is quiet for TIME\n"
      "\n"
      "Common options:\n"
      "  -v, --verbose               Tell"));
  CHECK(help.ends_with(
      "\n"
      "Exit status: 0 if all went well, 2 for a usage error; 'twx help' has the table.\n"
      "See also: twx help endpoints, twx help serve, twx help.\n"));
}

TEST_CASE_METHOD(Fixture, "each name of each option occurs in the help", "[cli]") {
  auto const help = twx::help_text(command, options);
  for (auto const& option : options.all()) {
    for (auto const name : option.each_name()) {
      CAPTURE(std::string(name));
      CHECK(has(help, name));
    }
  }
}

TEST_CASE_METHOD(Fixture, "no line of the help is wider than 80 columns", "[cli]") {
  options.group("Long");
  options.flag("--" + std::string(60, 'x'), flag, "A flag with a name that fills the line");
  for (int i = 0; i < 12; ++i) {
    options.positional("ARGUMENT" + std::to_string(i), file, true, "One of many", twx::Kind::text);
  }
  CHECK(widest_line(twx::help_text(command, options)) <= 80);
}

TEST_CASE("the lists of commands are not wider than 80 columns either", "[cli]") {
  auto const summary =
      "a summary of a command that goes on and on until it must be wrapped, and on";
  twx::Command const many{"serve everything", summary, "", nullptr};
  twx::Command const* const list[] = {&many};
  CHECK(widest_line(twx::list_text(list, "")) <= 80);
  CHECK(widest_line(twx::list_text(list, "serve")) <= 80);
}
