#include "protocols/percent.h"

#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::string_view unreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

std::string encoded(std::string_view text, std::string_view space) {
  std::string result;
  result.reserve(text.size());
  for (auto const c : text) {
    if (unreserved.find(c) != unreserved.npos)
      result += c;
    else if (c == ' ')
      result += space;
    else
      ascii::append_hex(result += '%', c, ascii::capital_hex_digits);
  }
  return result;
}

}  // namespace

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_encoded(std::string_view text) { return encoded(text, "%20"); }

std::string form_encoded(std::string_view text) { return encoded(text, "+"); }

std::string percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    if (text[i] == '%' && digits.size() == 2 && parse_number(digits, byte, 16)) {
      result += static_cast<char>(byte);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace twx
