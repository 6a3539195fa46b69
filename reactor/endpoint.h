// Public. Endpoint: the one grammar for where to listen and where to connect.
//
//   9000   host:9000   [::1]:9000   /path/to.sock
//   tcp://host:port   tls://host:port   unix:///path   unix:@abstract   fd:3
//   udp://host:port   unix-dgram:///path   unix-dgram:@abstract
//
// A setting rides as a query: tcp://:9000?backlog=64, unix:///run/app.sock?mode=660 (octal),
// tls://:9443?cert=a.pem&key=b.pem. All take backlog, except those of the second line, which are
// for datagrams and have no settings; unix takes mode too, tls cacert, cert, key, pin, servername,
// alpn (a list: h2,http/1.1), client-ca and insecure (see TlsOptions), of which pin and alpn may be
// repeated. %26 is an ampersand, + is a plus.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reactor/failure.h"
#include "reactor/tls.h"

// A macro in GNU's dialect, which g++ and CMake speak unless told otherwise; __unix__ remains.
#undef unix

namespace twx {

struct Endpoint {
  enum class Kind { tcp, unix, fd, udp, unix_datagram };
  Kind kind = Kind::tcp;
  std::string host;  // name or IP literal without brackets; empty: every interface
  std::uint16_t port = 0;
  std::string path;  // unix, unix_datagram: "/path" or "@abstract"
  int fd = -1;       // fd: an inherited socket
  // What stands here wins over the options beside the endpoint; for both see ListenOptions.
  std::optional<int> backlog = {};
  std::optional<unsigned> mode = {};   // unix
  std::optional<TlsOptions> tls = {};  // tls://, with its settings

  // Without settings; the arguments are as the members.
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
