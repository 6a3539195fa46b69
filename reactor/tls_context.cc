#include "reactor/tls_context.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <new>

#include "reactor/ascii.h"
#include "reactor/log.h"
#include "reactor/tls_session.h"

namespace twx {
namespace {

constexpr std::size_t most_sessions = 100;
constexpr unsigned char session_context[] = "twx";

Failure wrong(std::string const& file, std::string const& what) {
  return Failure::with_message(Error::tls_configuration, file + ": " + what);
}

// Readable, or why not.
Result<void> check_file(std::string const& file) {
  Descriptor const opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!opened || fstat(opened.get(), &status) < 0)
    return wrong(file, Failure::from_errno().message());
  if (S_ISDIR(status.st_mode)) return wrong(file, "is a directory");
  return {};
}

void warn_of_readers(std::string const& file, char const* what) {
  struct stat status{};
  if (stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
      (status.st_mode & (S_IRGRP | S_IROTH)))
    log(Level::warning, file + ": others than its owner may read this " + what);
}

// Of a file from which OpenSSL took no certificate.
Failure no_certificate(std::string const& file) {
  auto const code = ERR_peek_last_error();
  switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
      return wrong(file, std::string("is too weak: ") + ERR_reason_error_string(code));
    default: return wrong(file, "holds no certificate in PEM form that can be used");
  }
}

int no_password(char*, int, int, void*) { return -1; }  // never asked for on the terminal

std::string only_hex(std::string_view pin) {
  std::string hex;
  for (auto const c : pin)
    if (c != ':') hex += ascii::lower(c);
  return hex;
}

// RFC 7301: each name after its length.
std::string alpn_list(std::vector<std::string> const& names) {
  std::string list;
  for (auto const& name : names) {
    list += static_cast<char>(name.size());
    list += name;
  }
  return list;
}

unsigned char const* octets(std::string const& text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size,
                    unsigned char const* offered, unsigned offered_size, void* ours) {
  auto const& list = *static_cast<std::string const*>(ours);
  auto* out = const_cast<unsigned char*>(*chosen);
  auto const found =
      SSL_select_next_proto(&out, size, octets(list), static_cast<unsigned>(list.size()), offered,
                            offered_size) == OPENSSL_NPN_NEGOTIATED;
  *chosen = out;
  return found ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

// --- the public face ---

bool is_pin(std::string_view text) {
  auto const hex = only_hex(text);
  return hex.size() == 64 && std::ranges::all_of(hex, [](unsigned char c) { return isxdigit(c); });
}

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::client(TlsOptions options) {
  auto state = std::make_unique<State>(std::move(options), false);
  if (auto loaded = state->load(); !loaded) return loaded.failure();
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(state)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::server(TlsOptions options) {
  auto state = std::make_unique<State>(std::move(options), true);
  if (auto loaded = state->load(); !loaded) return loaded.failure();
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(state)));
}

Result<void> TlsContext::reload() { return state_->load(); }
std::string TlsContext::pin() const { return state_->pin(); }
TlsOptions const& TlsContext::options() const { return state_->options(); }

// --- the configuration ---

TlsContext::State::State(TlsOptions options, bool server)
    : options_(std::move(options)), server_(server), alpn_(alpn_list(options_.alpn)) {}

Result<void> TlsContext::State::load() {
  for (auto const& pin : options_.pins)
    if (!is_pin(pin)) return wrong("pin", "'" + pin + "' is no SHA-256 in hex; it has 64 digits");
  auto key_log = open_key_log();
  if (!key_log) return key_log.failure();
  if (server_ && options_.certificate_file.empty() && !own_.key) {
    auto made = make_certificate(options_.names);
    if (!made) return made.failure();
    own_ = std::move(*made);
  }
  auto context = make();
  if (!context) return context.failure();
  std::scoped_lock const lock(mutex_);
  context_.swap(*context);
  key_log_.swap(*key_log);
  sessions_.clear();
  return {};
}

Result<SslContext> TlsContext::State::make() const {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(server_ ? TLS_server_method() : TLS_client_method()));
  auto* const raw = context.get();
  if (!raw) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_security_level(raw, 2);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  // Otherwise one SSL_read goes on for as long as a peer sends what is no data: new keys, tickets.
  SSL_CTX_clear_mode(raw, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_app_data(raw, const_cast<State*>(this));
  if (!options_.key_log_file.empty()) SSL_CTX_set_keylog_callback(raw, &log_key);
  if (server_) SSL_CTX_set_session_id_context(raw, session_context, sizeof session_context - 1);
  // A server's sessions are kept by its clients, as tickets: kept here they would cost 10 KiB each.
  SSL_CTX_set_session_cache_mode(raw, server_ ? SSL_SESS_CACHE_OFF
                                              : SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(raw, server_ ? nullptr : &TlsSession::keep_session);
  for (auto const step : {&State::use_certificate, &State::set_verification, &State::set_alpn})
    if (auto done = (this->*step)(raw); !done) return done.failure();
  return context;
}

Result<void> TlsContext::State::use_certificate(SSL_CTX* context) const {
  auto const& file = options_.certificate_file;
  auto const& key = options_.key_file.empty() ? file : options_.key_file;
  if (file.empty() && !key.empty()) return wrong(key, "a key without a certificate");
  if (file.empty() && !own_.key) return {};
  if (file.empty()) {
    if (SSL_CTX_use_certificate(context, own_.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, own_.key.get()) != 1)
      return wrong("TLS", "cannot use the certificate made here");
    return {};
  }
  for (auto const& each : {file, key})
    if (auto readable = check_file(each); !readable) return readable;
  SSL_CTX_set_default_passwd_cb(context, &no_password);
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) != 1) return no_certificate(file);
  auto const used = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!used && ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH)
    return wrong(key, std::string("holds no private key in PEM form without a password") +
                          (key == file ? "; name the file that does as well" : ""));
  // A key of another type than the certificate's has been taken for that of another one.
  if (!used || SSL_CTX_check_private_key(context) != 1)
    return wrong(key, "is not the key of the certificate in " + file);
  warn_of_readers(key, "private key");
  return {};
}

