#include "reactor/visible.h"

#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::string_literals;

std::string whole(std::string_view bytes) {
  VisibleText visible;
  auto text = visible.feed(bytes);
  return text + visible.finish();
}

std::string byte_by_byte(std::string_view bytes) {
  VisibleText visible;
  std::string text;
  for (auto const& byte : bytes) text += visible.feed({&byte, 1});
  return text + visible.finish();
}

// Cut once, at each place.
bool same_however_cut(std::string_view bytes) {
  auto const wanted = whole(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    VisibleText visible;
    auto text = visible.feed(bytes.substr(0, cut));
    text += visible.feed(bytes.substr(cut));
    if (text + visible.finish() != wanted) return false;
  }
  return byte_by_byte(bytes) == wanted;
}

std::string hex(unsigned byte) {
  char text[5];
  std::snprintf(text, sizeof text, "\\x%02x", byte);
  return text;
}

TEST_CASE("Each of the 256 bytes alone is shown or escaped", "[visible]") {
  for (unsigned value = 0; value < 256; ++value) {
    auto const byte = std::string(1, static_cast<char>(value));
    auto const control =
        (value < 0x20 && value != '\n' && value != '\t') || (value >= 0x7f && value <= 0x9f);
    INFO(hex(value));
    CHECK(whole(byte) == (control ? hex(value) : byte));
    CHECK(byte_by_byte(byte) == whole(byte));
  }
}

TEST_CASE("Plain text, tabs and newlines pass", "[visible]") {
  CHECK(whole("one\ttwo\nthree") == "one\ttwo\nthree");
  CHECK(whole("") == "");
}

TEST_CASE("A carriage return passes before a newline only", "[visible]") {
  CHECK(whole("a\r\nb") == "a\r\nb");
  CHECK(whole("a\rb") == "a\\x0db");
  CHECK(whole("a\r\r\nb") == "a\\x0d\r\nb");
  CHECK(whole("a\r") == "a\\x0d");
  for (auto const* text : {"a\r\nb", "a\rb", "a\r\r\nb", "a\r"}) CHECK(same_however_cut(text));
}

TEST_CASE("An escape sequence loses its power and stays readable", "[visible]") {
  CHECK(whole("\x1b[31mred\x1b]0;title\x07") == "\\x1b[31mred\\x1b]0;title\\x07");
  CHECK(whole("back\b\b\bspace\x7f") == "back\\x08\\x08\\x08space\\x7f");
}

TEST_CASE("Characters of every length pass", "[visible]") {
  for (auto const* text : {"é", "ß€", "欢迎来到", "😀", "aé欢😀z"}) {
    CHECK(whole(text) == text);
    CHECK(same_however_cut(text));
  }
}

TEST_CASE("C1 controls as UTF-8 are escaped, their neighbours pass", "[visible]") {
  for (unsigned second = 0x80; second < 0xc0; ++second) {
    auto const text = "\xc2"s + static_cast<char>(second);
    INFO(hex(second));
    CHECK(whole(text) == (second < 0xa0 ? "\\xc2" + hex(second) : text));
    CHECK(same_however_cut(text));
  }
}

TEST_CASE("Overlong forms hide no control, and are no characters", "[visible]") {
  CHECK(whole("\xe0\x82\x9b"
              "31m") == "\xe0\\x82\\x9b31m");                 // U+009B in three bytes
  CHECK(whole("\xf0\x80\x82\x9b") == "\xf0\\x80\\x82\\x9b");  // and in four
  CHECK(whole("\xed\xa0\x80") == "\xed\xa0\\x80");            // a surrogate
  CHECK(whole("\xf4\x90\x80\x80") == "\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  CHECK(same_however_cut("\xe0\x82\x9b\xf0\x80\x82\x9b\xed\xa0\x80\xf4\x90\x80\x80"));
}

TEST_CASE("A sequence that is cut off or broken is no cover for what follows", "[visible]") {
  CHECK(whole("\xe2\x82") == "\xe2\\x82");
  CHECK(whole("\xe2\x1b[0m") == "\xe2\\x1b[0m");
  CHECK(whole("\xf0\x9f\x98\x1b[0m") == "\xf0\\x9f\\x98\\x1b[0m");
  CHECK(whole("\xc2\r\n") == "\xc2\r\n");
  CHECK(whole("\xc0\x9b[0m") == "\xc0\\x9b[0m");
  for (auto const* text : {"\xe2\x82", "\xe2\x1b[0m", "\xf0\x9f\x98\x1b[0m", "\xc2\r\n"})
    CHECK(same_however_cut(text));
}

TEST_CASE("What waits for more is shown at the end", "[visible]") {
  VisibleText visible;
  CHECK(visible.feed("a\xf0\x9f\x98") == "a");
  CHECK(visible.finish() == "\xf0\\x9f\\x98");
  CHECK(visible.finish() == "");
  CHECK(visible.feed("b") == "b");
}

TEST_CASE("Cutting a stream of any bytes elsewhere changes nothing", "[visible]") {
  std::minstd_rand random(7);
  // Bytes that begin, continue and break sequences come more often than others.
  std::string const special = "\r\n\t\x1b\x7f\x80\x9b\xa0\xbf\xc2\xc3\xe2\xe0\xed\xf0\xf4\xf5\xffz";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto size = random() % 12; text.size() < size;)
      text += random() % 4 == 0 ? static_cast<char>(random() % 256)
                                : special[random() % special.size()];
    INFO(escaped(text));
    CHECK(same_however_cut(text));
  }
}

TEST_CASE("No control gets through, whatever the bytes", "[visible]") {
  std::minstd_rand random(8);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 16, '\0');
    for (auto& byte : text) byte = static_cast<char>(random() % 256);
    auto const shown = whole(text);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      auto const c = static_cast<unsigned char>(shown[i]);
      auto const harmless = c >= 0x20 || c == '\n' || c == '\t' ||
                            (c == '\r' && i + 1 < shown.size() && shown[i + 1] == '\n');
      CHECK((harmless && c != 0x7f));
    }
  }
}

TEST_CASE("One line is escaped with its newlines, returns and tabs", "[visible]") {
  CHECK(escaped("a\tb\r\nc\n") == "a\\x09b\\x0d\\x0ac\\x0a");
  CHECK(escaped("欢 \x1b") == "欢 \\x1b");
  CHECK(escaped("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(escaped("") == "");
}

TEST_CASE("One line is escaped to its last byte", "[visible]") {
  CHECK(escaped("a\r") == "a\\x0d");
  CHECK(escaped("a\xe2\x82") == "a\xe2\\x82");
  CHECK(escaped("\xc3") == "\xc3");
}

}  // namespace
