// Text for files: without colours, in UTF-8, without what forges lines.
#include "protocols/irc_text.h"

#include <string>

#include "reactor/utf8.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::literals;

std::string plain(std::string_view text) {
  std::string out;
  plain_text(out, text);
  return out;
}

std::string printable(std::string_view text, IrcEncoding encoding = IrcEncoding::utf8_or_latin1,
                      IrcControls controls = IrcControls::escape) {
  std::string out;
  printable_utf8(out, text, encoding, controls);
  return out;
}

// --- formatting ---

TEST_CASE("Formatting goes, text stays", "[irc][irc34]") {
  CHECK(plain("\x02"
              "bold\x02 \x1funder\x1f \x1ditalic\x1d") == "bold under italic");
  CHECK(plain("\x11mono\x11 \x16rev\x16 \x1estruck\x1e\x0f.") == "mono rev struck.");
  CHECK(plain("").empty());
  CHECK(plain("none at all") == "none at all");
}

TEST_CASE("A colour takes up to two digits, twice with a comma", "[irc][irc34]") {
  CHECK(plain("\x03"
              "4red\x03") == "red");
  CHECK(plain("\x03"
              "04red") == "red");
  CHECK(plain("\x03"
              "123") == "3");
  CHECK(plain("\x03"
              "4,12x") == "x");
  CHECK(plain("\x03"
              "4,123") == "3");
  CHECK(plain("\x03"
              "4,x") == ",x");
  CHECK(plain("\x03,4") == ",4");
  CHECK(plain("\x03"
              "4,") == ",");
  CHECK(plain("\x03") == "");
  CHECK(plain("\x03\x03"
              "5\x03"
              "777") == "7");
}

TEST_CASE("A colour in hexadecimal takes six digits or none", "[irc][irc34]") {
  CHECK(plain("\x04"
              "ff00AAx") == "x");
  CHECK(plain("\x04"
              "ff00aa,0011223") == "3");
  CHECK(plain("\x04"
              "ff00aa,00112") == ",00112");
  CHECK(plain("\x04"
              "12345") == "12345");
  CHECK(plain("\x04"
              "12345g") == "12345g");
}

TEST_CASE("Digits of the text stay", "[irc][irc34]") {
  CHECK(plain("\x02"
              "12\x02 \x1f"
              "34\x1f \x11"
              "56 \x0f"
              "78") == "12 34 56 78");
}

TEST_CASE("Other controls are none of its business", "[irc][irc34]") {
  CHECK(plain("a\x01\x07\x1b\t\x7f\x80z") == "a\x01\x07\x1b\t\x7f\x80z");
}

// --- UTF-8 ---

TEST_CASE("What can be printed stays as it is", "[irc][irc35]") {
  for (auto const text : {"", "plain", "12345678", "123456789~ ", "gr\u00fc\u00df", "\u20ac",
                          "\U0001f600 \U0001f468\u200d\U0001f469", "\u65e5\u672c"})
    CHECK(printable(text) == text);
}

TEST_CASE("Bytes that are not UTF-8 are read as Latin-1", "[irc][irc35]") {
  CHECK(printable("gr\xfc\xdf") == "gr\u00fc\u00df");
  CHECK(printable("caf\xe9") == "caf\u00e9");
  CHECK(printable("\xff") == "\u00ff");
  CHECK(printable("\xc0\x80") == "\u00c0\\x80");            // overlong
  CHECK(printable("\xed\xa0\x80") == "\u00ed\u00a0\\x80");  // a surrogate
  CHECK(printable("\u00fc and \xfc") == "\u00c3\u00bc and \u00fc");
}

TEST_CASE("A character that a server cut off does not turn the text into another", "[irc][irc35]") {
  CHECK(printable("gr\u00fc\u00df \xe2\x82") == "gr\u00fc\u00df \ufffd");
  CHECK(printable("gr\u00fc\xc3") == "gr\u00fc\ufffd");
  CHECK(printable("abc\xe2\x82") == "abc\u00e2\\x82");  // nothing says that it was UTF-8
}

TEST_CASE("The encoding may be said", "[irc][irc35]") {
  CHECK(printable("a\xfc\u00fc", IrcEncoding::utf8) == "a\ufffd\u00fc");
  CHECK(printable("a\xe2\x82z", IrcEncoding::utf8) == "a\ufffd\ufffdz");
  CHECK(printable("\u00fc", IrcEncoding::latin1) == "\u00c3\u00bc");
}

TEST_CASE("Controls are shown, not obeyed", "[irc][irc33]") {
  CHECK(printable("a\0b"sv) == "a\\x00b");
  CHECK(printable("a\rb\nc") == "a\\x0db\\x0ac");
  CHECK(printable("\x1b[2J\x07\x7f") == "\\x1b[2J\\x07\\x7f");
  CHECK(printable("a\tb") == "a b");
  CHECK(printable("\u0085\u009b") == "\\x85\\x9b");
  CHECK(printable("\x9b\xe9") == "\\x9b\u00e9");
}

TEST_CASE("So are ends of lines and turns of direction beyond ASCII", "[irc][irc33]") {
  CHECK(printable("a\u2028b\u2029c") == "a\\u2028b\\u2029c");
  CHECK(printable("\u202a\u202b\u202c\u202d\u202e") == "\\u202a\\u202b\\u202c\\u202d\\u202e");
  CHECK(printable("\u2066\u2067\u2068\u2069") == "\\u2066\\u2067\\u2068\\u2069");
  CHECK(printable("\u200e\u200f\u061c") == "\\u200e\\u200f\\u061c");
  CHECK(printable("\u2027\u202f\u2065\u206a") == "\u2027\u202f\u2065\u206a");
}

TEST_CASE("Or they are left out", "[irc][irc33]") {
  auto const removed = [](std::string_view text) {
    return printable(text, IrcEncoding::utf8_or_latin1, IrcControls::remove);
  };
  CHECK(removed("a\r\n\x1b\u0085\u202e\tb") == "a b");
}

TEST_CASE("Every byte anywhere gives text without controls", "[irc][irc33][irc35]") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 17; ++place) {
      auto text = "0123456789abcdefg"s;
      text[place] = static_cast<char>(byte);
      auto const out = printable(text);
      auto rest = std::string_view(out);
      for (; !rest.empty(); rest.remove_prefix(utf8_length(rest))) {
        REQUIRE(utf8_length(rest) > 0);
        auto const c = utf8_code_point(rest.substr(0, utf8_length(rest)));
        REQUIRE((c >= 0x20 && c != 0x7f && !(0x80 <= c && c < 0xa0)));
      }
      if (' ' <= byte && byte <= '~') CHECK(out == text);
    }
  }
}

TEST_CASE("Both at once is one after the other", "[irc][irc33][irc34]") {
  for (auto const text :
       {"", "plain",
        "\x03"
        "4r\xe9"
        "d\x1b",
        "gr\u00fc\x02\u00df", "\x0f", "a long text without any of it, \u00fc but one"}) {
    std::string both = "kept ";
    printable_plain_text(both, text);
    CHECK(both == "kept " + printable(plain(text)));
  }
}

}  // namespace
