#include "tests/reactor/support/tls_peer.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace twx::test {
namespace {
constexpr std::size_t most_record = 16384;  // RFC 8446, section 5.1
}

// --- the rules ---

PeerContext PeerContext::client() {
  PeerContext made(TLS_client_method());
  SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return made;
}

PeerContext PeerContext::server(TestCertificate const& certificate) {
  PeerContext made(TLS_server_method());
  SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  static unsigned char const name[] = "test";
  SSL_CTX_set_session_id_context(made.get(), name, 4);
  SSL_CTX_set_security_level(made.get(), 0);  // it would not use weak keys
  made.use(certificate);
  return made;
}

PeerContext& PeerContext::trust(TestCertificate const& authority) {
  X509_STORE_add_cert(SSL_CTX_get_cert_store(get()), authority.get());
  SSL_CTX_set_verify(get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return *this;
}

PeerContext& PeerContext::use(TestCertificate const& certificate) {
  SSL_CTX_use_certificate(get(), certificate.get());
  SSL_CTX_use_PrivateKey(get(), certificate.key());
  return *this;
}

PeerContext& PeerContext::at_most(int version) {
  SSL_CTX_set_max_proto_version(get(), version);
  return *this;
}

PeerContext& PeerContext::alpn(std::string_view list) {
  SSL_CTX_set_alpn_protos(get(), reinterpret_cast<unsigned char const*>(list.data()),
                          static_cast<unsigned>(list.size()));
  return *this;
}

// --- in memory ---

MemoryTls::MemoryTls(PeerContext const& context) : ssl_(SSL_new(context.get())) {
  SSL_set_bio(get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (context.is_server())
    SSL_set_accept_state(get());
  else
    SSL_set_connect_state(get());
}

void MemoryTls::write(std::string_view data) {
  while (!data.empty()) {
    auto const count = SSL_write(get(), data.data(), static_cast<int>(data.size()));
    if (count <= 0) return;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string MemoryTls::read() {
  std::string all;
  char buffer[16384];
  for (int count; (count = SSL_read(get(), buffer, sizeof buffer)) > 0;)
    all.append(buffer, static_cast<std::size_t>(count));
  return all;
}

std::string MemoryTls::take() {
  std::string all;
  char buffer[16384];
  for (int count; (count = BIO_read(SSL_get_wbio(get()), buffer, sizeof buffer)) > 0;)
    all.append(buffer, static_cast<std::size_t>(count));
  return all;
}

void MemoryTls::give(std::string_view data) {
  BIO_write(SSL_get_rbio(get()), data.data(), static_cast<int>(data.size()));
}

// --- on a socket ---

PeerTls::PeerTls(int fd, PeerContext const& context, std::string const& server_name)
    : fd_(fd), ssl_(SSL_new(context.get())) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  // So that each record is on its way when send returns; unix sockets have no such option.
  int const on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL_set_fd(get(), fd);
  if (context.is_server())
    SSL_set_accept_state(get());
  else
    SSL_set_connect_state(get());
  if (!server_name.empty())
    SSL_ctrl(get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(server_name.c_str()));
}

// What `result` of the last call of OpenSSL means. Sets errno where it is an error.
PeerTls::Step PeerTls::step(int result) {
  if (result > 0) return Step::done;
  auto const system = errno;
  auto const kind = SSL_get_error(get(), result);
  if (kind == SSL_ERROR_WANT_READ) return Step::want_input;
  if (kind == SSL_ERROR_WANT_WRITE) return Step::want_output;
  if (kind == SSL_ERROR_ZERO_RETURN) return Step::ended;
  char text[256] = "";
  ERR_error_string_n(ERR_peek_error(), text, sizeof text);
  error_ = text;
  errno = kind == SSL_ERROR_SYSCALL && system != 0 ? system : EPROTO;
  return Step::failed;
}

bool PeerTls::wait(short events) const {
  pollfd ready{fd_, events, 0};
  if (poll(&ready, 1, static_cast<int>(patience / 1ms)) == 1) return true;
  errno = EAGAIN;
  return false;
}

bool PeerTls::handshake() {
  for (;;) {
    auto done = Step::failed;
    {
      std::scoped_lock const lock(mutex_);
      ERR_clear_error();
      errno = 0;
      done = step(SSL_do_handshake(get()));
    }
    if (done == Step::done) return true;
    if (done != Step::want_input && done != Step::want_output) return false;
    if (!wait(done == Step::want_input ? POLLIN : POLLOUT)) return false;
  }
}

// What earlier calls have left to be sent. The caller has the mutex.
PeerTls::Step PeerTls::finish_output() {
  while (!pending_.empty()) {
    ERR_clear_error();
    errno = 0;
    auto const count = SSL_write(get(), pending_.data(), static_cast<int>(pending_.size()));
    if (auto const came = step(count); came != Step::done) return came;
    pending_.erase(0, static_cast<std::size_t>(count));
  }
  if (!notify_) return Step::done;
  ERR_clear_error();
  errno = 0;
  auto const told = SSL_shutdown(get());
  if (told < 0 && SSL_get_error(get(), told) == SSL_ERROR_WANT_WRITE) return Step::want_output;
  notify_ = false;
  return Step::done;
}

ssize_t PeerTls::receive(void* buffer, std::size_t size, bool waiting, bool peek) {
  for (;;) {
    short events = POLLIN;
    {
      std::scoped_lock const lock(mutex_);
      if (finish_output() == Step::want_output) events |= POLLOUT;
      ERR_clear_error();
      errno = 0;
      auto const count = peek ? SSL_peek(get(), buffer, static_cast<int>(size))
                              : SSL_read(get(), buffer, static_cast<int>(size));
      switch (step(count)) {
        case Step::done: return count;
        case Step::ended: return 0;
        case Step::failed: return -1;
        case Step::want_input: break;
        case Step::want_output: events |= POLLOUT; break;
      }
    }
    if (!waiting) errno = EAGAIN;
    if (!waiting || !wait(events)) return -1;
  }
}

ssize_t PeerTls::send(void const* data, std::size_t size, bool waiting) {
  std::size_t taken = 0;
  for (;;) {
    auto came = Step::failed;
    {
      std::scoped_lock const lock(mutex_);
      came = finish_output();
      if (came == Step::done && taken > 0) return static_cast<ssize_t>(taken);
      if (came == Step::done) {
        ERR_clear_error();
        errno = 0;
        auto const count = SSL_write(get(), data, static_cast<int>(size));
        came = step(count);
        if (came == Step::done) return count;
        if (came == Step::want_output) {
          // OpenSSL has made a record of the beginning, which it must be given again.
          pending_.assign(static_cast<char const*>(data), std::min(size, most_record));
          taken = pending_.size();
          if (!waiting) return static_cast<ssize_t>(taken);
        }
      }
    }
    if (came != Step::want_output && came != Step::want_input) return -1;
    if (!waiting) errno = EAGAIN;
    if (!waiting || !wait(came == Step::want_output ? POLLOUT : POLLIN)) return -1;
  }
}

void PeerTls::close_notify() {
  std::scoped_lock const lock(mutex_);
  notify_ = true;
  finish_output();
}

}  // namespace twx::test
