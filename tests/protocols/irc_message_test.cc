// One line taken apart, one line put together.
#include "protocols/irc_message.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;

using Words = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Parts {
  Pairs tags;
  std::string source;
  std::string command;
  Words parameters;

  bool operator==(Parts const&) const = default;
};

Parts parts_of(std::string_view line) {
  auto const message = IrcMessage::parse(line);
  if (!message) return {};
  Parts parts;
  for (auto const& tag : message->tags()) {
    std::string value;
    tag.append_value(value);
    parts.tags.emplace_back(tag.name, value);
  }
  parts.source = message->source_text();
  parts.command = message->command();
  parts.parameters.assign(message->parameters().begin(), message->parameters().end());
  return parts;
}

Words split(std::string_view line) { return parts_of(line).parameters; }

TEST_CASE("A message is a command and its parameters", "[irc][irc37]") {
  CHECK(parts_of("PING") == Parts{{}, "", "PING", {}});
  CHECK(parts_of("MODE #c +o bob") == Parts{{}, "", "MODE", {"#c", "+o", "bob"}});
  CHECK(parts_of(":bob!b@host PART #c") == Parts{{}, "bob!b@host", "PART", {"#c"}});
  CHECK(parts_of(":srv AWAY ") == Parts{{}, "srv", "AWAY", {}});
}

TEST_CASE("What follows a colon is one parameter, whatever is in it", "[irc][irc37]") {
  CHECK(split("X a b :c d") == Words{"a", "b", "c d"});
  CHECK(split("X a :") == Words{"a", ""});
  CHECK(split("X a ::b") == Words{"a", ":b"});
  CHECK(split("X a :  b  ") == Words{"a", "  b  "});
  CHECK(split("X a :b :c) ") == Words{"a", "b :c) "});
  CHECK(split("X :#c") == Words{"#c"});
  CHECK(split("X a:b c") == Words{"a:b", "c"});
}

TEST_CASE("Several spaces count as one, a tab as none", "[irc][irc37]") {
  CHECK(split(":srv 432  #c :No") == Words{"#c", "No"});
  CHECK(split("X  a   b  ") == Words{"a", "b"});
  CHECK(parts_of(":a\tb X c\td") == Parts{{}, "a\tb", "X", {"c\td"}});
}

TEST_CASE("The fifteenth parameter takes all that is left", "[irc]") {
  CHECK(split("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17").back() == "15 16 :17");
  CHECK(split("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16").back() == "15 16");
  CHECK(split("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15").size() == 15);
}

TEST_CASE("The end of a line belongs to no parameter", "[irc][irc30]") {
  for (auto const* const end : {"", "\n", "\r\n", "\r\r\n"})
    CHECK(split("X a :b" + std::string(end)) == Words{"a", "b"});
}

TEST_CASE("Other controls are bytes like all the rest", "[irc]") {
  CHECK(split(std::string("X a\0b :c\rd", 10)) == Words{std::string("a\0b", 3), "c\rd"});
  CHECK(parts_of(":a!b@\002h\00305x\017 Y").source == "a!b@\002h\00305x\017");
}

TEST_CASE("Tags have names and values", "[irc][irc37]") {
  CHECK(parts_of("@a=b;c;d= X").tags == Pairs{{"a", "b"}, {"c", ""}, {"d", ""}});
  CHECK(parts_of("@+x.org/a=b=c :s X y") == Parts{{{"+x.org/a", "b=c"}}, "s", "X", {"y"}});
  CHECK(parts_of("@a=1  :s  X  y") == Parts{{{"a", "1"}}, "s", "X", {"y"}});
  CHECK(parts_of("@;;a;=b; X").tags == Pairs{{"a", ""}});
}

TEST_CASE("The escapes of a tag's value are undone", "[irc][irc31][irc37]") {
  auto const value = [](std::string const& escaped) {
    return IrcMessage::parse("@t=" + escaped + " X")->tags().value("t");
  };
  CHECK(value(R"(a\\b\nc)") == "a\\b\nc");
  CHECK(value(R"(\:\s\r\n)") == "; \r\n");
  CHECK(value(R"(a\\nb)") == "a\\nb");
  CHECK(value(R"(a\1b)") == "a1b");
  CHECK(value("a\\") == "a");
}

TEST_CASE("Of several tags of one name the last counts", "[irc][irc37]") {
  auto const message = IrcMessage::parse("@a=1;b=2;a=3;v/b=4 X");
  REQUIRE(message);
  CHECK(message->tags().value("a") == "3");
  CHECK(message->tags().value("b") == "2");
  CHECK_FALSE(message->tags().find("c"));
  CHECK(message->tags().value("c").empty());
}

TEST_CASE("A line without a command is no message", "[irc][irc32]") {
  for (auto const* const line :
       {"", " ", ":", ":source", ":source ", "@a=b", "@a=b ", "@a=b :source", "@", "@ ", "\r\n"})
    CHECK_FALSE(IrcMessage::parse(line));
  CHECK(parts_of(": X y") == Parts{{}, "", "X", {"y"}});
}

