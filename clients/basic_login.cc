#include "clients/basic_login.h"

#include <cstdint>

namespace twx {

std::string basic_login(std::string_view user, std::string_view password) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto const text = std::string(user) + ':' + std::string(password);
  std::string result = "Basic ";
  for (std::size_t i = 0; i < text.size(); i += 3) {
    auto const group = std::string_view(text).substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      result += k <= group.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

}  // namespace twx
