#include "reactor/utf8.h"

namespace twx {
namespace {

unsigned octet(char c) { return static_cast<unsigned char>(c); }

// By its first byte; 0 if none begins so.
std::size_t length_of(unsigned first) {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

bool fits(unsigned first, unsigned second) {
  switch (first) {
    case 0xe0: return second >= 0xa0;
    case 0xed: return second < 0xa0;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second < 0x90;
    default: return true;
  }
}

// How many bytes at the beginning belong to one character, of those it needs.
std::size_t there(std::string_view text, std::size_t length) {
  if (text.size() > 1 && !fits(octet(text[0]), octet(text[1]))) return 1;
  std::size_t count = 1;
  while (count < length && count < text.size() && (octet(text[count]) & 0xc0) == 0x80) ++count;
  return count;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  auto const length = length_of(octet(text[0]));
  return length > 0 && there(text, length) == length ? length : 0;
}

bool is_cut_utf8(std::string_view text) {
  if (text.empty()) return false;
  auto const length = length_of(octet(text[0]));
  return text.size() < length && there(text, length) == text.size();
}

char32_t utf8_code_point(std::string_view character) {
  constexpr unsigned masks[] = {0x7f, 0x1f, 0x0f, 0x07};
  char32_t code_point = octet(character[0]) & masks[character.size() - 1];
  for (auto const c : character.substr(1)) code_point = code_point << 6 | (octet(c) & 0x3f);
  return code_point;
}

bool is_unprintable(char32_t c) {
  return c < 0x20 || (0x7f <= c && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (0x2028 <= c && c <= 0x202e) || (0x2066 <= c && c <= 0x2069);
}

void append_utf8(std::string& out, unsigned short_code_point) {
  if (short_code_point < 0x80) {
    out += static_cast<char>(short_code_point);
    return;
  }
  out += static_cast<char>(0xc0 | short_code_point >> 6);
  out += static_cast<char>(0x80 | (short_code_point & 0x3f));
}

}  // namespace twx
