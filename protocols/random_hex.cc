#include "protocols/random_hex.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace twx {

std::string random_hex(std::size_t bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  while (result.size() < 2 * bytes) {
    unsigned char byte = 0;
    if (getrandom(&byte, 1, 0) == 1)
      (result += digits[byte >> 4]) += digits[byte & 15];
    else if (errno != EINTR)
      throw std::system_error(errno, std::system_category(), "getrandom");
  }
  return result;
}

}  // namespace twx
