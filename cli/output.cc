#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "reactor/open_file.h"

namespace twx {

std::error_code write_all(int descriptor, std::string_view text) {
  if (write_whole(descriptor, text)) return {};
  return {errno, std::system_category()};
}

Outcome print(std::string_view text) {
  auto const error = write_all(STDOUT_FILENO, text);
  if (!error) return {};
  if (error == std::errc::broken_pipe) return {.signal = SIGPIPE};
  return {ExitStatus::write_failed, "cannot write to standard output: " + error.message()};
}

void tell(std::string_view text) {
  [[maybe_unused]] auto const error = write_all(STDERR_FILENO, text);
}

}  // namespace twx
