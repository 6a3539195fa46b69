#include "protocols/json_string.h"

#include <cstdio>

#include "reactor/utf8.h"

namespace twx {
namespace {

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
