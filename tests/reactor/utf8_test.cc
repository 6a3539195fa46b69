// Where characters begin and end.
#include "reactor/utf8.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

TEST_CASE("A character has one to four bytes", "[irc]") {
  CHECK(utf8_length("a\xff") == 1);
  CHECK(utf8_length("\u00fcx") == 2);
  CHECK(utf8_length("\u20ac") == 3);
  CHECK(utf8_length("\U0010ffff") == 4);
  CHECK(utf8_code_point("a") == U'a');
  CHECK(utf8_code_point("\u00fc") == U'\u00fc');
  CHECK(utf8_code_point("\u20ac") == U'\u20ac');
  CHECK(utf8_code_point("\U0010ffff") == U'\U0010ffff');
}

TEST_CASE("What is no character has no length", "[irc]") {
  for (auto const* const text :
       {"", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xe2\x82z", "\xc3z"})
    CHECK(utf8_length(text) == 0);
}

TEST_CASE("The beginning of one is told from nonsense", "[irc]") {
  for (auto const* const text : {"\xc3", "\xe2", "\xe2\x82", "\xf0\x9f\x98"})
    CHECK(is_cut_utf8(text));
  for (auto const* const text :
       {"", "a", "\u00fc", "\x80", "\xff", "\xc3z", "\xe0\x80", "\xe2\x82z"})
    CHECK_FALSE(is_cut_utf8(text));
}

TEST_CASE("Controls and marks of direction are not to be shown", "[irc]") {
  for (auto const c :
       {0x00, 0x1f, 0x7f, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069})
    CHECK(is_unprintable(static_cast<char32_t>(c)));
  for (auto const c : {0x20, 0x7e, 0xa0, 0x61b, 0x200d, 0x2010, 0x2027, 0x202f, 0x2065, 0x206a})
    CHECK_FALSE(is_unprintable(static_cast<char32_t>(c)));
}

TEST_CASE("A short code point is one or two bytes", "[irc]") {
  std::string out;
  append_utf8(out, 'a');
  append_utf8(out, 0xfc);
  append_utf8(out, 0x7ff);
  CHECK(out == "a\u00fc\u07ff");
}

}  // namespace
