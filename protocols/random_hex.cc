#include "protocols/random_hex.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

#include "reactor/ascii.h"

namespace twx {

std::string random_hex(std::size_t bytes) {
  std::string result;
  while (result.size() < 2 * bytes) {
    char byte = 0;
    if (getrandom(&byte, 1, 0) == 1)
      ascii::append_hex(result, byte);
    else if (errno != EINTR)
      throw std::system_error(errno, std::system_category(), "getrandom");
  }
  return result;
}

}  // namespace twx
