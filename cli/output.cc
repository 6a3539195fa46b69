#include "cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace twx {

std::error_code write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    auto const written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return {errno, std::system_category()};
    }
  }
  return {};
}

void tell(std::string_view text) {
  [[maybe_unused]] auto const error = write_all(STDERR_FILENO, text);
}

}  // namespace twx
