#include "tests/reactor/support/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "tests/reactor/support/harness.h"

namespace twx::test {
namespace {

int checked(int status, char const* what) {
  if (status < 0) throw std::system_error(errno, std::system_category(), what);
  return status;
}

timeval const patience_time{std::chrono::duration_cast<std::chrono::seconds>(patience).count(), 0};

void set_blocking(int fd, bool on) {
  auto const flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

int start_connecting(Address const& where, int flags) {
  auto const fd = checked(socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket");
  sockaddr_storage storage{};
  auto const size = where.copy_to(storage);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&storage), size) < 0 && errno != EINPROGRESS) {
    auto const error = errno;
    close(fd);
    throw std::system_error(error, std::system_category(), "connect");
  }
  return fd;
}

Address own_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  checked(getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size), "getsockname");
  return Address::from(reinterpret_cast<sockaddr*>(&storage), size);
}

}  // namespace

Peer::Peer(int fd) : fd_(fd) {
  set_blocking(fd, true);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience_time, sizeof patience_time);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience_time, sizeof patience_time);
}

Peer& Peer::operator=(Peer other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(error_, other.error_);
  std::swap(tls_, other.tls_);
  return *this;
}

Peer Peer::connect(Address const& where) { return Peer(start_connecting(where, 0)); }
Peer Peer::connecting(Address const& where) { return Peer(start_connecting(where, SOCK_NONBLOCK)); }

bool Peer::secure(PeerContext const& context, std::string const& server_name) {
  TestsOwn const own;
  tls_ = std::make_unique<PeerTls>(fd_, context, server_name);
  return tls_->handshake();
}

ssize_t Peer::give(std::string_view data, bool wait) {
  if (tls_) return tls_->send(data.data(), data.size(), wait);
  return ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
}

ssize_t Peer::take(char* buffer, std::size_t size, bool wait, bool peek) const {
  if (tls_) return tls_->receive(buffer, size, wait, peek);
  return recv(fd_, buffer, size, (wait ? 0 : MSG_DONTWAIT) | (peek ? MSG_PEEK : 0));
}

bool Peer::send(std::string_view data) {
  TestsOwn const own;
  while (!data.empty()) {
    auto const count = give(data, true);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::size_t Peer::fill(std::size_t most) {
  TestsOwn const own;
  auto const block = pattern(65536);
  std::size_t sum = 0;
  while (sum < most) {
    auto const part = std::min(most - sum, block.size());
    auto const count = give(std::string_view(block).substr(0, part), false);
    if (count < 0) break;
    sum += static_cast<std::size_t>(count);
  }
  return sum;
}

std::string Peer::receive(std::size_t size) {
  TestsOwn const own;
  error_ = 0;
  std::string all(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    auto const count = take(all.data() + got, size - got, true);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) error_ = errno;
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  all.resize(got);
  return all;
}

std::string Peer::receive_all() {
  std::string all;
  for (;;) {
    auto const part = receive(65536);
    all += part;
    if (part.size() < 65536) return all;
  }
}

std::string Peer::receive_now() {
  TestsOwn const own;
  std::string all;
  char buffer[65536];
  ssize_t count = 0;
  while ((count = take(buffer, sizeof buffer, false)) > 0)
    all.append(buffer, static_cast<std::size_t>(count));
  error_ = count == 0 || errno == EAGAIN ? 0 : errno;
  return all;
}

bool Peer::ended() const {
  TestsOwn const own;
  char one;
  return take(&one, 1, false, true) == 0;
}

void Peer::shut_write() {
  if (tls_)
    tls_->close_notify();
  else
    shutdown(fd_, SHUT_WR);
}

void Peer::close() {
  if (fd_ >= 0 && tls_) tls_->close_notify();
  cut();
}

void Peer::cut() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Peer::reset() {
  linger const at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  cut();
}

void Peer::set_buffers(int size) {
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

std::string send_through(Peer& from, Peer& to, std::string_view sent) {
  std::thread sender([&] {
    from.send(sent);
    from.shut_write();
  });
  auto all = to.receive_all();
  sender.join();
  return all;
}

RawListener::RawListener(std::string_view host, std::uint16_t port, int backlog) {
  auto const where = Address::ip(host, port).value();
  fd_ = checked(socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  int const on = 1;
  setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage storage{};
  auto const size = where.copy_to(storage);
  checked(bind(fd_, reinterpret_cast<sockaddr*>(&storage), size), "bind");
  checked(listen(fd_, backlog), "listen");
  address_ = own_address(fd_);
}

RawListener::~RawListener() { ::close(fd_); }

Peer RawListener::accept() {
  pollfd waiting{fd_, POLLIN, 0};
  poll(&waiting, 1, static_cast<int>(patience / 1ms));
  return Peer(checked(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

BlackHole::BlackHole(std::string_view host, std::uint16_t port) : listener_(host, port, 0) {
  // Full when a connection is not made at once, which on this machine it otherwise is.
  for (pollfd made{-1, POLLOUT, POLLOUT}; made.revents != 0;) {
    fillers_.push_back(Peer::connecting(address()));
    made.fd = fillers_.back().fd();
    poll(&made, 1, 20);
  }
}

std::uint16_t free_port() { return RawListener().port(); }

RefusedPort::RefusedPort()
    : fd_(checked(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_storage storage{};
  auto const size = Address::any(0).copy_to(storage);
  checked(bind(fd_, reinterpret_cast<sockaddr*>(&storage), size), "bind");
  number_ = own_address(fd_).port();
}

RefusedPort::~RefusedPort() { ::close(fd_); }

Ends tcp_ends() {
  RawListener listener;
  auto peer = Peer::connect(listener.address());
  auto const ours =
      checked(accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept");
  return {ours, std::move(peer)};
}

Ends unix_ends() {
  int fds[2];
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
  set_blocking(fds[0], false);
  return {fds[0], Peer(fds[1])};
}

std::vector<Wire> const& wires() {
  static std::vector<Wire> const all{{"TCP", tcp_ends, true},
                                     {"unix", unix_ends, false},
                                     {"TLS", tcp_ends, true, true}};
  return all;
}

std::span<Wire const> plain_wires() { return std::span(wires()).first(2); }

std::shared_ptr<TlsContext> usual_server_context() {
  static auto const context = TlsContext::server({.names = {"localhost"}}).value();
  return context;
}

Peer adopt(Reactor& reactor, Wire const& wire, std::shared_ptr<Connection> connection) {
  auto ends = wire.make();
  auto const factory = factory_for(connection);
  auto const from = own_address(ends.peer.fd());
  reactor.adopt(ends.ours, from, *factory, wire.tls ? usual_server_context() : nullptr);
  if (!wire.tls) return std::move(ends.peer);
  if (!run_beside(reactor, [&] { return ends.peer.secure(); }) ||
      !run_until(reactor, [&] { return connection->made; }))
    throw std::runtime_error("no TLS: " + ends.peer.tls()->error());
  static_cast<void>(ends.peer.ended());  // takes the session tickets, which it never asked for
  return std::move(ends.peer);
}

Peer adopt(Reactor& reactor, std::shared_ptr<Connection> connection) {
  return adopt(reactor, wires().front(), std::move(connection));
}

}  // namespace twx::test
