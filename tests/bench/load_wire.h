// A client's connection, in clear or with TLS. Internal to tests/bench/.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstddef>

namespace bench {

// Does not close its socket. The handshake is done by the constructor, while the socket is
// blocking.
class Wire {
 public:
  Wire(int fd, bool tls);

  int fd() const { return fd_; }
  // As send(2) and recv(2).
  ssize_t send(const void* data, std::size_t size);
  ssize_t receive(void* buffer, std::size_t size);
  // Something has come that epoll does not tell of.
  bool has_more() const { return tls_ && SSL_has_pending(tls_); }
  // Says that no more comes.
  void end();

 private:
  ssize_t result(int count);

  int fd_;
  SSL* tls_ = nullptr;  // the process's, as long as it runs
};

}  // namespace bench
