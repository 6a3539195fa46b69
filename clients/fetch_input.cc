#include "clients/fetch_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "reactor/descriptor.h"

namespace twx {

Result<std::string> fetch_input(std::string const& file) {
  Descriptor const opened(file == "-" ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  auto const fd = file == "-" ? STDIN_FILENO : opened.get();
  std::string all;
  char piece[16384];
  while (fd >= 0) {
    auto const count = ::read(fd, piece, sizeof piece);
    if (count == 0) return all;
    if (count > 0)
      all.append(piece, static_cast<std::size_t>(count));
    else if (errno != EINTR)
      break;
  }
  return Failure::with_message(Error::cannot_read, file + ": " + Failure::from_errno().message());
}

}  // namespace twx
