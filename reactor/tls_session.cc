#include "reactor/tls_session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/log.h"
#include "reactor/tls_errors.h"
#include "reactor/visible.h"

namespace twx {
namespace {

constexpr std::size_t most_record = 16384;  // RFC 8446, section 5.1

// Before each call of OpenSSL that may fail. Looking first is many times cheaper than clearing.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
  errno = 0;
}

// RFC 6066, section 3: ASCII, without a dot at the end. OpenSSL would take ".test" for any name in
// test.
bool is_server_name(std::string_view name) {
  return name.size() <= 253 && name.front() != '.' && name.back() != '.' &&
         name.find("..") == name.npos &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

// A "*" does not stand for a label in another script (xn--), which may look like any other.
unsigned name_rules(std::string const& name) {
  unsigned const rules = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  return strncasecmp(name.c_str(), "xn--", 4) == 0 ? rules | X509_CHECK_FLAG_NO_WILDCARDS : rules;
}

// What is to be written, record by record.
class Output {
 public:
  Output(iovec const* pieces, int count) : piece_(pieces), end_(pieces + count) {}

  bool done() const { return piece_ == end_; }
  // The bytes of the next record: where they lie if they lie together, otherwise gathered.
  Bytes record() {
    auto const first = rest();
    if (first.size() >= most_record || piece_ + 1 == end_)
      return first.first(std::min(first.size(), most_record));
    static thread_local std::array<std::byte, most_record> together;
    std::size_t size = 0;
    auto skip = skip_;
    for (auto const* each = piece_; each != end_ && size < most_record; ++each) {
      auto const count = std::min(each->iov_len - skip, most_record - size);
      std::memcpy(together.data() + size, static_cast<std::byte*>(each->iov_base) + skip, count);
      size += count;
      skip = 0;
    }
    return {together.data(), size};
  }
  void advance(std::size_t count) {
    skip_ += count;
    while (piece_ != end_ && skip_ >= piece_->iov_len) skip_ -= piece_++->iov_len;
  }

 private:
  Bytes rest() const {
    return {static_cast<std::byte const*>(piece_->iov_base) + skip_, piece_->iov_len - skip_};
  }

  iovec const* piece_;
  iovec const* end_;
  std::size_t skip_ = 0;
};

}  // namespace

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int fd, std::string const& peer_name,
                       std::string peer_key)
    : context_(std::move(context)),
      socket_(fd),
      ssl_(context_->state().connection()),
      peer_key_(std::move(peer_key)) {
  auto* const bio = socket_.bio();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  if (context_->state().server()) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  expect_peer(options().server_name.empty() ? peer_name : options().server_name);
  if (peer_key_.empty()) return;
  peer_key_ += ' ' + name_;
  if (auto const session = context_->state().take_session(peer_key_))
    SSL_set_session(ssl_.get(), session.get());
}

TlsSession::~TlsSession() {
  // Without this OpenSSL takes a session that did not end by close_notify for unfit to be
  // continued.
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsSession::expect_peer(std::string const& name) {
  name_ = name.substr(0, name.find('%'));  // an IPv6 zone means nothing to the peer
  if (name_.ends_with('.')) name_.pop_back();
  auto* const rules = SSL_get0_param(ssl_.get());
  auto const verify = !options().insecure && options().pins.empty();
  if (name_.empty()) {
    if (verify)
      failure_ = Failure::with_message(Error::certificate_not_trusted,
                                       "no name to verify the certificate for");
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(rules, name_rules(name_));
  if (Address::ip(name_, 0)) {  // is not sent (RFC 6066, section 3)
    if (verify && X509_VERIFY_PARAM_set1_ip_asc(rules, name_.c_str()) != 1) throw std::bad_alloc();
    return;
  }
  if (!is_server_name(name_)) {
    failure_ = handshake_failed("'" + escaped(name_) + "' cannot be the name of a server");
    return;
  }
  if (SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name_.data()) !=
          1 ||
      (verify && X509_VERIFY_PARAM_set1_host(rules, name_.data(), name_.size()) != 1))
    throw std::bad_alloc();
}

// --- the handshake ---

TlsSession::Step TlsSession::handshake() {
  if (failure_) return Step::failed;
  forget_errors();
  auto const result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    socket_.begin_keeping();
    established_ = verified();
    more_ = SSL_has_pending(ssl_.get()) == 1;  // what came with the peer's last message
    // TLS 1.2 need not give a new session for one that was continued.
    if (established_ && SSL_session_reused(ssl_.get()) && SSL_version(ssl_.get()) < TLS1_3_VERSION)
      keep_session(ssl_.get(), SSL_get_session(ssl_.get()));
    return established_ ? Step::done : Step::failed;
  }
  auto const error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return Step::want_input;
  if (error == SSL_ERROR_WANT_WRITE) return Step::want_output;
  fail(error, failure_);
  return Step::failed;
}

