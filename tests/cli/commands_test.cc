// The real commands: what holds for every one of them.
#include <fstream>
#include <set>

#include "cli/declared.h"
#include "cli/dispatch.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/program.h"
#include "cli/topics.h"
#include "tests/support/catch.h"

namespace {

// What a shell variable of an example may stand for: $pin for a pin, all others for a number.
std::string expanded(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    bool const variable = line.size() > 1 && line[0] == '$' && line[1] >= 'a' && line[1] <= 'z';
    auto const name = line.substr(0, line.find_first_not_of("abcdefghijklmnopqrstuvwxyz", 1));
    text += !variable ? std::string(1, line[0]) : name == "$pin" ? std::string(64, '0') : "9000";
    line.remove_prefix(variable ? name.size() : 1);
  }
  return text;
}

bool redirects(std::string_view word) {
  auto const sign = word.find_first_not_of("0123456789");
  return sign != word.npos && (word[sign] == '<' || word[sign] == '>');
}

// The words of the command that a shell line begins with, as far as examples need them: quotes and
// variables, no redirections.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (char const c : expanded(line) + '|') {
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote != 0 || std::string_view(" |&;)").find(c) == std::string_view::npos) {
      word += c;
    } else {
      if (!word.empty() && !redirects(word)) words.push_back(word);
      word.clear();
      if (c != ' ') break;
    }
  }
  return words;
}

// Why these are no arguments of the command; "" if they are.
std::string complaint(twx::Start const& start) {
  twx::Declared const declared(*start.command);
  auto const result = parse(*start.command, declared.options, start.arguments);
  auto const* error = std::get_if<twx::UsageError>(&result);
  return error ? error->message : "";
}

// Why a line that begins with "twx" is no command line; "" if it is one. `path` is its command's.
std::string complaint(std::string_view line, std::string_view* path = nullptr) {
  auto const words = words_of(line);
  std::vector<char const*> args;
  for (auto const& word : std::span(words).subspan(1)) args.push_back(word.c_str());
  auto const request = dispatch(twx::commands(), args);
  if (auto const* say = std::get_if<twx::Say>(&request))
    return say->status == twx::ExitStatus::done ? "" : say->text;
  if (auto const* mistake = std::get_if<twx::Mistaken>(&request)) return mistake->error.message;
  auto const* start = std::get_if<twx::Start>(&request);
  if (!start) return "";
  if (path) *path = start->command->path;
  return complaint(*start);
}

// Whether a command can begin behind these words of a shell.
bool begins_command(std::string_view before) {
  auto const end = before.find_last_not_of(' ');
  if (end == before.npos) return true;
  before = before.substr(0, end + 1);
  auto const word = before.substr(before.find_last_of(" |&;(") + 1);
  static constexpr std::string_view openers[] = {"",     "$",  "if", "until", "while",
                                                 "then", "do", "!",  "exec"};
  return std::ranges::find(openers, word) != std::end(openers);
}

// Where twx is called in a line of a shell.
std::vector<std::string_view> calls_in(std::string_view line) {
  std::vector<std::string_view> calls;
  for (auto at = line.find("twx "); at != line.npos; at = line.find("twx ", at + 1)) {
    if (begins_command(line.substr(0, at))) calls.push_back(line.substr(at));
  }
  return calls;
}

struct Line {
  std::string text;
  bool shell;  // in a block of sh or console, not in prose
};

std::vector<Line> lines_of(std::string const& path) {
  std::vector<Line> lines;
  std::ifstream file(TWX_SOURCE "/" + path);
  bool shell = false;
  for (std::string text; std::getline(file, text);) {
    if (text.starts_with("```")) shell = text == "```sh" || text == "```console";
    lines.push_back({text, shell});
  }
  return lines;
}

// Whether `line` shows the mistake that the one before it makes.
bool shows_mistake(std::string const& line) { return line.starts_with("twx: there is no"); }

// The code that a line of prose quotes: `twx help`.
std::vector<std::string> quoted_calls(std::string const& line) {
  std::vector<std::string> calls;
  for (auto at = line.find("`twx "); at != line.npos; at = line.find("`twx ", at + 1)) {
    auto const end = line.find('`', at + 1);
    if (end != line.npos) calls.push_back(line.substr(at + 1, end - at - 1));
  }
  return calls;
}

// Whether this line of a table heads a column of calls of twx.
bool heads_calls(std::string const& line) {
  return line.starts_with('|') && line.find("| twx |") != line.npos;
}

// The calls in a row of such a table, where a bar inside of code is written \|.
std::vector<std::string> table_calls(std::string line) {
  for (auto at = line.find("\\|"); at != line.npos; at = line.find("\\|")) line.erase(at, 1);
  std::vector<std::string> calls;
  for (auto at = line.find('`'); at != line.npos;) {
    auto const end = line.find('`', at + 1);
    if (end == line.npos) break;
    for (auto const call : calls_in(std::string_view(line).substr(at + 1, end - at - 1)))
      calls.emplace_back(call);
    at = line.find('`', end + 1);
  }
  return calls;
}

// What a document calls where it talks is cut short; only its names must be right.
void check_calls(std::string const& path) {
  auto const lines = lines_of(path);
  REQUIRE_FALSE(lines.empty());
  bool table = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CAPTURE(path, lines[i].text);
    bool const mistaken = i + 1 < lines.size() && shows_mistake(lines[i + 1].text);
    table = lines[i].text.starts_with('|') && (table || heads_calls(lines[i].text));
    if (lines[i].shell && !mistaken) {
      for (auto const call : calls_in(lines[i].text)) CHECK(complaint(call) == "");
    }
    if (table) {
      for (auto const& call : table_calls(lines[i].text)) CHECK(complaint(call) == "");
    }
    for (auto const& call : quoted_calls(lines[i].text))
      CHECK_THAT(complaint(call), !Catch::Matchers::ContainsSubstring("there is no"));
  }
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
      auto const calls = calls_in(example.command);
      REQUIRE(calls.size() == 1);
      std::string_view path;
      CHECK(complaint(calls.front(), &path).empty());
      CHECK(path == command->path);
    }
  }
}

TEST_CASE("each example of each topic parses", "[cli]") {
  for (auto const& topic : twx::topics()) {
    CHECK_FALSE(topic.examples.empty());
    for (auto const example : topic.examples) CHECK(complaint(example).empty());
  }
}

TEST_CASE("each example of the program and of a group parses", "[cli]") {
  for (auto const& about : twx::abouts()) {
    CHECK_FALSE(about.examples.empty());
    for (auto const example : about.examples) CHECK(complaint(example).empty());
  }
}

TEST_CASE("each call of twx in a document is one", "[cli]") {
  for (auto const* path :
       {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/design.md",
        "docs/fetch-report.md", "docs/irc-log-format.md", "docs/reference.md", "docs/tutorial.md",
        "docs/cookbook.md", "docs/library.md", "docs/limits.md", "docs/performance.md",
        "docs/servers.md", "docs/traps.md"})
    check_calls(path);
}
