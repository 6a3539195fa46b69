// Public. Endpoint: the one grammar for where to listen and where to connect.
//
//   9000   host:9000   [::1]:9000   /path/to.sock
//   tcp://host:port   unix:///path   unix:@abstract   fd:3
//   udp://host:port   unix-dgram:///path   unix-dgram:@abstract
//
// A setting rides as a query: tcp://:9000?backlog=64. Those of the last line are for datagrams and
// have none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/failure.h"

namespace twx {

struct Endpoint {
  enum class Kind { tcp, unix, fd, udp, unix_datagram };
  Kind kind = Kind::tcp;
  std::string host;  // name or IP literal without brackets; empty: every interface
  std::uint16_t port = 0;
  std::string path;    // unix, unix_datagram: "/path" or "@abstract"
  int fd = -1;         // fd: an inherited socket
  int backlog = 4096;  // the system clips it to its own limit (somaxconn)

  static Endpoint tcp(std::string host, std::uint16_t port);
  static Endpoint unix(std::string path);
  static Endpoint udp(std::string host, std::uint16_t port);
  static Endpoint unix_datagram(std::string path);

  // The failure's message says what was wrong and what would be right.
  static Result<Endpoint> parse(std::string_view);
  // Netcat's two words, "HOST PORT"; the port is a number or a service name of the system.
  static Result<Endpoint> parse(std::string_view host, std::string_view port);

  // For a DatagramProtocol, not for a Protocol.
  bool datagram() const { return kind == Kind::udp || kind == Kind::unix_datagram; }
  // For people: host:port, [v6]:port, /path, @abstract, fd:3, udp://host:port, unix-dgram:///path.
  std::string to_string() const;
  bool operator==(Endpoint const&) const = default;
};

}  // namespace twx
