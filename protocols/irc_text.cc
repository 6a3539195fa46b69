#include "protocols/irc_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "reactor/ascii.h"
#include "reactor/utf8.h"

namespace twx {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

unsigned byte(char c) { return static_cast<unsigned char>(c); }

bool is_plain(char c) { return ' ' <= c && c <= '~'; }

// The length of the printable ASCII that `text` begins with, eight bytes at a time.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    // Below 0x20, above 0x7f, 0x7f: a borrow or a carry comes only from a byte that is one of them.
    if (((word - ones * 0x20) | word | (word + ones)) & (ones * 0x80)) break;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

// --- formatting ---

bool is_format(char c) {
  constexpr std::uint32_t codes = 1u << 0x02 | 1u << 0x03 | 1u << 0x04 | 1u << 0x0f | 1u << 0x11 |
                                  1u << 0x16 | 1u << 0x1d | 1u << 0x1e | 1u << 0x1f;
  return byte(c) < 0x20 && (codes >> byte(c) & 1);
}

// How many digits of one colour stand there: one or two, or six in hexadecimal; 0: no colour.
std::size_t colour_length(std::string_view text, bool hex) {
  std::size_t const most = hex ? 6 : 2;
  std::size_t count = 0;
  auto const is_one = hex ? ascii::is_hex_digit : ascii::is_digit;
  while (count < std::min(most, text.size()) && is_one(text[count])) ++count;
  return hex && count < most ? 0 : count;
}

// Of the foreground, and of the background with its comma.
std::size_t colours_length(std::string_view text, bool hex) {
  auto const foreground = colour_length(text, hex);
  if (foreground == 0 || !text.substr(foreground).starts_with(',')) return foreground;
  auto const background = colour_length(text.substr(foreground + 1), hex);
  return background == 0 ? foreground : foreground + 1 + background;
}

std::size_t format_length(std::string_view text) {
  if (text[0] == '\x03') return 1 + colours_length(text.substr(1), false);
  if (text[0] == '\x04') return 1 + colours_length(text.substr(1), true);
  return 1;
}

// --- what must not be shown ---

void append_escape(std::string& out, char32_t c) {
  out += c < 0x100 ? "\\x" : "\\u";
  for (int shift = c < 0x100 ? 4 : 12; shift >= 0; shift -= 4)
    out += ascii::hex_digits[c >> shift & 15];
}

void append_control(std::string& out, char32_t c, IrcControls controls) {
  if (c == '\t')
    out += ' ';
  else if (controls == IrcControls::escape)
    append_escape(out, c);
}

// Appends the character of UTF-8 that `text` begins with, or a sign that there is none; returns how
// many bytes that are.
std::size_t take_utf8(std::string& out, std::string_view text, IrcControls controls) {
  auto const length = utf8_length(text);
  if (length == 0) {
    out += replacement;
    return is_cut_utf8(text) ? text.size() : 1;
  }
  auto const character = text.substr(0, length);
  if (auto const c = utf8_code_point(character); is_unprintable(c))
    append_control(out, c, controls);
  else
    out += character;
  return length;
}

std::size_t take_latin1(std::string& out, std::string_view text, IrcControls controls) {
  auto const c = byte(text[0]);
  if (is_unprintable(c))
    append_control(out, c, controls);
  else
    append_utf8(out, c);
  return 1;
}

// It is UTF-8, but perhaps for a last character that was cut. One that is cut says little where
// there is no other beyond ASCII: then it may as well be Latin-1.
bool reads_as_utf8(std::string_view text) {
  for (bool proved = false;;) {
    while (!text.empty() && byte(text[0]) < 0x80) text.remove_prefix(1);
    if (text.empty()) return true;
    auto const length = utf8_length(text);
    if (length == 0) return proved && is_cut_utf8(text);
    proved = true;
    text.remove_prefix(length);
  }
}

bool reads_as_latin1(std::string_view text, IrcEncoding encoding) {
  return encoding == IrcEncoding::latin1 ||
         (encoding == IrcEncoding::utf8_or_latin1 && !reads_as_utf8(text));
}

}  // namespace

void plain_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    auto const run =
        static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_format) - text.begin());
    out += text.substr(0, run);
    text.remove_prefix(run);
    if (!text.empty()) text.remove_prefix(format_length(text));
  }
}

void printable_utf8(std::string& out, std::string_view text, IrcEncoding encoding,
                    IrcControls controls) {
  auto const take_plain = [&] {
    auto const run = plain_prefix(text);
    out += text.substr(0, run);
    text.remove_prefix(run);
  };
  take_plain();
  if (text.empty()) return;
  auto* const take = reads_as_latin1(text, encoding) ? take_latin1 : take_utf8;
  while (!text.empty()) {
    text.remove_prefix(take(out, text, controls));
    take_plain();
  }
}

void printable_plain_text(std::string& out, std::string_view text, IrcEncoding encoding,
                          IrcControls controls) {
  if (std::none_of(text.begin() + static_cast<std::ptrdiff_t>(plain_prefix(text)), text.end(),
                   is_format))
    return printable_utf8(out, text, encoding, controls);
  std::string plain;
  plain.reserve(text.size());
  plain_text(plain, text);
  printable_utf8(out, plain, encoding, controls);
}

}  // namespace twx
