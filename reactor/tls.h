// Public. TLS for stream connections, over TCP or unix sockets: what each side wants of it, and
// what came out. Versions 1.2 and 1.3; the peer's chain and name are verified unless told
// otherwise.
//
//   auto context = TlsContext::client({.trusted_file = "ca.pem"}).value();
//   reactor.connect_tcp("example.org", 443, factory, {.tls = context});
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

// Files are PEM. An empty one means the default.
struct TlsOptions {
  // Clients: who may sign the peer's certificate, roots or not, or that certificate itself, which
  // must be for the right name all the same. Default: the system's list.
  std::string trusted_file = {};
  std::string certificate_file = {};  // one's own, the leaf first, then the rest of its chain
  std::string key_file = {};          // its key; default: in certificate_file
  // SHA-256 of the peer's certificate (DER) in hex, colons allowed. If any is given the peer must
  // have one of these certificates, and who signed it and for what name no longer matters.
  std::vector<std::string> pins = {};
  // Clients: the name that the certificate must be for, and that is sent (SNI) unless it is an IP
  // literal. Default: the host connected to. What is no name (an empty label, more than 253 bytes,
  // not ASCII) fails with Error::tls_handshake before anything is sent.
  std::string server_name = {};
  std::vector<std::string> alpn = {};  // protocols that this side speaks, best first (RFC 7301)
  // Servers: who may sign the clients' certificates; then each client must have one.
  std::string client_trusted_file = {};
  // Servers without a certificate_file make a certificate for these names and addresses, valid for
  // a year and kept in memory. Default: localhost, this host's name, and the loopback addresses.
  std::vector<std::string> names = {};
  bool insecure = false;  // clients: whatever the peer shows will do
  // The secrets of each connection are appended here (NSS key log format), for Wireshark.
  // Made with mode 0600; a symbolic link is refused, and whatever is no regular file.
  std::string key_log_file = {};
  // Of servers and of start_tls, then Error::handshake_timeout; zero is for ever. A client that
  // connects has its connector's time-out. Nothing else bounds handshakes under way: until then
  // each holds a descriptor and up to 60 KiB, and no limit of connections counts it, since there is
  // no protocol yet.
  Duration handshake_timeout = std::chrono::seconds(10);

  bool operator==(TlsOptions const&) const = default;
};

// Whether `text` can be a pin: 64 hex digits, colons apart.
bool is_pin(std::string_view text);

// What was negotiated on a connection.
struct TlsInfo {
  std::string version = {};      // "TLSv1.3"
  std::string cipher = {};       // "TLS_AES_256_GCM_SHA384"
  std::string alpn = {};         // empty: none
  std::string server_name = {};  // that the client sent; empty: none
  std::string pin = {};          // SHA-256 of the peer's certificate in hex; empty: it has none
  bool resumed = false;          // an earlier session was continued
};

// One side's keys and rules, for any number of connections. Safe to share between threads.
class TlsContext {
 public:
  // They fail with Error::tls_configuration: the message names the file and what is wrong with it.
  static Result<std::shared_ptr<TlsContext>> client(TlsOptions);
  static Result<std::shared_ptr<TlsContext>> server(TlsOptions);
  ~TlsContext();
  TlsContext(TlsContext const&) = delete;
  TlsContext& operator=(TlsContext const&) = delete;

  // Reads all files again, for the connections to come; those that live keep what they have. The
  // key log is opened again, for all of them. After a failure everything is as before.
  Result<void> reload();
  // SHA-256 of one's own certificate in hex; empty without one.
  std::string pin() const;
  TlsOptions const& options() const;

  class State;  // internal to reactor/
  State& state() const { return *state_; }

 private:
  explicit TlsContext(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace twx
