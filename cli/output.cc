#include "cli/output.h"

#include <unistd.h>

#include <cerrno>

#include "reactor/open_file.h"

namespace twx {

std::error_code write_all(int descriptor, std::string_view text) {
  if (write_whole(descriptor, text)) return {};
  return {errno, std::system_category()};
}

void tell(std::string_view text) {
  [[maybe_unused]] auto const error = write_all(STDERR_FILENO, text);
}

}  // namespace twx
