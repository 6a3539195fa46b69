#include "load_wire.h"

#include <algorithm>

#include "net.h"

namespace bench {
namespace {

SSL_CTX* context() {
  static SSL_CTX* const made = [] {
    SSL_CTX* const fresh = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(fresh, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(fresh, 1);
    return fresh;
  }();
  return made;
}

}  // namespace

Wire::Wire(int fd, bool tls) : fd_(fd) {
  if (!tls) return;
  tls_ = SSL_new(context());
  SSL_set_fd(tls_, fd);
  if (SSL_connect(tls_) != 1) fail("no TLS");
}

ssize_t Wire::result(int count) {
  if (count > 0) return count;
  switch (SSL_get_error(tls_, count)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: errno = errno ? errno : EPROTO; return -1;
  }
}

// As much as the system takes: OpenSSL takes a record at a time.
ssize_t Wire::send(const void* data, std::size_t size) {
  if (!tls_) return ::send(fd_, data, size, MSG_NOSIGNAL);
  std::size_t sent = 0;
  while (sent < size) {
    auto const count = result(
        SSL_write(tls_, static_cast<const char*>(data) + sent, static_cast<int>(size - sent)));
    if (count <= 0) return sent > 0 ? static_cast<ssize_t>(sent) : count;
    sent += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(sent);
}

ssize_t Wire::receive(void* buffer, std::size_t size) {
  if (!tls_) return recv(fd_, buffer, size, 0);
  return result(SSL_read(tls_, buffer, static_cast<int>(size)));
}

void Wire::end() {
  if (tls_)
    SSL_shutdown(tls_);
  else
    shutdown(fd_, SHUT_WR);
}

}  // namespace bench
