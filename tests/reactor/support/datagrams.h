// For tests of datagrams: a protocol that keeps what happened, and the other side, a plain socket.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/datagram_protocol.h"
#include "tests/reactor/support/harness.h"

namespace twx::test {

// One socket as the test sees it. Shared with the protocol and there after its end.
struct Datagrams {
  struct Received {
    std::string data;
    Address from;
    Address destination;
    bool to_many = false;
  };
  std::function<void(DatagramTransport&)> on_start, on_refused, on_resume, on_stop;
  std::function<void(DatagramTransport&, Bytes, Address const&)> on_received;

  std::string story;  // "start data refused resume stop", neighbouring data only once
  std::vector<Received> received;
  DatagramTransport* transport = nullptr;  // from start to stop
  bool destroyed = false;

  // What was received last, or nothing.
  std::string last() const { return received.empty() ? "" : received.back().data; }
};

std::unique_ptr<DatagramProtocol> protocol_for(std::shared_ptr<Datagrams>);

// Answers the sender with what came.
inline void echo_datagram(DatagramTransport& transport, Bytes data, Address const& from) {
  transport.write(data, from);
}

// A plain blocking socket without any of our code. No call waits longer than `patience`.
class DatagramPeer {
 public:
  // Bound to `where`; a unix socket gets a name of its own for Address().
  explicit DatagramPeer(Address const& where);
  static DatagramPeer on(std::string_view host, std::uint16_t port = 0);
  static DatagramPeer named_by_the_system();  // unix
  DatagramPeer(DatagramPeer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DatagramPeer& operator=(DatagramPeer&&) = delete;
  ~DatagramPeer();

  int fd() const { return fd_; }
  Address address() const;
  std::uint16_t port() const { return address().port(); }
  // From then on it gets datagrams of `to` only.
  void connect(Address const& to);
  // 0 or the error; never waits.
  int send(std::string_view data, Address const& to);
  int send(std::string_view data);
  // The next datagram; nothing and error() if none comes.
  std::optional<std::string> receive();
  // The same without waiting.
  std::optional<std::string> receive_now();
  // Where the last one came from.
  Address const& from() const { return from_; }
  int error() const { return error_; }
  // How many routers the last one was allowed to pass, once ask_for_ttl was called (IPv4).
  void ask_for_ttl();
  int ttl() const { return ttl_; }

 private:
  explicit DatagramPeer(int fd) : fd_(fd) {}
  std::optional<std::string> receive_with(int flags);

  int fd_ = -1;
  int error_ = 0;
  int ttl_ = -1;
  Address from_;
};

}  // namespace twx::test
