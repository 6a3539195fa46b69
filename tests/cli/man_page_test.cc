#include "cli/man_page.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/cli/documents.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using Catch::Matchers::ContainsSubstring;

Action declare(Options& options) {
  static std::vector<std::string> endpoints;
  static std::string text;
  static Duration time;
  static bool flag;
  options.positional("ENDPOINT", endpoints, true, "Where to listen", Kind::endpoint);
  options.positional("FILE", text, false, "A file", Kind::file);
  options.flag("-4", flag, "IPv4 only");
  options.group("Time");
  options.option("-i,--idle-timeout", "TIME", time, "Close a connection that is quiet for TIME");
  options.example("twx serve test -4 9000", "Serve on port 9000");
  return [](Reactor&) { return Outcome{}; };
}

constexpr Command command{"serve test", "serve for the sake of testing",
                          "One paragraph. It has --two sentences.\n\nAnother.", declare};

std::string contents(std::filesystem::path const& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a page is named after its command", "[cli]") {
  CHECK(man_page_name("") == "twx");
  CHECK(man_page_name("serve echo") == "twx-serve-echo");
  CHECK(man_page_name("irc-log") == "twx-irc-log");
}

TEST_CASE("the page of a command has all that is declared", "[cli]") {
  Declared const declared(command);
  auto const page = man_page(declared);
  CHECK(page.name == "twx-serve-test");
  CHECK(page.section == 1);
  CHECK_THAT(page.text, ContainsSubstring("\n.Dt TWX-SERVE-TEST 1\n.Os twx\n"
                                          ".Sh NAME\n"
                                          ".Nm twx-serve-test\n"
                                          ".Nd serve for the sake of testing\n"
                                          ".Sh SYNOPSIS\n"
                                          ".Nm \"twx serve test\"\n"
                                          ".Ar ENDPOINT ...\n"
                                          ".Op Ar FILE\n"
                                          ".Op Ar OPTION ...\n"
                                          ".Sh DESCRIPTION\n"
                                          "One paragraph.\n"
                                          "It has \\-\\-two sentences.\n"
                                          ".Pp\n"
                                          "Another.\n"
                                          ".Sh ARGUMENTS\n"
                                          ".Bl -tag -width Ds\n"
                                          ".It Ar ENDPOINT ...\n"
                                          "Where to listen.\n"
                                          ".It Ar FILE\n"
                                          "A file.\n"
                                          ".El\n"
                                          ".Sh OPTIONS\n"
                                          ".Bl -tag -width Ds\n"
                                          ".It Fl 4\n"
                                          "IPv4 only.\n"
                                          ".El\n"
                                          ".Ss Time\n"
                                          ".Bl -tag -width Ds\n"
                                          ".It Fl i , Fl \\-idle\\-timeout Ar TIME\n"
                                          "Close a connection that is quiet for TIME.\n"
                                          ".El\n"
                                          ".Ss Common options\n"));
  CHECK_THAT(page.text, ContainsSubstring(".Sh EXAMPLES\n"
                                          "Serve on port 9000:\n"
                                          ".Bd -literal -offset indent\n"
                                          "twx serve test \\-4 9000\n"
                                          ".Ed\n"
                                          ".Sh SEE ALSO\n"
                                          ".Xr twx 1 ,\n"
                                          ".Xr twx-serve 1 ,\n"
                                          ".Xr twx-endpoint 7\n"));
}

TEST_CASE("the page of the program lists commands, variables and statuses", "[cli]") {
  Command const* const list[] = {&command};
  auto const pages = man_pages(list);
  CHECK(pages.front().name == "twx");
  CHECK_THAT(pages.front().text,
             ContainsSubstring(".It Xr twx-serve-test 1\nserve for the sake of testing.\n"));
  CHECK_THAT(pages.front().text, ContainsSubstring(".It Ev NO_COLOR , Ev CLICOLOR_FORCE"));
  CHECK_THAT(pages.front().text, ContainsSubstring(".It 28\na timeout.\n"));
  CHECK_THAT(pages.front().text, ContainsSubstring(".It 128+n\nended by signal n.\n"));
  CHECK_THAT(pages.front().text, ContainsSubstring("twx serve test \\-4 9000\n"));
}

TEST_CASE("there is a page for each group and each topic", "[cli]") {
  std::map<std::string, ManPage> pages;
  for (auto& page : man_pages(commands())) pages[page.name] = std::move(page);
  CHECK_THAT(pages["twx-serve"].text, ContainsSubstring(".It Xr twx-serve-echo 1\n"));
  CHECK_THAT(pages["twx-serve"].text, !ContainsSubstring("twx-fetch 1"));
  CHECK(pages["twx-endpoint"].section == 7);
  CHECK_THAT(pages["twx-endpoint"].text, ContainsSubstring(".It Cm fd:3\n"));
  CHECK_THAT(pages["twx-endpoint"].text, ContainsSubstring(".It Cm backlog=N\n"));
}

TEST_CASE("manual, reference and completions are as ./dev docs would write them", "[cli]") {
  for (auto const& [path, text] : test::documents()) {
    INFO(path << " is stale: say ./dev docs");
    CHECK(contents(std::filesystem::path(TWX_SOURCE) / path) == text);
  }
}

TEST_CASE("the manual has no page of what is gone", "[cli]") {
  auto const made = test::documents();
  for (auto const& entry : std::filesystem::directory_iterator(TWX_SOURCE "/man")) {
    auto const name = entry.path().filename().string();
    INFO(name);
    CHECK((name == "libtwx.3" || made.contains("man/" + name)));
  }
}
