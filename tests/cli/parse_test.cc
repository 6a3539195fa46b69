#include "cli/parse.h"

#include "tests/support/catch.h"

using namespace std::chrono_literals;

namespace {

constexpr twx::Command command{"serve test", "test", "", nullptr};

// A command with one of everything.
struct Fixture {
  twx::Options options;
  int verbose = 0;
  bool ipv4 = false, help = false;
  std::string quote = "default", format = "text", first, second;
  std::vector<std::string> users;
  std::uint64_t threads = 1;
  std::optional<twx::Duration> idle;

  Fixture() {
    options.flag_count("-v,--verbose", verbose, "Talk");
    options.flag("-4", ipv4, "IPv4 only");
    options.flag("-h,--help", help, "Help");
    options.option("-t,--quote", "TEXT", quote, "Text");
    options.option("-u,--user", "NAME", users, "Users");
    options.option("-n,--threads", "N", threads, 1, 64, "Threads");
    options.option("-q,--idle-timeout", "TIME", idle, "Time");
    options.choice("--log-format", "", format, {"text", "json"}, "Format");
  }

  twx::ParseResult parse(std::vector<char const*> args) {
    return twx::parse(command, options, args);
  }
  bool parses(std::vector<char const*> args) {
    auto const result = parse(std::move(args));
    if (auto const* error = std::get_if<twx::UsageError>(&result)) UNSCOPED_INFO(error->message);
    return std::holds_alternative<twx::Parsed>(result);
  }
  std::string complaint(std::vector<char const*> args) {
    auto const result = parse(std::move(args));
    auto const* error = std::get_if<twx::UsageError>(&result);
    return error ? error->message : "";
  }
};

// One that takes "[HOST] PORT FILE...".
struct WithPositionals : Fixture {
  std::string host, port;
  std::vector<std::string> files;

