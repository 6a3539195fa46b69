#include "cli/dispatch.h"

#include "tests/support/catch.h"

using twx::ExitStatus;
using twx::Say;
using twx::Start;

namespace {

twx::Action declare(twx::Options&) { return {}; }

constexpr twx::Command echo{"serve echo", "send every byte back", "", declare};
constexpr twx::Command qotd{"serve qotd", "send a quote and close", "", declare};
constexpr twx::Command connect_{"connect", "stdin to the peer", "", declare};
constexpr twx::Command const* all[] = {&echo, &qotd, &connect_};

struct Answer {
  std::string text;
  ExitStatus status;
  twx::Command const* command;
  std::vector<std::string> arguments;
};

Answer dispatch(std::vector<char const*> const& args) {
  auto const request = twx::dispatch(all, args);
  if (auto const* text = std::get_if<Say>(&request)) return {text->text, text->status, nullptr, {}};
  if (auto const* mistake = std::get_if<twx::Mistaken>(&request))
    return {usage_error_text(mistake->path, mistake->error), ExitStatus::usage, nullptr, {}};
  auto const& start = std::get<Start>(request);
  return {"", ExitStatus::done, start.command, {start.arguments.begin(), start.arguments.end()}};
}

// The name of the page that is shown.
std::string page(std::vector<char const*> const& args) {
  return std::get<twx::Show>(twx::dispatch(all, args)).page.name;
}

// The text of a usage error.
std::string complaint(std::vector<char const*> const& args) {
  auto const answer = dispatch(args);
  CHECK(answer.status == ExitStatus::usage);
  return answer.text;
}

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("a command is found by one or two words and gets the others", "[cli]") {
  auto answer = dispatch({"serve", "echo", "9000", "-v"});
  CHECK(answer.command == &echo);
  CHECK(answer.arguments == std::vector<std::string>{"9000", "-v"});
  answer = dispatch({"connect", "serve", "echo"});
  CHECK(answer.command == &connect_);
  CHECK(answer.arguments == std::vector<std::string>{"serve", "echo"});
}

TEST_CASE("what is said to stand before a path is taken before one", "[cli]") {
  for (auto const& [word, summary] : twx::words_before_paths()) {
    std::string const text(word);
    auto const request = twx::dispatch(all, std::vector{text.c_str(), "serve", "echo"});
    CHECK_FALSE(std::holds_alternative<Say>(request));
    CHECK_FALSE(summary.empty());
  }
}

TEST_CASE("without a command the list of commands is a usage error", "[cli]") {
  auto const answer = dispatch({});
  CHECK(answer.status == ExitStatus::usage);
  CHECK_THAT(answer.text, ContainsSubstring("  serve echo  send every byte back\n"));
  CHECK_THAT(answer.text, ContainsSubstring("  connect     stdin to the peer\n"));
}

TEST_CASE("the list of commands can be asked for", "[cli]") {
  for (auto const* asked : {"--help", "-h", "help"}) {
    auto const answer = dispatch({asked});
    CHECK(answer.status == ExitStatus::done);
    CHECK(answer.text == dispatch({}).text);
  }
  CHECK(dispatch({"help", "--help"}).text == dispatch({}).text);
}

TEST_CASE("a group alone lists its names", "[cli]") {
  auto const answer = dispatch({"serve"});
  CHECK(answer.status == ExitStatus::usage);
  CHECK_THAT(answer.text, ContainsSubstring("Usage: twx serve NAME "));
  CHECK_THAT(answer.text, ContainsSubstring("  qotd  send a quote and close\n"));
  CHECK_THAT(answer.text, !ContainsSubstring("stdin"));
  for (auto const& args : {std::vector{"serve", "--help"}, {"serve", "-h"}, {"help", "serve"}}) {
    CHECK(dispatch(args).status == ExitStatus::done);
    CHECK(dispatch(args).text == answer.text);
  }
}

TEST_CASE("help for a command is what its --help prints", "[cli]") {
  auto answer = dispatch({"help", "serve", "echo"});
  CHECK(answer.command == &echo);
  CHECK(answer.arguments == std::vector<std::string>{"--help"});
  answer = dispatch({"help", "connect"});
  CHECK(answer.command == &connect_);
  CHECK(answer.arguments == std::vector<std::string>{"--help"});
}

TEST_CASE("an unknown command is told with the one that was meant", "[cli]") {
  CHECK(complaint({"serv"}) ==
        "twx: there is no command 'serv'; did you mean 'serve'?\nTry 'twx --help'.\n");
  CHECK(complaint({"echo", "9000"}) ==
        "twx: there is no command 'echo'; did you mean 'serve echo'?\nTry 'twx --help'.\n");
  CHECK(complaint({"frob"}) == "twx: there is no command 'frob'\nTry 'twx --help'.\n");
  CHECK(complaint({""}) == "twx: there is no command ''\nTry 'twx --help'.\n");
  CHECK(complaint({"help", "conect"}) ==
        "twx: there is no command 'conect'; did you mean 'connect'?\nTry 'twx --help'.\n");
}

TEST_CASE("an unknown name in a group is told with the one that was meant", "[cli]") {
  CHECK(complaint({"serve", "ecko", "9000"}) ==
        "twx: there is no command 'serve ecko'; did you mean 'serve echo'?\n"
        "Try 'twx serve --help'.\n");
  CHECK(complaint({"serve", ""}) == "twx: there is no command 'serve '\nTry 'twx serve --help'.\n");
}

TEST_CASE("an option before the command is told where options stand", "[cli]") {
  CHECK(complaint({"-v", "serve", "echo"}) ==
        "twx: there is no option '-v' here; options follow the command\nTry 'twx --help'.\n");
  CHECK(complaint({"--halp"}) ==
        "twx: there is no option '--halp' here; did you mean '--help'?\nTry 'twx --help'.\n");
  CHECK(complaint({"serve", "-v", "echo"}) ==
        "twx: after 'serve' and before '-v' must stand one of echo, qotd\n"
        "Try 'twx serve --help'.\n");
}

TEST_CASE("the version is printed on request", "[cli]") {
  for (auto const* asked : {"--version", "-V"}) {
    CHECK(dispatch({asked}).status == ExitStatus::done);
    CHECK_THAT(dispatch({asked}).text, Catch::Matchers::StartsWith("twx "));
  }
}

TEST_CASE("pages of the manual are asked for by command, group, topic or name", "[cli]") {
  CHECK(page({"man"}) == "twx");
  CHECK(page({"man", "connect"}) == "twx-connect");
  CHECK(page({"man", "serve"}) == "twx-serve");
  CHECK(page({"man", "serve", "echo"}) == "twx-serve-echo");
  CHECK(page({"man", "endpoints"}) == "twx-endpoint");
  CHECK(page({"man", "endpoint"}) == "twx-endpoint");
  CHECK(dispatch({"man", "--help"}).text == dispatch({"--help"}).text);
}

TEST_CASE("help for what stands before a path is the list of commands", "[cli]") {
  CHECK(dispatch({"help", "help"}).text == dispatch({"help"}).text);
  CHECK(dispatch({"help", "man"}).text == dispatch({"help"}).text);
}

TEST_CASE("a page that is not there is a usage error", "[cli]") {
  CHECK(complaint({"man", "conect"}) ==
        "twx: there is no command 'conect'; did you mean 'connect'?\nTry 'twx --help'.\n");
  CHECK(complaint({"man", "serve", "ecko"}) ==
        "twx: there is no command 'serve ecko'; did you mean 'serve echo'?\n"
        "Try 'twx serve --help'.\n");
  CHECK(complaint({"man", "connect", "-v"}) ==
        "twx: 'man' takes a command and nothing else: man connect\nTry 'twx --help'.\n");
  CHECK(complaint({"man", ""}) == "twx: there is no command ''\nTry 'twx --help'.\n");
}
