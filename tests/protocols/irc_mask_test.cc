// Masks with wildcards.
#include "protocols/irc_mask.h"

#include <string>

#include "tests/support/catch.h"

namespace {

using namespace twx;

bool matches(std::string_view mask, std::string_view text) {
  return irc_mask_matches(IrcCaseMapping::rfc1459, mask, text);
}

TEST_CASE("A star is any text, a question mark one byte", "[irc][irc37]") {
  CHECK(matches("*!*@10.0.0.1", "bob!b@10.0.0.1"));
  CHECK_FALSE(matches("*!*@10.0.0.1", "bob!b@10.0.0.10"));
  CHECK(matches("bo?!*@*", "bob!b@h"));
  CHECK_FALSE(matches("bo?!*@*", "bo!b@h"));
  CHECK(matches("b?*!*@*", "bob!b@h"));
  CHECK_FALSE(matches("b?*!*", "b!"));
  CHECK(matches("*", ""));
  CHECK(matches("", ""));
  CHECK(matches("**", "x"));
  CHECK_FALSE(matches("", "x"));
  CHECK_FALSE(matches("?", ""));
  CHECK(matches("*b*b", "abcb"));
  CHECK_FALSE(matches("*b*b", "abc"));
}

TEST_CASE("Brackets and backslashes are letters, and have two cases", "[irc][irc37]") {
  CHECK(matches("bob[x]!*@*", "BOB{X}!b@h"));
  CHECK_FALSE(irc_mask_matches(IrcCaseMapping::ascii, "bob[x]!*", "bob{x}!b@h"));
  CHECK(matches("bob[x]!*@*", "bob[x]!b@h"));
  CHECK_FALSE(matches("bob[x]!*@*", "bobx!b@h"));
  CHECK(matches("a\\*", "a\\b"));
}

TEST_CASE("A mask of many stars comes to an end", "[irc]") {
  std::string mask;
  for (int i = 0; i < 200; ++i) mask += "*a";
  CHECK_FALSE(matches(mask + "b", std::string(4000, 'a')));
}

TEST_CASE("What a person leaves out of a mask is any text", "[irc]") {
  CHECK(irc_full_mask("bob") == "bob!*@*");
  CHECK(irc_full_mask("*@host") == "*!*@host");
  CHECK(irc_full_mask("bob!b") == "bob!b@*");
  CHECK(irc_full_mask("bob!b@h") == "bob!b@h");
  CHECK(irc_full_mask("irc.example.org") == "irc.example.org");
}

}  // namespace
