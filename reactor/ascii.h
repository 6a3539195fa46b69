// Internal to the library. Characters of ASCII, the same in every locale, and what protocols write
// with them.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace twx {
namespace ascii {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// At least one, and nothing else.
inline bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}
// C0 and DEL: tab and the ends of lines too.
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view capital_hex_digits = "0123456789ABCDEF";

// The two digits of one byte.
inline void append_hex(std::string& out, char byte, std::string_view digits = hex_digits) {
  auto const value = static_cast<unsigned char>(byte);
  out += digits[value >> 4];
  out += digits[value & 15];
}
inline std::string hex(std::string_view bytes) {
  std::string text;
  for (auto const byte : bytes) append_hex(text, byte);
  return text;
}

}  // namespace ascii

// Digits and nothing else; false also where they are too many. Then `number` says nothing.
template <class Number>
bool parse_number(std::string_view text, Number& number, int base = 10) {
  auto const* const end = text.data() + text.size();
  auto const [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

// What stands before `mark`, or all of it; the text goes on behind the mark.
inline std::string_view take_until(std::string_view& text, char mark) {
  auto const part = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

// Whether `word` is one of those between the commas of `list`.
inline bool lists(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (take_until(list, ',') == word) return true;
  return false;
}

}  // namespace twx
