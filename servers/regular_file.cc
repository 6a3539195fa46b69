#include "servers/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "reactor/descriptor.h"

namespace twx {
namespace {

constexpr std::size_t most = 64 * 1024 * 1024;

Failure cannot_read(std::string const& path, int error) {
  return {std::error_code(error, std::system_category()), path};
}

}  // namespace

Result<std::string> read_regular_file(std::string const& path) {
  Descriptor const file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status{};
  if (!file || fstat(file.get(), &status) < 0) return cannot_read(path, errno);
  if (S_ISDIR(status.st_mode)) return cannot_read(path, EISDIR);
  if (!S_ISREG(status.st_mode))
    return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                                 path + ": not a regular file");
  std::string contents;
  std::array<char, 65536> buffer{};
  for (;;) {
    auto const count = read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return contents;
    if (count < 0) return cannot_read(path, errno);
    contents.append(buffer.data(), static_cast<std::size_t>(count));
    if (contents.size() > most) return cannot_read(path, EFBIG);
  }
}

}  // namespace twx
