// The receiver of the pipe benchmark: one connection after another, everything read and dropped.
// One connection at a time needs no epoll; the name goes with epoll_echo.

#include <unistd.h>

#include <cinttypes>

#include "net.h"

namespace {

std::uint64_t discard(int fd) {
  std::uint64_t total = 0;
  ssize_t got;
  while ((got = recv(fd, bench::io_buffer.data(), bench::io_buffer.size(), 0)) > 0) {
    total += static_cast<std::uint64_t>(got);
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) bench::fail("usage: epoll_sink PORT");
  int const listener = bench::listen_on(bench::parse_port(argv[1]));
  for (;;) {
    int const fd = bench::check(accept(listener, nullptr, nullptr), "accept");
    auto const total = discard(fd);
    // Before close(): the sender ends when it sees the end, and then the driver reads this.
    std::fprintf(stderr, "received %" PRIu64 "\n", total);
    close(fd);
  }
}
