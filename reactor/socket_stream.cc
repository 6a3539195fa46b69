#include "reactor/socket_stream.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "reactor/loop.h"

namespace twx {
namespace {

void set_flag(int fd, int level, int name, bool on) {
  int const value = on;
  // A unix socket has no such option, and nothing depends on it.
  static_cast<void>(setsockopt(fd, level, name, &value, sizeof value));
}

bool flag(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) == 0 && value != 0;
}

}  // namespace

void SocketStream::ready(std::uint32_t events) {
  within_memory([&] {
    if (events & EPOLLOUT) output_ready();
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) input_ready(events & (EPOLLHUP | EPOLLERR));
  });
}

ssize_t SocketStream::receive(std::span<std::byte> buffer) {
  return recv(fd(), buffer.data(), buffer.size(), 0);
}

ssize_t SocketStream::send(iovec const* pieces, int count) {
  if (count == 1) return ::send(fd(), pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return sendmsg(fd(), &message, MSG_NOSIGNAL);
}

void SocketStream::shut_output() {
  // ENOTCONN: the peer has gone; reading tells how.
  static_cast<void>(shutdown(fd(), SHUT_WR));
}

// Put into the set when it first waits for anything: a connection that is greeted and closed within
// a turn never is.
void SocketStream::want(bool input, bool output) {
  auto const events = (input ? EPOLLIN : 0u) | (output ? EPOLLOUT : 0u);
  if (watched_) return loop().set().change(*this, events);
  if (auto const error = loop().set().watch(*this, fd(), events))
    finish(std::error_code(error, std::system_category()));
  else
    watched_ = true;
}

void SocketStream::want_nothing() {
  loop().set().remove(*this);
  watched_ = false;
}

void SocketStream::close_descriptors(bool reset) {
  if (!socket_) return;
  loop().set().remove(*this);
  if (reset) {
    linger const at_once{1, 0};
    static_cast<void>(setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  }
  socket_.reset();
}

int SocketStream::pending_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool SocketStream::input_left_over() {
  std::byte one;
  return recv(fd(), &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

Address SocketStream::host() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd(), address, &size) < 0) return {};
  return Address::from(address, size);
}

void SocketStream::set_tcp_no_delay(bool on) { set_flag(fd(), IPPROTO_TCP, TCP_NODELAY, on); }
bool SocketStream::tcp_no_delay() const { return flag(fd(), IPPROTO_TCP, TCP_NODELAY); }
void SocketStream::set_tcp_keep_alive(bool on) { set_flag(fd(), SOL_SOCKET, SO_KEEPALIVE, on); }
bool SocketStream::tcp_keep_alive() const { return flag(fd(), SOL_SOCKET, SO_KEEPALIVE); }

}  // namespace twx
