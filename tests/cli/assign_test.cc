#include "cli/assign.h"

#include "tests/support/catch.h"

namespace {

constexpr twx::Command command{"test", "test", "", nullptr};

// What takes "[FIRST] [SECOND] LAST".
struct Fixture {
  twx::Options options;
  std::string first, second, last;

  Fixture() {
    options.positional("FIRST", first, false, "First", twx::Kind::text);
    options.positional("SECOND", second, false, "Second", twx::Kind::text);
    options.positional("LAST", last, true, "TCP port of the last", twx::Kind::text);
  }
  std::string assign(std::vector<std::string_view> const& values) {
    return twx::assign_positionals(command, options, values).wrong;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "values left over go to optional positionals from the left", "[cli]") {
  CHECK(assign({"a"}).empty());
  CHECK(last == "a");
  CHECK(assign({"b", "c"}).empty());
  CHECK(first == "b");
  CHECK(second.empty());
  CHECK(last == "c");
  CHECK(assign({"d", "e", "f"}).empty());
  CHECK(second == "e");
  CHECK(last == "f");
}

TEST_CASE_METHOD(Fixture, "too few and too many values are told with what would be right",
                 "[cli]") {
  CHECK(assign({}) == "LAST is missing: TCP port of the last");
  CHECK(assign({"a", "b", "c", "d"}) ==
        "'d' is one argument too many; the usage is: "
        "twx test [FIRST] [SECOND] LAST [OPTION]...");
}

TEST_CASE("options get their values in the order given, until one is wrong", "[cli]") {
  twx::Options options;
  std::vector<std::string> users;
  std::uint64_t threads = 1;
  options.option("-u,--user", "NAME", users, "User");
  options.option("-n", "N", threads, 1, 64, "Threads");
  auto const *user = options.find("-u"), *number = options.find("-n");
  CHECK(twx::assign_options({{user, "a"}, {number, "0"}, {user, "b"}}) ==
        "-n: '0' is not a whole number from 1 to 64");
  CHECK(users == std::vector<std::string>{"a"});
}

TEST_CASE("an empty value is no file, host or address, and a text like any other", "[cli]") {
  using twx::Kind;
  twx::Options options;
  std::string name, text = "text";
  std::optional<std::string> file;
  std::vector<std::string> files;
  options.option("--name", "NAME", name, "Name", Kind::host);
  options.option("-s", "ADDRESS", name, "Address", Kind::address);
  options.option("--file", "FILE", file, "File", Kind::file);
  options.option("--more", "FILE", files, "Files", Kind::file);
  options.option("--folder", "DIR", name, "Folder", Kind::folder);
  options.option("--text", "TEXT", text, "Text");
  options.positional("OUT", name, true, "File", Kind::file);
  auto const assign = [&](char const* option, char const* value) {
    return twx::assign_options({{options.find(option), value}});
  };
  CHECK(assign("--name", "") == "--name: the value is empty; it must be a name");
  CHECK(assign("-s", "") == "-s: the value is empty; it must be an address");
  CHECK(assign("--file", "") == "--file: the value is empty; it must be a file");
  CHECK(assign("--more", "") == "--more: the value is empty; it must be a file");
  CHECK(assign("--folder", "") == "--folder: the value is empty; it must be a directory");
  CHECK_FALSE(file);
  CHECK(files.empty());
  CHECK(assign("--file", "f").empty());
  CHECK(assign("--text", "").empty());
  CHECK(text.empty());
  std::vector<std::string_view> const empty{""};
  auto const misplaced = twx::assign_positionals(command, options, empty);
  CHECK(misplaced.wrong == "OUT: the value is empty; it must be a file");
  CHECK(misplaced.value.data() == empty.front().data());
}

namespace {

// A required one that takes numbers only.
twx::Option of_numbers(std::string name) {
  twx::Option option;
  option.names = option.metavar = std::move(name);
  option.help = "Number";
  option.required = true;
  option.set = [](std::string_view text) {
    return twx::parse_count(text) ? "" : "that is no number";
  };
  return option;
}

}  // namespace

TEST_CASE("two positionals in the wrong order are told the right one", "[cli]") {
  twx::Options options;
  std::string file;
  options.option(of_numbers("N"));
  options.positional("FILE", file, true, "File", twx::Kind::file);
  auto const assign = [&](std::vector<std::string_view> const& values) {
    return twx::assign_positionals(command, options, values).wrong;
  };
  CHECK(assign({"x.log", "5"}) ==
        "N comes first, and '5' is one; the usage is: twx test N FILE [OPTION]...");
  CHECK(assign({"x.log", "y.log"}) == "N: that is no number");
  CHECK(assign({"5", "x.log"}).empty());
}

TEST_CASE("netcat's host and port are told to be one endpoint", "[cli]") {
  twx::Options options;
  auto& endpoint = options.option(of_numbers("ENDPOINT"));
  endpoint.kind = twx::Kind::endpoint;
  endpoint.repeatable = true;
  auto const assign = [&](std::vector<std::string_view> const& values) {
    return twx::assign_positionals(command, options, values).wrong;
  };
  CHECK(assign({"localhost", "9000"}) ==
        "ENDPOINT: a host and its port are one word: localhost:9000");
  CHECK(assign({"9000", "localhost"}) == "ENDPOINT: that is no number");
  CHECK(assign({"x://localhost", "9000"}) == "ENDPOINT: that is no number");
}