  WithPositionals() {
    options.positional("HOST", host, false, "Where to", twx::Kind::host);
    options.positional("PORT", port, true, "TCP port", twx::Kind::port);
    options.positional("FILE", files, true, "What to send", twx::Kind::file);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "nothing given leaves every value as it was", "[cli]") {
  CHECK(parses({}));
  CHECK(quote == "default");
  CHECK_FALSE(idle);
}

TEST_CASE_METHOD(Fixture, "a value stands behind its option, after '=', or close to a letter",
                 "[cli]") {
  CHECK(parses({"--quote", "a b", "--threads=8", "-q5"}));
  CHECK(quote == "a b");
  CHECK(threads == 8);
  CHECK(idle == 5s);
}

TEST_CASE_METHOD(Fixture, "letters can be given together, the last with its value", "[cli]") {
  CHECK(parses({"-vv4vtx"}));
  CHECK(verbose == 3);
  CHECK(ipv4);
  CHECK(quote == "x");
}

TEST_CASE_METHOD(Fixture, "a value may be empty, in brackets, or begin with a dash", "[cli]") {
  CHECK(parses({"--quote="}));
  CHECK(quote.empty());
  CHECK(parses({"--quote", ""}));
  CHECK(quote.empty());
  CHECK(parses({"--quote", "[a,b]", "-u", "[::1]", "--user=-x", "-u", "-"}));
  CHECK(quote == "[a,b]");
  CHECK(users == std::vector<std::string>{"[::1]", "-x", "-"});
  CHECK(parses({"--quote=--verbose=x"}));
  CHECK(quote == "--verbose=x");
}

TEST_CASE_METHOD(Fixture, "a repeatable option keeps its values in order", "[cli]") {
  CHECK(parses({"-u", "a", "--user=b", "-uc"}));
  CHECK(users == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE_METHOD(Fixture, "an option that can have one value must not be given two", "[cli]") {
  CHECK(complaint({"-q", "1", "--idle-timeout=2s"}) ==
        "--idle-timeout is given twice, '1' and '2s'; give it once");
  CHECK(complaint({"--log-format", "text", "--log-format", "text"}) ==
        "--log-format is given twice, 'text' and 'text'; give it once");
}

TEST_CASE_METHOD(Fixture, "a flag may be repeated", "[cli]") { CHECK(parses({"-4", "-4"})); }

TEST_CASE_METHOD(Fixture, "an unknown option is named, with the one that was meant", "[cli]") {
  CHECK(complaint({"--thread", "2"}) == "there is no option '--thread'; did you mean '--threads'?");
  CHECK(complaint({"--idle-timeuot=2"}) ==
        "there is no option '--idle-timeuot'; did you mean '--idle-timeout'?");
  CHECK(complaint({"--idle"}) == "there is no option '--idle'; did you mean '--idle-timeout'?");
  CHECK(complaint({"--frobnicate"}) == "there is no option '--frobnicate'");
  CHECK(complaint({"-verbose"}) == "there is no option '-verbose'; did you mean '--verbose'?");
  CHECK(complaint({"-x"}) == "there is no option '-x'");
  CHECK(complaint({"-4x"}) == "there is no option '-x'");
  CHECK(complaint({"-5"}) == "there is no option '-5'");
  CHECK(complaint({"-v5"}) == "there is no option '-5'");
}

TEST_CASE_METHOD(Fixture, "a wrong value is told in the option's own words", "[cli]") {
  CHECK(complaint({"--threads", "-1"}) == "--threads: '-1' is not a whole number from 1 to 64");
  CHECK(complaint({"-n", "many"}) == "--threads: 'many' is not a whole number from 1 to 64");
  CHECK(complaint({"-q=5"}) == "--idle-timeout: '=5' is not a time; use 500ms, 2s, 1.5m or 1h");
}

TEST_CASE_METHOD(Fixture, "the first wrong value on the line is the one that is told", "[cli]") {
  CHECK(complaint({"--idle-timeout=x", "--threads=y"}).starts_with("--idle-timeout: 'x'"));
  CHECK(complaint({"--threads=y", "--idle-timeout=x"}).starts_with("--threads: 'y'"));
}

TEST_CASE_METHOD(Fixture, "a wrong choice is told with those there are", "[cli]") {
  CHECK(complaint({"--log-format", "jsn"}) ==
        "--log-format: 'jsn' is none of text, json; did you mean 'json'?");
  CHECK(complaint({"--log-format=xml"}) == "--log-format: 'xml' is none of text, json");
  CHECK(complaint({"--log-format="}) == "--log-format: '' is none of text, json");
}

TEST_CASE_METHOD(Fixture, "a flag takes no value", "[cli]") {
  CHECK(complaint({"--verbose=2"}) == "'--verbose' takes no value");
  CHECK(complaint({"--verbose="}) == "'--verbose' takes no value");
}

TEST_CASE_METHOD(Fixture, "a forgotten value is missed, whatever comes instead", "[cli]") {
  CHECK(complaint({"--quote"}) == "'--quote' needs a value: --quote TEXT");
  CHECK(complaint({"-t"}) == "'--quote' needs a value: --quote TEXT");
  CHECK(complaint({"-vt"}) == "'--quote' needs a value: --quote TEXT");
  CHECK(complaint({"--quote", "--verbose"}) ==
        "'--quote' needs a value before '--verbose': --quote TEXT");
  CHECK(complaint({"-t", "--threads=2"}) ==
        "'--quote' needs a value before '--threads': --quote TEXT");
  CHECK(complaint({"-vt", "--threads=2"}) ==
        "'--quote' needs a value before '--threads': --quote TEXT");
  CHECK(complaint({"-v-quote"}) == "'-v-quote' needs a value");
  CHECK(complaint({"--quote", "--", "x"}) == "'--quote' needs a value before '--': --quote TEXT");
}

TEST_CASE_METHOD(Fixture, "a name behind one dash is no letter with its value", "[cli]") {
  CHECK(complaint({"-quote", "x"}) == "there is no option '-quote'; did you mean '--quote'?");
  CHECK(complaint({"-idle-timeout", "5"}) ==
        "there is no option '-idle-timeout'; did you mean '--idle-timeout'?");
  CHECK(parses({"-t", "-quote"}));
  CHECK(quote == "-quote");
}

TEST_CASE_METHOD(WithPositionals, "a value in two words is told to be one", "[cli]") {
  auto const time = "--idle-timeout: a time is one word, number and unit: 500ms, 2s, 1.5m or 1h";
  CHECK(parses({"80", "a", "-q", "5", "s"}));
  options.check([this] { return std::string(files.size() > 1 ? "too many" : ""); });
  files.clear();
  CHECK(complaint({"80", "a", "b", "-q", "5", "s"}) == time);
}

TEST_CASE_METHOD(WithPositionals, "what is missing may be the value of an option", "[cli]") {
  CHECK(complaint({"-v", "-t", "80"}) == "PORT is missing: TCP port; '80' is the value of --quote");
  CHECK(complaint({"-v", "80", "-t", "a"}) == "FILE is missing: what to send");
}

TEST_CASE_METHOD(Fixture, "help is given whatever else is wrong with options and values", "[cli]") {
  for (auto const* asked : {"--help", "-h", "-vh"}) {
    auto const result = parse({"--bogus", "--threads=x", asked, "too", "many"});
    CHECK(std::holds_alternative<twx::HelpAsked>(result));
  }
}

TEST_CASE_METHOD(Fixture, "checks look at all values together", "[cli]") {
  options.check([&] { return std::string(ipv4 && threads > 1 ? "no threads with -4" : ""); });
  CHECK(parses({"-4"}));
  CHECK(complaint({"-4", "--threads=2"}) == "no threads with -4");
}

TEST_CASE_METHOD(Fixture, "no argument is taken where none is declared", "[cli]") {
  CHECK(complaint({"extra"}) ==
        "'extra' is one argument too many; the usage is: twx serve test [OPTION]...");
}

TEST_CASE_METHOD(WithPositionals, "options may stand before, between and after positionals",
                 "[cli]") {
  CHECK(parses({"-v", "host", "--quote=x", "80", "a", "-4", "b", "-v"}));
  CHECK(host == "host");
  CHECK(port == "80");
  CHECK(files == std::vector<std::string>{"a", "b"});
  CHECK(verbose == 2);
  CHECK(ipv4);
}

TEST_CASE_METHOD(WithPositionals, "after -- nothing is an option", "[cli]") {
  CHECK(parses({"-v", "host", "80", "--", "-v", "--quote", "--", "-5"}));
  CHECK(files == std::vector<std::string>{"-v", "--quote", "--", "-5"});
  CHECK(verbose == 1);
}

TEST_CASE_METHOD(WithPositionals, "a dash alone, brackets and an empty word are positionals",
                 "[cli]") {
  CHECK(parses({"[::1]", "", "-"}));
  CHECK(host == "[::1]");
  CHECK(port.empty());
  CHECK(files == std::vector<std::string>{"-"});
}

TEST_CASE_METHOD(WithPositionals, "the required positionals are filled first", "[cli]") {
  CHECK(parses({"80", "a"}));
  CHECK(host.empty());
  CHECK(port == "80");
  CHECK(files == std::vector<std::string>{"a"});
}

TEST_CASE_METHOD(WithPositionals, "the positional that is missing is named", "[cli]") {
  CHECK(complaint({}) == "PORT is missing: TCP port");
  CHECK(complaint({"80", "-v"}) == "FILE is missing: what to send");
}

TEST_CASE_METHOD(Fixture, "a wrong positional is told by its name", "[cli]") {
  twx::Option number;
  number.names = number.metavar = "NUMBER";
  number.required = true;
  number.set = [](std::string_view text) { return text == "1" ? "" : "this is not 1"; };
  options.option(std::move(number));
  CHECK(complaint({"2"}) == "NUMBER: this is not 1");
  CHECK(complaint({"1", "2"}) ==
        "'2' is one argument too many; the usage is: twx serve test NUMBER [OPTION]...");
}

TEST_CASE_METHOD(Fixture, "where options are forgiving the last value counts, and flags go back",
                 "[cli]") {
  bool unbuffered = false;
  options.flag("-N,--no-buffer", unbuffered, "Buffer");
  CHECK(complaint({"--no-verbose"}).starts_with("there is no option '--no-verbose'"));
  options.forgiving();
  CHECK(parses({"--quote", "a", "--quote", "b"}));
  CHECK(quote == "b");
  bool late = true;
  options.flag("-f,--late", late, "Late");
  CHECK(parses({"--no-late"}));
  CHECK_FALSE(late);
  CHECK(parses({"--no-late", "--late", "--no-buffer", "--buffer"}));
  CHECK(late);
  CHECK_FALSE(unbuffered);
  CHECK(complaint({"--no-quote"}).starts_with("there is no option '--no-quote'"));
  CHECK(complaint({"--no-late=1"}) == "'--no-late' takes no value");
}

TEST_CASE_METHOD(WithPositionals, "a divider begins another set of arguments", "[cli]") {
  std::vector<std::string> sets;
  auto const put_away = [&] {
    auto& set = sets.emplace_back(quote + ":" + port);
    for (auto const& file : std::exchange(files, {})) set += " " + file;
    quote = "default";
  };
  options.divider("-:,--next", "And now", put_away);
  CHECK(parses({"-t", "a", "1", "f", "--next", "2", "g", "-t", "b", "-:", "3", "h"}));
  put_away();
  CHECK(sets == std::vector<std::string>{"a:1 f", "b:2 g", "default:3 h"});
  CHECK(complaint({"1", "f", "--next", "2"}) == "FILE is missing: what to send");
  CHECK(complaint({"-t", "--next", "1", "f"}) == "'--quote' needs a value: --quote TEXT");
  sets.clear();
  CHECK(parses({"1", "f", "--", "--next"}));
  put_away();
  CHECK(sets == std::vector<std::string>{"default:f --next"});
}
