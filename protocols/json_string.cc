#include "protocols/json_string.h"

#include <cstdio>

namespace twx {
namespace {

// The length of the UTF-8 character that `text` begins with; 0 if it begins with none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  auto const at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto const first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  std::size_t const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  // Too long a form, a surrogate, or beyond U+10FFFF.
  bool const wrong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f) ||
                     (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f);
  return wrong ? 0 : length;
}

void append_character(std::string& out, std::string_view character) {
  char const c = character.front();
  if (c == '"' || c == '\\') {
    out.append("\\").append(character);
  } else if (character.size() == 1 && static_cast<unsigned char>(c) < 0x20) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
    out += code;
  } else {
    out += character;
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto const length = utf8_length(text);
    append_character(out, length > 0 ? text.substr(0, length) : "\xef\xbf\xbd");
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out + "\"";
}

}  // namespace twx
