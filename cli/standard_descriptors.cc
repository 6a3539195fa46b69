#include "cli/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace twx {

bool open_standard_descriptors() {
  static constexpr int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
  // In this order: open(2) takes the lowest number that is free.
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (::open("/dev/null", modes[descriptor]) != descriptor) return false;
  }
  return true;
}

}  // namespace twx
