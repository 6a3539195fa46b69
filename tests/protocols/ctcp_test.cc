// What clients say to each other.
#include "protocols/ctcp.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

void check(std::string_view text, std::string_view command, std::string_view rest) {
  auto const message = ctcp_message(text);
  REQUIRE(message);
  CHECK(message->command == command);
  CHECK(message->text == rest);
}

TEST_CASE("A text between two marks is a command and a text", "[irc]") {
  check("\001ACTION waves  to all \001", "ACTION", "waves  to all ");
  check("\001VERSION\001", "VERSION", "");
  check("\001PING 1 2\001", "PING", "1 2");
  check("\001PING \001", "PING", "");
}

TEST_CASE("The last mark may be missing", "[irc]") {
  check("\001ACTION waves", "ACTION", "waves");
  check("\001VERSION", "VERSION", "");
}

TEST_CASE("Nothing behind the last mark counts", "[irc][irc38]") {
  check("\001VERSION\001\001VERSION\001", "VERSION", "");
  check("\001ACTION a\001 b", "ACTION", "a");
}

TEST_CASE("Anything else is plain text", "[irc]") {
  for (auto const* const text :
       {"", "hello", "a \001ACTION b\001", "\001", "\001\001", "\001 x\001"})
    CHECK_FALSE(ctcp_message(text));
}

TEST_CASE("ctcp_text makes what ctcp_message reads", "[irc]") {
  CHECK(ctcp_text("VERSION") == "\001VERSION\001");
  CHECK(ctcp_text("ACTION", "waves") == "\001ACTION waves\001");
  CHECK(ctcp_text("A\001B", "c\001d") == "\001AB cd\001");
}

}  // namespace
