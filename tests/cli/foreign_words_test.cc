#include "cli/foreign_words.h"

#include <algorithm>
#include <sstream>

#include "cli/declared.h"
#include "cli/dispatch.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

// The options that a clause recommends; what is in quotes is another command line.
std::vector<std::string> options_in(std::string_view clause) {
  std::vector<std::string> all;
  bool quoted = false;
  for (auto word : words_of(clause)) {
    quoted = quoted != (std::ranges::count(word, '\'') % 2 == 1);
    word = word.substr(0, word.find_first_of(",;:"));
    if (!quoted && word.size() > 1 && word.front() == '-') all.push_back(word);
  }
  return all;
}

bool applies(ForeignOption const& row, Command const& command) {
  return command.path.starts_with(row.path);
}

}  // namespace

TEST_CASE("an option of another tool has its counterpart named", "[cli]") {
  CHECK(foreign_option("connect", "--ssl") == "use --tls");
  CHECK(foreign_option("serve echo", "--ssl") == "use --tls");
  CHECK(foreign_option("serve qotd", "--file") == "use --fortune FILE");
  CHECK(foreign_option("serve finger", "--file") == "use --users FILE");
  CHECK(foreign_option("fetch", "--no-check-certificate") == "use --insecure");
  CHECK(foreign_option("twx", "-l") == "servers are 'twx serve NAME ENDPOINT'");
  CHECK(foreign_option("completion", "--ipv4") == "use -4");
  CHECK(foreign_option("connect", "--never-heard-of").empty());
  CHECK(foreign_option("connect", "-l,--listen").empty());
}

TEST_CASE("what is recommended exists", "[cli]") {
  for (auto const& row : foreign_options()) {
    if (row.path.empty()) continue;  // not every command has all of them
    for (auto const* command : commands()) {
      if (!applies(row, *command)) continue;
      Declared const declared(*command);
      for (auto const& name : options_in(row.instead)) {
        CAPTURE(std::string(command->path), std::string(row.instead), name);
        CHECK(declared.options.find(name));
      }
    }
  }
}

TEST_CASE("no name is known for one of another tool that all these commands have", "[cli]") {
  for (auto const& row : foreign_options()) {
    auto names = std::string(row.names);
    std::ranges::replace(names, ',', ' ');
    for (auto const& name : words_of(names)) {
      bool const needed =
          row.path == "twx" || std::ranges::any_of(commands(), [&](Command const* command) {
            return applies(row, *command) && !Declared(*command).options.find(name);
          });
      CAPTURE(std::string(row.path), name);
      CHECK(needed);
    }
  }
}

TEST_CASE("the name of another program leads to a command", "[cli]") {
  CHECK(foreign_command("nc") == "use 'connect HOST PORT' or 'serve NAME ENDPOINT'");
  CHECK(foreign_command("wget") == "use 'fetch URL'");
  CHECK(foreign_command("serve").empty());
  CHECK(foreign_command("").empty());
}
