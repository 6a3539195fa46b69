// The real commands: what holds for every one of them.
#include <set>

#include "cli/common_options.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "tests/support/catch.h"

namespace {

// The words of a shell line as far as examples need them: quotes, no expansion, no redirections.
// Only those behind "twx", and behind them only up to a pipe.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (char const c : std::string(line.substr(line.find("twx "))) + ' ') {
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c != ' ' || quote != 0) {
      word += c;
    } else if (word == "|" || word == "&") {
      break;
    } else if (!word.empty() && word.find_first_of("<>") != 0) {
      words.push_back(std::exchange(word, {}));
    } else {
      word.clear();
    }
  }
  return words;
}

// Why the example is no command line of `command`; "" if it is one.
std::string complaint(twx::Command const& command, std::string const& example) {
  auto const words = words_of(example);
  std::vector<char const*> args;
  std::string path;
  for (auto const& word : std::span(words).subspan(1)) {
    if (path.size() < command.path.size()) {
      path += (path.empty() ? "" : " ") + word;
    } else {
      args.push_back(word.c_str());
    }
  }
  if (path != command.path) return "it is of another command";
  twx::Options options;
  twx::CommonOptions common;
  auto const action = command.declare(options);
  declare_common(options, common);
  auto const result = parse(command, options, args);
  auto const* error = std::get_if<twx::UsageError>(&result);
  return error ? error->message : "";
}

}  // namespace

TEST_CASE("each command has a path of its own, of one or two words", "[cli]") {
  std::set<std::string_view> paths;
  for (auto const* command : twx::commands()) {
    CAPTURE(std::string(command->path));
    CHECK(paths.insert(command->path).second);
    CHECK(std::ranges::count(command->path, ' ') <= 1);
    CHECK_FALSE(command->summary.empty());
    CHECK_FALSE(command->summary.ends_with('.'));
    CHECK_FALSE(command->manual.empty());
  }
}

TEST_CASE("each option has its names for itself and a help without a full stop", "[cli]") {
  for (auto const* command : twx::commands()) {
    twx::Options options;
    auto const action = command->declare(options);
    std::set<std::string_view> names;
    for (auto const& option : options.all()) {
      CAPTURE(std::string(command->path), option.names);
      CHECK_FALSE(option.help.empty());
      CHECK_FALSE(option.help.ends_with('.'));
      CHECK(option.takes_value() == !option.metavar.empty());
      for (auto const name : option.each_name()) CHECK(names.insert(name).second);
    }
  }
}

TEST_CASE("the help of each command fits 80 columns", "[cli]") {
  for (auto const* command : twx::commands()) {
    twx::Options options;
    twx::CommonOptions common;
    auto const action = command->declare(options);
    declare_common(options, common);
    std::string_view text;
    auto const help = help_text(*command, options);
    for (text = help; !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
      CAPTURE(std::string(text.substr(0, text.find('\n'))));
      CHECK(text.find('\n') <= 80);
    }
  }
}

TEST_CASE("each example of each command parses", "[cli]") {
  for (auto const* command : twx::commands()) {
    twx::Options options;
    auto const action = command->declare(options);
    CAPTURE(std::string(command->path));
    CHECK_FALSE(options.examples().empty());
    for (auto const& example : options.examples()) {
      CAPTURE(example.command);
      CHECK(complaint(*command, example.command).empty());
    }
  }
}