Result<void> TlsContext::State::set_verification(SSL_CTX* context) const {
  auto const& trusted = server_ ? options_.client_trusted_file : options_.trusted_file;
  if (!trusted.empty()) {
    if (auto readable = check_file(trusted); !readable) return readable;
    if (SSL_CTX_load_verify_file(context, trusted.c_str()) != 1)
      return wrong(trusted, "holds no certificate in PEM form");
  }
  if (!server_ && !trusted.empty())
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  constexpr auto demand = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  if (!options_.pins.empty()) {
    SSL_CTX_set_verify(context, demand, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &TlsSession::verify_pin, nullptr);
  } else if (server_) {
    if (trusted.empty()) return {};
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(trusted.c_str()));
    SSL_CTX_set_verify(context, demand, nullptr);
  } else if (!options_.insecure) {
    if (trusted.empty() && SSL_CTX_set_default_verify_paths(context) != 1)
      return wrong("TLS", "cannot read the system's list of trusted certificates");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  return {};
}

Result<void> TlsContext::State::set_alpn(SSL_CTX* context) const {
  for (auto const& name : options_.alpn)
    if (name.empty() || name.size() > 255)
      return wrong("ALPN", "'" + name + "' is no protocol name; it has 1 to 255 bytes");
  if (alpn_.empty()) return {};
  auto const size = static_cast<unsigned>(alpn_.size());
  if (server_)
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, const_cast<std::string*>(&alpn_));
  else if (SSL_CTX_set_alpn_protos(context, octets(alpn_), size) != 0)
    throw std::bad_alloc();
  return {};
}

// Opened each time, since the file may have been moved away; without waiting for who reads a pipe.
Result<std::shared_ptr<Descriptor>> TlsContext::State::open_key_log() const {
  auto const& file = options_.key_log_file;
  if (file.empty()) return std::shared_ptr<Descriptor>();
  constexpr auto flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  auto opened = std::make_shared<Descriptor>(open(file.c_str(), flags, S_IRUSR | S_IWUSR));
  if (!*opened && errno == ELOOP) return wrong(file, "is a symbolic link");
  if (!*opened && errno == ENXIO) return wrong(file, "is no regular file");
  struct stat status{};
  if (!*opened || fstat(opened->get(), &status) < 0)
    return wrong(file, Failure::from_errno().message());
  if (!S_ISREG(status.st_mode)) return wrong(file, "is no regular file");
  warn_of_readers(file, "key log");
  return opened;
}

void TlsContext::State::log_key(SSL const* ssl, char const* line) noexcept {
  auto* const state = static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  auto const key_log = [&] {
    std::scoped_lock const lock(state->mutex_);
    return state->key_log_;
  }();
  char end[] = "\n";
  iovec const pieces[] = {{const_cast<char*>(line), std::strlen(line)}, {end, 1}};
  if (writev(key_log->get(), pieces, 2) < 0)
    log_failure(state->options_.key_log_file, Failure::from_errno());
}

// --- connections ---

Owned<SSL, SSL_free> TlsContext::State::connection() const {
  std::scoped_lock const lock(mutex_);
  Owned<SSL, SSL_free> ssl(SSL_new(context_.get()));
  if (!ssl) throw std::bad_alloc();
  return ssl;
}

std::string TlsContext::State::pin() const {
  std::scoped_lock const lock(mutex_);
  return fingerprint(SSL_CTX_get0_certificate(context_.get()));
}

bool TlsContext::State::pinned(std::string const& fingerprint) const {
  return std::ranges::find(options_.pins, fingerprint, only_hex) != options_.pins.end();
}

bool TlsContext::State::may_complain(Time now) {
  std::scoped_lock const lock(mutex_);
  return complaints_.may_complain(now);
}

SslSession TlsContext::State::take_session(std::string const& peer) {
  std::scoped_lock const lock(mutex_);
  auto const found = sessions_.find(peer);
  return found == sessions_.end() ? nullptr : std::move(sessions_.extract(found).mapped());
}

void TlsContext::State::keep_session(std::string const& peer, SslSession session,
                                     SSL_CTX const* made_by) {
  std::scoped_lock const lock(mutex_);
  if (made_by != context_.get()) return;  // who was trusted before a reload
  if (sessions_.size() >= most_sessions) sessions_.clear();
  sessions_[peer] = std::move(session);
}

}  // namespace twx
