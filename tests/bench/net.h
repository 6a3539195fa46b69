// What the benchmark programs share: loopback sockets, one buffer, errors that end the program.
// Internal to tests/bench/.
#pragma once

// IWYU pragma: begin_exports
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
// IWYU pragma: end_exports

namespace bench {

// Page aligned: a copy by the kernel to an odd address can cost three times as much. It lies in
// .bss, so only the pages that carry data count as memory.
alignas(4096) inline std::array<char, 64 * 1024> io_buffer;

[[noreturn]] inline void die(const char* what) {
  std::fprintf(stderr, "bench: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

// For errors that errno knows nothing about.
[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "bench: %s\n", what);
  std::exit(1);
}

inline int check(int result, const char* what) {
  if (result < 0) die(what);
  return result;
}

inline std::uint64_t parse_number(const char* text) {
  char* end = nullptr;
  auto const number = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0') fail("not a number");
  return number;
}

inline std::uint16_t parse_port(const char* text) {
  auto const number = parse_number(text);
  if (number > 65535) fail("not a port");
  return static_cast<std::uint16_t>(number);
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void enable(int fd, int level, int option) {
  int const on = 1;
  check(setsockopt(fd, level, option, &on, sizeof on), "setsockopt");
}

// Port 0 picks one. The driver reads the port from stderr. `type_flags` as for socket(2).
// Accepted sockets inherit TCP_NODELAY, so it costs nothing per connection.
inline int listen_on(std::uint16_t port, int type_flags = 0) {
  int const fd = check(socket(AF_INET, SOCK_STREAM | type_flags, 0), "socket");
  enable(fd, SOL_SOCKET, SO_REUSEADDR);
  enable(fd, IPPROTO_TCP, TCP_NODELAY);
  auto address = loopback(port);
  socklen_t size = sizeof address;
  check(bind(fd, reinterpret_cast<sockaddr*>(&address), size), "bind");
  check(listen(fd, SOMAXCONN), "listen");
  check(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  std::fprintf(stderr, "listening on %u\n", unsigned{ntohs(address.sin_port)});
  return fd;
}

inline int connect_to(std::uint16_t port) {
  int const fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
  enable(fd, IPPROTO_TCP, TCP_NODELAY);
  auto const address = loopback(port);
  check(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  return fd;
}

// Thousands of connections need more descriptors than the usual soft limit of 1024.
inline void raise_descriptor_limit() {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

}  // namespace bench
