// Internal to reactor/. What stands behind a TlsContext: OpenSSL's SSL_CTX, replaced as a whole on
// reload, and the sessions that a client may continue.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "reactor/complaints.h"
#include "reactor/descriptor.h"
#include "reactor/tls.h"

namespace twx {

template <auto free>
struct FreeBy {
  template <class T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, FreeBy<free>>;

using SslContext = Owned<SSL_CTX, SSL_CTX_free>;
using SslSession = Owned<SSL_SESSION, SSL_SESSION_free>;
using Certificate = Owned<X509, X509_free>;
using PrivateKey = Owned<EVP_PKEY, EVP_PKEY_free>;

// SHA-256 of the certificate in lower-case hex; empty without a certificate.
std::string fingerprint(X509 const*);

// For a person: the names and addresses that it is for, at most five of them.
std::string names_of(X509 const*);

// A certificate for `names` that signs itself, with its key (EC P-256).
struct OwnCertificate {
  Certificate certificate;
  PrivateKey key;
};
Result<OwnCertificate> make_certificate(std::vector<std::string> const& names);

class TlsContext::State {
 public:
  State(TlsOptions options, bool server);

  Result<void> load();
  // A connection of the present configuration.
  Owned<SSL, SSL_free> connection() const;

  TlsOptions const& options() const { return options_; }
  bool server() const { return server_; }
  std::string pin() const;
  // Whether `fingerprint` is one of the pins.
  bool pinned(std::string const& fingerprint) const;

  // Once a second for all connections: of what anybody can cause as often as they like.
  bool may_complain(Time now);

  // Sessions of a client, each used once; `peer` tells server and name apart.
  SslSession take_session(std::string const& peer);
  // Not those of a configuration that has been replaced.
  void keep_session(std::string const& peer, SslSession, SSL_CTX const* made_by);

 private:
  Result<SslContext> make() const;
  Result<void> use_certificate(SSL_CTX*) const;
  Result<void> set_verification(SSL_CTX*) const;
  Result<void> set_alpn(SSL_CTX*) const;
  Result<std::shared_ptr<Descriptor>> open_key_log() const;
  static void log_key(SSL const*, char const* line) noexcept;

  TlsOptions const options_;
  bool const server_;
  OwnCertificate own_;      // made once: its pin outlives a reload
  std::string const alpn_;  // as OpenSSL wants it
  std::mutex mutable mutex_;
  SslContext context_;
  std::shared_ptr<Descriptor> key_log_;  // shared with who is writing to it
  std::map<std::string, SslSession> sessions_;
  Complaints complaints_;
};

}  // namespace twx
