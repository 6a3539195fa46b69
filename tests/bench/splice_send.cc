// The limit for sending a pipe: stdin to TCP by splice(2), no byte enters this process.

#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include "net.h"

namespace {

constexpr int pipe_size = 1 << 20;

int connect_to_host(const char* host, const char* port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int const error = getaddrinfo(host, port, &hints, &found)) bench::fail(gai_strerror(error));
  int const fd = bench::check(socket(found->ai_family, SOCK_STREAM, 0), "socket");
  bench::check(connect(fd, found->ai_addr, found->ai_addrlen), "connect");
  freeaddrinfo(found);
  return fd;
}

void send_all(int fd) {
  ssize_t moved;
  do {
    moved = splice(STDIN_FILENO, nullptr, fd, nullptr, pipe_size, SPLICE_F_MOVE);
  } while (moved > 0 || (moved < 0 && errno == EINTR));
  if (moved < 0) bench::die("splice");
}

void read_to_end(int fd) {
  while (recv(fd, bench::io_buffer.data(), bench::io_buffer.size(), 0) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) bench::fail("usage: splice_send HOST PORT < PIPE");
  bench::check(fcntl(STDIN_FILENO, F_SETPIPE_SZ, pipe_size), "stdin is no pipe");
  int const fd = connect_to_host(argv[1], argv[2]);
  send_all(fd);
  bench::check(shutdown(fd, SHUT_WR), "shutdown");
  read_to_end(fd);
}
