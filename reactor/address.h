// Public. Where a socket is: an IP address with a port, or a unix socket's path.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// A macro in GNU's dialect, which g++ and CMake speak unless told otherwise; __unix__ remains.
#undef unix

namespace twx {

class Address {
 public:
  // Nowhere; what an unnamed unix socket has as its peer.
  Address() = default;
  // From an IP literal, "127.0.0.1", "::1" or "fe80::1%eth0"; nothing if it is none.
  static std::optional<Address> ip(std::string_view literal, std::uint16_t port);
  // "/path" or "@abstract"; nothing if the path is empty or too long for the system (107 bytes).
  static std::optional<Address> unix(std::string_view path);
  static Address from(sockaddr const* address, socklen_t size);
  // The wildcard of a family; that of IPv6 takes IPv4 connections too.
  static Address any(std::uint16_t port, int family = AF_INET6);

  int family() const { return family_; }  // AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX
  bool is_unix() const { return family_ == AF_UNIX; }
  // The IP literal, scope included, or the path ("@..." for an abstract one).
  std::string host() const;
  std::uint16_t port() const;  // 0 for a unix socket
  Address with_port(std::uint16_t port) const;
  // An IPv4 address as a socket for both families spells it, ::ffff:127.0.0.1; others as they are.
  Address mapped() const;

  // For people: 127.0.0.1:80, [::1]:80, /path, @abstract; an unnamed one is "unix socket".
  std::string to_string() const;
  // As an endpoint: tcp://[::1]:80, unix:///path, unix:@abstract.
  std::string uri() const;
  // The same of a datagram socket: udp://[::1]:80, unix-dgram:///path, unix-dgram:@abstract.
  std::string datagram_uri() const;

  // Fills `storage` for a system call and returns the size.
  socklen_t copy_to(sockaddr_storage& storage) const;
  bool operator==(Address const&) const;

 private:
  sockaddr_in6 inet_{};  // holds a sockaddr_in as well
  std::string path_;     // unix; an abstract one begins with NUL
  int family_ = AF_UNSPEC;
};

}  // namespace twx
