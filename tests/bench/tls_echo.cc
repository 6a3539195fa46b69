// The limit for echo over TLS: what OpenSSL costs on a hand-written epoll loop. Makes the
// certificate, too, that all subjects use.
//
// As in epoll_echo.cc a connection is either read or, when the peer does not take its bytes,
// written. The handshake is done by the first SSL_read.

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "net.h"

namespace {

using bench::check;
using bench::io_buffer;

void must(bool done, const char* what) {
  if (!done) bench::fail(what);
}

struct Connection {
  int fd;
  SSL* tls;
  std::string unsent = {};
};

class TlsEchoServer {
 public:
  TlsEchoServer(int listener, const char* certificate_file);
  [[noreturn]] void run();

 private:
  void accept_one();
  void echo(Connection& connection);
  void flush(Connection& connection);
  void drop(Connection& connection);
  void watch(int operation, int fd, std::uint32_t events, Connection* connection);

  int listener_;
  int epoll_ = check(epoll_create1(0), "epoll_create1");
  SSL_CTX* context_ = SSL_CTX_new(TLS_server_method());
};

TlsEchoServer::TlsEchoServer(int listener, const char* certificate_file) : listener_(listener) {
  must(SSL_CTX_use_certificate_chain_file(context_, certificate_file) == 1, "certificate");
  must(SSL_CTX_use_PrivateKey_file(context_, certificate_file, SSL_FILETYPE_PEM) == 1, "key");
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context_, 1);
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
}

void TlsEchoServer::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    int const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) bench::die("epoll_wait");
    for (int i = 0; i < count; ++i) {
      auto const& event = events[static_cast<std::size_t>(i)];
      auto* const connection = static_cast<Connection*>(event.data.ptr);
      if (!connection)
        accept_one();
      else if (event.events & EPOLLIN)
        echo(*connection);
      else
        flush(*connection);
    }
  }
}

void TlsEchoServer::accept_one() {
  int const fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd < 0) {
    if (errno != EAGAIN && errno != ECONNABORTED) bench::die("accept");
    return;
  }
  auto* const connection = new Connection{fd, SSL_new(context_)};
  SSL_set_fd(connection->tls, fd);
  SSL_set_accept_state(connection->tls);
  watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection);
}

// What OpenSSL has read ahead wakes no epoll, so it is used up.
void TlsEchoServer::echo(Connection& connection) {
  auto* const tls = connection.tls;
  do {
    int const got = SSL_read(tls, io_buffer.data(), static_cast<int>(io_buffer.size()));
    if (got <= 0 && SSL_get_error(tls, got) == SSL_ERROR_WANT_READ) return;
    if (got <= 0) return drop(connection);
    int const sent = SSL_write(tls, io_buffer.data(), got);
    if (sent == got) continue;
    if (sent < 0 && SSL_get_error(tls, sent) != SSL_ERROR_WANT_WRITE) return drop(connection);
    std::string_view const data(io_buffer.data(), static_cast<std::size_t>(got));
    connection.unsent = data.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    return watch(EPOLL_CTL_MOD, connection.fd, EPOLLOUT, &connection);
  } while (SSL_has_pending(tls));
}

void TlsEchoServer::flush(Connection& connection) {
  auto& rest = connection.unsent;
  int const sent = SSL_write(connection.tls, rest.data(), static_cast<int>(rest.size()));
  if (sent < 0 && SSL_get_error(connection.tls, sent) == SSL_ERROR_WANT_WRITE) return;
  if (sent <= 0) return drop(connection);
  rest.erase(0, static_cast<std::size_t>(sent));
  if (!rest.empty()) return;
  watch(EPOLL_CTL_MOD, connection.fd, EPOLLIN, &connection);
  if (SSL_has_pending(connection.tls)) echo(connection);
}

void TlsEchoServer::drop(Connection& connection) {
  SSL_shutdown(connection.tls);
  SSL_free(connection.tls);
  close(connection.fd);
  delete &connection;
}

void TlsEchoServer::watch(int operation, int fd, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  check(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
}

// EC P-256, as twx's own; signs itself.
void make_certificate(const char* file) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const made = X509_new();
  must(key && made, "certificate");
  unsigned char const name[] = "localhost";
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), 0);
  X509_gmtime_adj(X509_getm_notAfter(made), 24L * 60 * 60);
  X509_set_pubkey(made, key);
  X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_ASC, name, -1,
                             -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(made));
  must(X509_sign(made, key, EVP_sha256()) > 0, "signature");
  std::FILE* const out = std::fopen(file, "w");
  if (!out) bench::die(file);
  must(PEM_write_X509(out, made) == 1, file);
  must(PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1, file);
  if (std::fclose(out) != 0) bench::die(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) bench::fail("usage: tls_echo PORT PEM | tls_echo --make-certificate PEM");
  if (std::string_view(argv[1]) == "--make-certificate") {
    make_certificate(argv[2]);
    return 0;
  }
  bench::raise_descriptor_limit();
  int const listener = bench::listen_on(bench::parse_port(argv[1]), SOCK_NONBLOCK);
  TlsEchoServer(listener, argv[2]).run();
}