// What the handshake does not look at when a session is continued: pins and the name.
bool TlsSession::verified() {
  auto const* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (!options().pins.empty()) return pinned(certificate);
  if (context_->state().server() || options().insecure || !SSL_session_reused(ssl_.get()))
    return true;
  auto const flags = X509_VERIFY_PARAM_get_hostflags(SSL_get0_param(ssl_.get()));
  auto* const shown = const_cast<X509*>(certificate);
  if (SSL_get_verify_result(ssl_.get()) == X509_V_OK && shown &&
      (X509_check_host(shown, name_.data(), name_.size(), flags, nullptr) == 1 ||
       X509_check_ip_asc(shown, name_.c_str(), 0) == 1))
    return true;
  failure_ = Failure::with_message(Error::certificate_not_trusted,
                                   "the session continued is not one of " + name_);
  return false;
}

bool TlsSession::pinned(X509 const* certificate) {
  auto const shown = fingerprint(certificate);
  if (context_->state().pinned(shown)) return true;
  failure_ = Failure::with_message(Error::pin_mismatch, "the peer's certificate has SHA-256 " +
                                                            shown + ", which is no pin given");
  return false;
}

int TlsSession::verify_pin(X509_STORE_CTX* store, void*) noexcept {
  auto const* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  try {
    if (static_cast<TlsSession*>(SSL_get_app_data(ssl))->pinned(X509_STORE_CTX_get0_cert(store)))
      return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  } catch (std::bad_alloc const&) {  // must not pass through OpenSSL
    X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
  }
  return 0;
}

// A copy is kept: a connection that is lost spoils its own for continuing, though RFC 5246, section
// 7.2.1, allows that.
int TlsSession::keep_session(SSL* ssl, SSL_SESSION* session) noexcept {
  auto& self = *static_cast<TlsSession*>(SSL_get_app_data(ssl));
  if (self.peer_key_.empty() || !SSL_SESSION_is_resumable(session)) return 0;
  try {
    SslSession copy(SSL_SESSION_dup(session));
    if (!copy) throw std::bad_alloc();
    self.context_->state().keep_session(self.peer_key_, std::move(copy), SSL_get_SSL_CTX(ssl));
  } catch (std::bad_alloc const&) {  // must not pass through OpenSSL
    log(Level::debug, "no memory to keep a TLS session");
  }
  return 0;  // this one remains OpenSSL's
}

// --- bytes ---

ssize_t TlsSession::receive(std::span<std::byte> buffer) {
  std::size_t taken = 0;
  more_ = false;
  do {
    auto const count = read(buffer.subspan(taken));
    if (count <= 0 && taken == 0) return count;
    if (count <= 0) {
      more_ = count == 0 || errno != EAGAIN;  // the end or the error is for the next call
      break;
    }
    taken += static_cast<std::size_t>(count);
    more_ = taken == buffer.size();
  } while (!more_ && SSL_has_pending(ssl_.get()));
  return static_cast<ssize_t>(taken);
}

// One record or what is left of one; otherwise as receive().
ssize_t TlsSession::read(std::span<std::byte> room) {
  if (input_failure_) return fail(SSL_ERROR_SSL, input_failure_);
  input_wants_output_ = false;
  forget_errors();
  auto const count = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
  if (count > 0) return count;
  auto const error = SSL_get_error(ssl_.get(), count);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  input_wants_output_ = error == SSL_ERROR_WANT_WRITE;
  auto const reason = ERR_GET_REASON(ERR_peek_error());
  auto const cut = reason == SSL_R_TLSV1_ALERT_DECODE_ERROR;
  refused_ = error == SSL_ERROR_SSL && is_alert(reason) && !cut;
  fail(error, input_failure_);
  // After a write that failed an alert of the peer says why; not its end, nor the alert that only
  // answers the end of our output.
  if (failure_ && input_failure_ && (cut || input_failure_->is(Error::tls_truncated)))
    input_failure_ = failure_;
  return -1;
}

