// The other side of a connection: a plain blocking socket without any of our code, with or without
// TLS.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/address.h"
#include "reactor/reactor.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/tls_peer.h"

namespace twx::test {

// No call waits longer than `patience`. One thread may send while another one receives.
class Peer {
 public:
  Peer() = default;
  explicit Peer(int fd);  // takes it over and makes it blocking
  Peer(Peer&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), error_(other.error_), tls_(std::move(other.tls_)) {}
  Peer& operator=(Peer other) noexcept;
  ~Peer() { close(); }

  static Peer connect(Address const& where);
  // Nothing but the request: it is not waited for.
  static Peer connecting(Address const& where);

  // Agrees upon TLS, over which all that follows goes; false if that fails. The reactor must run
  // beside it.
  bool secure(PeerContext const& = PeerContext::client(), std::string const& server_name = {});
  // Nothing without TLS.
  PeerTls* tls() { return tls_.get(); }

  int fd() const { return fd_; }
  // All of it; false if the connection does not take it.
  bool send(std::string_view);
  // Until the system takes no more for now; how much.
  std::size_t fill(std::size_t most = std::size_t{1} << 30);
  // `size` bytes, fewer at the end of input. error() tells what kind of end.
  std::string receive(std::size_t size);
  std::string receive_all();
  // What is there, without waiting.
  std::string receive_now();
  // The error that ended the last receive, 0 for an orderly end.
  int error() const { return error_; }
  // True if the end of input has been reached, without waiting.
  bool ended() const;
  // With TLS these two say so by close_notify, and shut_write leaves the socket as it is.
  void shut_write();
  void close();
  // Closes without a word of TLS.
  void cut();
  void reset();
  void set_buffers(int size);

 private:
  ssize_t give(std::string_view data, bool wait);
  ssize_t take(char* buffer, std::size_t size, bool wait, bool peek = false) const;

  int fd_ = -1;
  int error_ = 0;
  std::unique_ptr<PeerTls> tls_;
};

// Sends all of it and shuts the write side, while this thread receives what comes out at `to`,
// which may be the same one, up to its end. To be run beside the reactor.
std::string send_through(Peer& from, Peer& to, std::string_view sent);

// A listening socket without our code.
class RawListener {
 public:
  explicit RawListener(std::string_view host = "127.0.0.1", std::uint16_t port = 0,
                       int backlog = 128);
  ~RawListener();
  RawListener(RawListener const&) = delete;
  RawListener& operator=(RawListener const&) = delete;

  Address address() const { return address_; }
  std::uint16_t port() const { return address_.port(); }
  int fd() const { return fd_; }
  Peer accept();

 private:
  int fd_;
  Address address_;
};

// Takes no connection and refuses none: its queue is full.
class BlackHole {
 public:
  explicit BlackHole(std::string_view host, std::uint16_t port = 0);
  Address address() const { return listener_.address(); }
  std::uint16_t port() const { return listener_.port(); }

 private:
  RawListener listener_;
  std::vector<Peer> fillers_;
};

// A port of 127.0.0.1 on which nobody listens, for the moment.
std::uint16_t free_port();

// A port on which nobody listens nor will as long as it lives, at any address of this machine.
class RefusedPort {
 public:
  RefusedPort();
  ~RefusedPort();
  RefusedPort(RefusedPort const&) = delete;
  RefusedPort& operator=(RefusedPort const&) = delete;

  std::uint16_t number() const { return number_; }
  Address at(std::string_view host) const { return Address::ip(host, number_).value(); }

 private:
  int fd_;
  std::uint16_t number_;
};

// Two ends of a connection: a descriptor for the reactor and a peer.
struct Ends {
  int ours;
  Peer peer;
};
Ends tcp_ends();
Ends unix_ends();

// Over what a test is to be shown.
struct Wire {
  char const* name;
  Ends (*make)();
  bool tcp;
  bool tls = false;
};
std::vector<Wire> const& wires();
// Those without TLS.
std::span<Wire const> plain_wires();
// For `wires`: makes its own certificate.
std::shared_ptr<TlsContext> usual_server_context();

// Gives `reactor` a connection with the protocol of `connection`; its peer. With TLS the handshake
// is done by then, and connection_made has come.
Peer adopt(Reactor& reactor, Wire const& wire, std::shared_ptr<Connection> connection);
Peer adopt(Reactor& reactor, std::shared_ptr<Connection> connection);  // over TCP

}  // namespace twx::test
