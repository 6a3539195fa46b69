// Characters of ASCII, whatever the locale.
#include "reactor/ascii.h"

#include <cstdint>

#include "tests/support/catch.h"

namespace {

using namespace twx;

TEST_CASE("Only ASCII is a digit, a letter or a control", "[ascii]") {
  std::string digits, hex_digits, letters, controls;
  for (int c = 0; c < 256; ++c) {
    auto const byte = static_cast<char>(c);
    if (ascii::is_digit(byte)) digits += byte;
    if (ascii::is_hex_digit(byte)) hex_digits += byte;
    if (ascii::is_letter(byte)) letters += byte;
    if (ascii::is_control(byte)) controls += byte;
  }
  CHECK(digits == "0123456789");
  CHECK(hex_digits == "0123456789ABCDEFabcdef");
  CHECK(letters == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  CHECK(controls.size() == 33);
}

TEST_CASE("Only letters of ASCII have another case", "[ascii]") {
  std::string lower, upper;
  for (auto const c : std::string_view("@AZ[`az{\xc4\xe4")) {
    lower += ascii::lower(c);
    upper += ascii::upper(c);
  }
  CHECK(lower == "@az[`az{\xc4\xe4");
  CHECK(upper == "@AZ[`AZ{\xc4\xe4");
}

TEST_CASE("Each byte is two hexadecimal digits", "[ascii]") {
  CHECK(ascii::hex(std::string_view("\0\x7f\xff", 3)) == "007fff");
  std::string text = "%";
  ascii::append_hex(text, '\xab', ascii::capital_hex_digits);
  CHECK(text == "%AB");
}

TEST_CASE("A number is digits and nothing else", "[ascii]") {
  std::uint16_t number = 0;
  CHECK(parse_number("65535", number));
  CHECK(number == 65535);
  CHECK(parse_number("0755", number, 8));
  CHECK(number == 0755);
  for (auto const* const text : {"", "65536", "-1", "+1", " 1", "1 ", "0x1"})
    CHECK_FALSE(parse_number(text, number));
}

TEST_CASE("Digits are told from what has anything else, or nothing", "[ascii]") {
  CHECK(ascii::is_digits("0"));
  CHECK(ascii::is_digits("123456789012345678901234567890"));
  for (auto const* const text : {"", "-1", "1.5", "1 ", "x"}) CHECK_FALSE(ascii::is_digits(text));
}

TEST_CASE("A text is taken up to a mark, which goes too", "[ascii]") {
  std::string_view text = "a,,b";
  CHECK(take_until(text, ',') == "a");
  CHECK(take_until(text, ',').empty());
  CHECK(text == "b");
  CHECK(take_until(text, ',') == "b");
  CHECK(take_until(text, ',').empty());
}

TEST_CASE("A list has its words and no parts of them", "[ascii]") {
  CHECK(lists("PLAIN,EXTERNAL", "EXTERNAL"));
  CHECK_FALSE(lists("PLAIN,EXTERNAL", "EXT"));
  CHECK_FALSE(lists("", "PLAIN"));
}

}  // namespace