ssize_t TlsSession::send(iovec const* pieces, int count) {
  if (output_failed_) {
    errno = EPROTO;
    return -1;
  }
  output_wants_input_ = false;
  if (!let_go()) return -1;
  auto sent = std::exchange(owed_, 0);
  Output output(pieces, count);
  output.advance(sent);
  if (!output.done() && !finish_message()) return sent > 0 ? static_cast<ssize_t>(sent) : -1;
  while (!output.done()) {
    auto const record = output.record();
    forget_errors();
    auto const written = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
    if (written <= 0) {
      auto const error = SSL_get_error(ssl_.get(), written);
      fail(error, failure_);
      output_wants_input_ = error == SSL_ERROR_WANT_READ;
      output_failed_ = errno == EPROTO;  // not to be tried again, also after a part that has left
      return sent > 0 ? static_cast<ssize_t>(sent) : -1;
    }
    if (holds_output()) {
      owed_ = static_cast<std::size_t>(written);
      errno = EAGAIN;
      return sent > 0 ? static_cast<ssize_t>(sent) : -1;
    }
    sent += static_cast<std::size_t>(written);
    output.advance(static_cast<std::size_t>(written));
  }
  return static_cast<ssize_t>(sent);
}

bool TlsSession::close_notify() {
  if (!established_ || failure()) return true;
  if (!let_go()) return errno == EPROTO;  // to whom nothing more can be said
  if (notified_) return true;
  if (!finish_message()) return errno == EPROTO;
  forget_errors();
  auto const result = SSL_shutdown(ssl_.get());
  notified_ = result >= 0 || SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_WRITE;
  if (notified_) socket_.end();
  return notified_ && !holds_output();
}

// What is held; otherwise as send().
bool TlsSession::let_go() {
  if (socket_.flush()) return true;
  if (errno == EAGAIN) return false;
  if (!failure_) failure_ = Failure::from_errno();
  output_failed_ = true;
  errno = EPROTO;
  return false;
}

// Goes on with a message of the peer that stops output; otherwise as send(). SSL_write would do
// this too, SSL_shutdown would not.
bool TlsSession::finish_message() {
  output_wants_input_ = false;
  if (SSL_in_init(ssl_.get()) == 0) return true;
  forget_errors();
  auto const result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    go_on_reading();
    return true;
  }
  auto const error = SSL_get_error(ssl_.get(), result);
  fail(error, failure_);
  output_wants_input_ = error == SSL_ERROR_WANT_READ;
  output_failed_ = errno == EPROTO;
  more_ = more_ || output_failed_;  // it is the input's end too, which no descriptor tells of
  return false;
}

// The message that stopped reading is done with; what came behind it may lie here already.
void TlsSession::go_on_reading() {
  input_wants_output_ = false;
  more_ = more_ || SSL_has_pending(ssl_.get()) == 1;
}

bool TlsSession::output_wants_input() const {
  // Unless read() has got the rest, or has answered something else meanwhile.
  return output_wants_input_ && !holds_output() && SSL_in_init(ssl_.get()) != 0;
}

// --- what went wrong ---

// Always -1.
int TlsSession::fail(int error, std::optional<Failure>& why) {
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
  } else {
    if (!why) why = describe(error);
    errno = EPROTO;
  }
  return -1;
}

Failure TlsSession::describe(int error) {
  auto const system = errno;
  auto const code = tls_complaint();
  auto const verdict = SSL_get_verify_result(ssl_.get());
  if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE || verdict == X509_V_ERR_OUT_OF_MEM)
    return Failure::no_memory();
  auto const reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  auto const ended = reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  // After the peer's close_notify OpenSSL calls every failing write an end.
  auto const of_system = error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN;
  if (of_system && system != 0) return std::error_code(system, std::system_category());
  if (ended || of_system)
    return established_ ? Failure(Error::tls_truncated)
                        : handshake_failed("the peer closed the connection during the handshake");
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK)
    return Failure::with_message(Error::certificate_not_trusted,
                                 not_trusted_text(ssl_.get(), name_));
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return Failure::with_message(Error::certificate_not_trusted, "the peer has no certificate");
  if (is_alert(reason)) return handshake_failed("the peer refused: " + alert_text(code));
  in_clear_ = !established_ && is_no_tls(reason);
  if (in_clear_) return handshake_failed("the peer does not speak TLS");
  auto const* const text = ERR_reason_error_string(code);
  return handshake_failed(text ? text : "protocol error");
}

TlsInfo TlsSession::info() const {
  auto* const ssl = ssl_.get();
  unsigned char const* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  auto const* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  return {.version = SSL_get_version(ssl),
          .cipher = SSL_get_cipher_name(ssl),
          .alpn = std::string(reinterpret_cast<char const*>(protocol), size),
          .server_name = name ? name : "",
          .pin = fingerprint(SSL_get0_peer_certificate(ssl)),
          .resumed = SSL_session_reused(ssl) == 1};
}

}  // namespace twx
