// TLS for the other side of a connection, by OpenSSL and without any of our code.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/reactor/support/certificate.h"

namespace twx::test {

// A side's rules; what a test wants of them it sets by OpenSSL's own calls.
class PeerContext {
 public:
  // They verify nothing, and do with anything.
  static PeerContext client();
  static PeerContext server(TestCertificate const&);

  SSL_CTX* get() const { return context_.get(); }
  bool is_server() const { return SSL_CTX_get_ssl_method(get()) == TLS_server_method(); }
  // What it trusts; from then on the other side must be verified, and have a certificate.
  PeerContext& trust(TestCertificate const&);
  PeerContext& use(TestCertificate const&);
  PeerContext& at_most(int version);
  // `list` as it goes over the wire: each name after its length.
  PeerContext& alpn(std::string_view list);

 private:
  struct Free {
    void operator()(SSL_CTX* each) const { SSL_CTX_free(each); }
  };
  explicit PeerContext(SSL_METHOD const* method) : context_(SSL_CTX_new(method)) {}
  std::unique_ptr<SSL_CTX, Free> context_;
};

// A side without a socket: what it sends is taken, what comes is given.
class MemoryTls {
 public:
  explicit MemoryTls(PeerContext const&);

  // Goes on as far as it can; true when it is done.
  bool handshake() { return SSL_do_handshake(get()) == 1; }
  void write(std::string_view data);
  // All that has come and can be read.
  std::string read();
  // What it has for the other side.
  std::string take();
  void give(std::string_view data);

  SSL* get() const { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL* each) const { SSL_free(each); }
  };
  std::unique_ptr<SSL, Free> ssl_;
};

// On a descriptor that it makes non-blocking. One thread may send while another one receives.
class PeerTls {
 public:
  PeerTls(int fd, PeerContext const&, std::string const& server_name = {});

  // Until it is done; false: error() tells why not.
  bool handshake();
  // As recv and send. -1 and errno: EPROTO stands for what TLS does not like, an end without
  // close_notify for one. What is not waited for and taken in part counts as sent, and leaves with
  // the calls that follow.
  ssize_t receive(void* buffer, std::size_t size, bool wait, bool peek = false);
  ssize_t send(void const* data, std::size_t size, bool wait);
  // As soon as all that was sent has left.
  void close_notify();

  SSL* get() const { return ssl_.get(); }
  // Of the last call that OpenSSL refused: "tlsv1 alert ...".
  std::string const& error() const { return error_; }

 private:
  struct Free {
    void operator()(SSL* each) const { SSL_free(each); }
  };
  enum class Step { done, want_input, want_output, ended, failed };
  Step step(int result);
  bool wait(short events) const;
  Step finish_output();

  int fd_;
  std::unique_ptr<SSL, Free> ssl_;
  std::mutex mutex_;     // of all below and of OpenSSL's state
  std::string pending_;  // taken in part
  std::string error_;
  bool notify_ = false;
};

}  // namespace twx::test
