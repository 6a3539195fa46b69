#include "reactor/tls_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace twx {
namespace {

bool not_ready(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

ssize_t send_now(int fd, Bytes data) { return ::send(fd, data.data(), data.size(), MSG_NOSIGNAL); }

}  // namespace

BIO* TlsSocket::bio() {
  auto* const made = BIO_new(method());
  if (!made) throw std::bad_alloc();
  BIO_set_data(made, this);
  BIO_set_init(made, 1);
  return made;
}

// For all threads and until the process ends: who knows when the last connection goes.
BIO_METHOD* TlsSocket::method() {
  static auto* const all = [] {
    auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "twx socket");
    if (!made) throw std::bad_alloc();
    BIO_meth_set_write(made, &TlsSocket::write);
    BIO_meth_set_read(made, &TlsSocket::read);
    BIO_meth_set_ctrl(made, &TlsSocket::control);
    return made;
  }();
  return all;
}

int TlsSocket::read(BIO* bio, char* room, int size) noexcept {
  auto& self = *static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  auto const count = recv(self.fd_, room, static_cast<std::size_t>(size), 0);
  if (count == 0) self.ended_ = true;
  if (count < 0 && not_ready(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

int TlsSocket::write(BIO* bio, char const* data, int size) noexcept {
  auto& self = *static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  auto const count = self.take(bytes({data, static_cast<std::size_t>(size)}));
  if (count < 0 && not_ready(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long TlsSocket::control(BIO* bio, int what, long, void*) noexcept {
  if (what == BIO_CTRL_EOF) return static_cast<TlsSocket*>(BIO_get_data(bio))->ended_ ? 1 : 0;
  return what == BIO_CTRL_FLUSH ? 1 : 0;  // whoever owns this object flushes
}

// As send(2), though what it returns may be kept here.
ssize_t TlsSocket::take(Bytes data) {
  if (over_) return static_cast<ssize_t>(data.size());
  ssize_t sent = -1;
  if (flush()) sent = send_now(fd_, data);
  if (sent < 0 && !not_ready(errno)) return -1;
  auto const rest = data.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  if (rest.empty() || !keeping_ || rest.size() > most_kept - kept_.size()) return sent;
  return keep(rest) ? static_cast<ssize_t>(data.size()) : -1;
}

// False, and an error for ever: no memory. A record that has left in part cannot be ended then.
bool TlsSocket::keep(Bytes data) {
  try {
    kept_.reserve(most_kept);
    kept_.insert(kept_.end(), data.begin(), data.end());
    return true;
  } catch (std::bad_alloc const&) {  // must not pass through OpenSSL
    fail(ENOMEM);
    return false;
  }
}

bool TlsSocket::flush() {
  if (error_ != 0) {
    errno = error_;
    return false;
  }
  if (kept_.empty()) return true;
  auto const sent = send_now(fd_, kept_);
  if (sent < 0 && !not_ready(errno)) {
    fail(errno);
    return false;
  }
  kept_.erase(kept_.begin(), kept_.begin() + std::max<ssize_t>(sent, 0));
  if (kept_.empty()) std::vector<std::byte>().swap(kept_);  // idle connections cost none
  errno = EAGAIN;
  return kept_.empty();
}

void TlsSocket::fail(int error) {
  std::vector<std::byte>().swap(kept_);
  errno = error_ = error;
}

}  // namespace twx