TEST_CASE("Tags may have 8191 bytes, the rest 4096", "[irc][irc31]") {
  auto const tags = [](std::size_t size) { return '@' + std::string(size - 2, 'a') + ' '; };
  auto const body = [](std::size_t size) { return "X :" + std::string(size - 3, 'b'); };
  CHECK(IrcMessage::parse(tags(8191) + body(4096)));
  CHECK_FALSE(IrcMessage::parse(tags(8192) + "X"));
  CHECK_FALSE(IrcMessage::parse(body(4097)));
  CHECK(IrcMessage::parse(tags(8191) + body(4096) + "\r\n"));
}

TEST_CASE("Three digits are a number", "[irc]") {
  CHECK(IrcMessage::parse("001 me")->number() == 1);
  CHECK(IrcMessage::parse("999")->number() == 999);
  for (auto const* const line : {"01", "0001", "00a", "PING", "-12"})
    CHECK(IrcMessage::parse(line)->number() == 0);
}

TEST_CASE("A parameter that is missing is empty", "[irc][irc32]") {
  auto const message = IrcMessage::parse("X a");
  CHECK(message->parameter(0) == "a");
  CHECK(message->parameter(1).empty());
  CHECK(message->trailing() == "a");
  CHECK(IrcMessage::parse("X")->trailing().empty());
}

TEST_CASE("A source is a nick with a user and a host, where they are there", "[irc][irc37]") {
  auto const check = [](std::string_view text, IrcSource const& wanted) {
    auto const source = IrcSource::split(text);
    CHECK(source.nick == wanted.nick);
    CHECK(source.user == wanted.user);
    CHECK(source.host == wanted.host);
  };
  check("bob", {"bob"});
  check("bob!b@host", {"bob", "b", "host"});
  check("bob!~b@::1", {"bob", "~b", "::1"});
  check("bob@host", {"bob", "", "host"});
  check("bob!b", {"bob", "b", ""});
  check("irc.example.org", {"irc.example.org"});
  check("", {""});
}

// --- putting together ---

TEST_CASE("irc_line writes a colon where one is needed or wanted", "[irc][irc37]") {
  CHECK(irc_line("JOIN", {"#c"}).value() == "JOIN #c");
  CHECK(irc_line("X", {}).value() == "X");
  CHECK(irc_line("X", {"a", "b c"}).value() == "X a :b c");
  CHECK(irc_line("X", {"a", ""}).value() == "X a :");
  CHECK(irc_line("X", {":b"}).value() == "X ::b");
  CHECK(irc_line("X", {"a", "b"}, true).value() == "X a :b");
  CHECK(irc_line("X", {"a\tb"}).value() == "X a\tb");
}

TEST_CASE("irc_line writes tags and a source", "[irc][irc37]") {
  std::vector<IrcTag> const tags{{"a", "b\\and\nk"}, {"c", ""}, {"d", "gh;7 \r"}};
  std::string_view const words[] = {"x", " y "};
  auto const line =
      irc_line({.command = "X", .parameters = words, .tags = tags, .source = "s!u@h"}).value();
  CHECK(line == "@a=b\\\\and\\nk;c;d=gh\\:7\\s\\r :s!u@h X x : y ");
  CHECK(parts_of(line) ==
        Parts{{{"a", "b\\and\nk"}, {"c", ""}, {"d", "gh;7 \r"}}, "s!u@h", "X", {"x", " y "}});
}

TEST_CASE("What would break out of a line is refused", "[irc]") {
  using namespace std::literals;
  auto const refused = [](std::string_view command,
                          std::initializer_list<std::string_view> parameters) {
    auto const line = irc_line(command, parameters);
    return !line && line.failure().code() == IrcError::bad_part;
  };
  for (auto const bad : {"a\rb"sv, "a\nb"sv, "a\0b"sv, "\n"sv}) {
    CHECK(refused(bad, {}));
    CHECK(refused("X", {bad}));
    CHECK(refused("X", {"a", bad}));
    CHECK(refused("X", {bad, "a"}));
  }
  CHECK(refused("", {}));
  CHECK(refused("X Y", {}));
  CHECK(refused(":X", {}));
  CHECK(refused("@X", {}));
  CHECK(refused("X", {"", "a"}));
  CHECK(refused("X", {"a b", "c"}));
  CHECK(refused("X", {":a", "c"}));
  CHECK(refused("X", {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14",
                      "15", "16"}));
}

TEST_CASE("A word can stand at any place", "[irc]") {
  for (auto const* const text : {"a", "#c", "a:b", "@a", "\ta"}) CHECK(is_irc_word(text));
  for (auto const* const text : {"", ":a", "a b", "a\n", "\r"}) CHECK_FALSE(is_irc_word(text));
  CHECK_FALSE(is_irc_word(std::string_view("\0", 1)));
}

TEST_CASE("So are tags and sources that would", "[irc]") {
  using namespace std::literals;
  for (auto const& tag : {IrcTag{""}, IrcTag{"a b"}, IrcTag{"a=b"}, IrcTag{"a;b"}, IrcTag{"a\n"},
                          IrcTag{"a", "b\0c"sv}})
    CHECK_FALSE(irc_line({.command = "X", .tags = std::span(&tag, 1)}));
  for (auto const source : {"a b", "a\n", " "})
    CHECK_FALSE(irc_line({.command = "X", .source = source}));
}

}  // namespace
