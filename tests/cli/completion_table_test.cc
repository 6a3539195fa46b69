#include "cli/completion_table.h"

#include <memory>
#include <set>

#include "tests/support/catch.h"

namespace {

using twx::Kind;
using twx::Options;

struct Values {
  bool flag = false;
  std::string text;
  std::vector<std::string> texts;
};

// What both servers take.
std::shared_ptr<Values> declare_serve(Options& options) {
  auto values = std::make_shared<Values>();
  options.positional("ENDPOINT", values->texts, true, "Where to listen: 9000", Kind::endpoint);
  options.flag("-4", values->flag, "IPv4 only");
  return values;
}

twx::Action declare_echo(Options& options) {
  auto const values = declare_serve(options);
  options.option("--cert", "FILE", values->text, "Certificate; read again on SIGHUP", Kind::file);
  options.choice("--line", "", values->text, {"lf", "crlf"}, "How lines end (default crlf)");
  return [values](twx::Reactor&) { return twx::Outcome(); };
}

twx::Action declare_chat(Options& options) {
  auto const values = declare_serve(options);
  return [values](twx::Reactor&) { return twx::Outcome(); };
}

twx::Action declare_fetch(Options& options) {
  auto const values = std::make_shared<Values>();
  options.forgiving();
  options.flag("-L,--location", values->flag, "Go there");
  options.option("-o,--output", "FILE", values->text, "Write it to FILE", Kind::file);
  return [values](twx::Reactor&) { return twx::Outcome(); };
}

constexpr twx::Command echo{"serve echo", "send back", "", declare_echo};
constexpr twx::Command chat{"serve chat", "pass on", "", declare_chat};
constexpr twx::Command fetch{"fetch", "get a page", "", declare_fetch};
constexpr twx::Command const* all[] = {&echo, &chat, &fetch};

using Paths = std::vector<std::string>;
using Rows = std::vector<twx::CompletionRow>;

// Of exactly these commands; nothing if there are none.
Rows rows(std::vector<twx::CompletionRows> const& from, Paths const& paths) {
  for (auto const& each : from)
    if (each.paths == paths) return each.rows;
  return {};
}

std::vector<std::string> words(twx::CompletionTable const& table, std::string const& path) {
  std::vector<std::string> found;
  for (auto const& [paths, words] : table.words)
    if (std::ranges::find(paths, path) != paths.end())
      for (auto const& each : words) found.push_back(each.word);
  return found;
}

}  // namespace

TEST_CASE("words go on to a command, with help before them too", "[cli]") {
  auto const table = twx::completion_table(all);
  CHECK(words(table, "") == Paths{"serve", "fetch", "help", "man"});
  CHECK(words(table, "serve") == Paths{"echo", "chat"});
  CHECK(words(table, "help/serve") == Paths{"echo", "chat"});
  CHECK(words(table, "help") == Paths{"serve", "fetch", "endpoints"});
  CHECK(words(table, "serve/echo").empty());
  CHECK(table.words[0].words[0] == twx::CompletionWord{"serve", "echo, chat"});
  CHECK(table.words[0].words[1] == twx::CompletionWord{"fetch", "get a page"});
}

TEST_CASE("what several commands take stands there once", "[cli]") {
  auto const table = twx::completion_table(all);
  CHECK(rows(table.arguments, {"serve/echo", "serve/chat"}) ==
        Rows{{"ENDPOINT", "endpoint", "Where to listen: 9000", true}});
  // Other rows that both have and fetch has not come behind it.
  CHECK(rows(table.options, {"serve/echo", "serve/chat"}).at(0) ==
        twx::CompletionRow{"-4", "flag", "IPv4 only", false});
  auto const common = rows(table.options, {"serve/echo", "serve/chat", "fetch"});
  REQUIRE(common.size() == 1);  // the others may be repeated where options are forgiving
  CHECK(common[0].names == "-v,--verbose");
}

TEST_CASE("a row has the kind or the choices of a value, and the first clause of the help",
          "[cli]") {
  auto const table = twx::completion_table(all);
  auto const own = rows(table.options, {"serve/echo"});
  REQUIRE(own.size() == 2);
  CHECK(own[0] == twx::CompletionRow{"--cert", "file", "Certificate", false});
  CHECK(own[1] == twx::CompletionRow{"--line", "=lf,crlf", "How lines end", false});
}

TEST_CASE("forgiving options may be repeated, and their flags taken back", "[cli]") {
  auto const own = rows(twx::completion_table(all).options, {"fetch"});
  REQUIRE(own.size() > 2);
  CHECK(own[0] == twx::CompletionRow{"-L,--location", "no", "Go there", true});
  CHECK(own[1] == twx::CompletionRow{"-o,--output", "file", "Write it to FILE", true});
}

TEST_CASE("schemes are those of endpoints", "[cli]") {
  auto const schemes = twx::completion_table(all).schemes;
  CHECK(schemes == Paths{"tcp://", "tls://", "unix://", "udp://", "unix-dgram://"});
}

// A comma divides choices for the shells, a space and a slash words.
TEST_CASE("the real commands have nothing in them that would divide what shells read", "[cli]") {
  auto const table = twx::completion_table(twx::commands());
  for (auto const* const from : {&table.options, &table.arguments})
    for (auto const& each : *from)
      for (auto const& row : each.rows) {
        CAPTURE(row.names, row.value);
        CHECK(row.names.find_first_of(" |*'\"\\=") == row.names.npos);
        CHECK(row.value.find_first_of(" |*'\"\\") == row.value.npos);
        CHECK(row.help.find('\n') == row.help.npos);
      }
  std::set<std::string> paths;
  for (auto const& each : table.arguments)
    for (auto const& path : each.paths) CHECK(paths.insert(path).second);
}
