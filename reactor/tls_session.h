// Internal to reactor/. TLS on one socket, which is non-blocking: OpenSSL reads and writes it
// itself, by way of a TlsSocket.
#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reactor/tls_context.h"
#include "reactor/tls_socket.h"

namespace twx {

class TlsSession {
 public:
  // `peer_name`: of the host connected to, for clients. `peer_key`: host and port, for continuing
  // an earlier session; empty: never.
  TlsSession(std::shared_ptr<TlsContext>, int fd, std::string const& peer_name,
             std::string peer_key);
  ~TlsSession();
  TlsSession(TlsSession const&) = delete;
  TlsSession& operator=(TlsSession const&) = delete;

  enum class Step { done, want_input, want_output, failed };
  // Goes on with the handshake until it would block.
  Step handshake();
  bool established() const { return established_; }

  // As recv(2) and sendmsg(2): 0 is the peer's close_notify; errno is EAGAIN where the socket is
  // not ready, EPROTO where failure() tells more.
  ssize_t receive(std::span<std::byte>);
  // Counts the bytes whose records have left as a whole. After it has taken fewer than it was
  // given, or none, the next call has to begin with the rest of them. Given nothing it offers the
  // socket what holds_output() is about.
  ssize_t send(iovec const*, int count);
  // The socket has not yet taken all that OpenSSL wrote; that need not be bytes given to send().
  bool holds_output() const { return socket_.kept() > 0; }
  // More may be had without the socket: receive() stopped because its buffer was full, or it came
  // with the end of the handshake.
  bool input_buffered() const { return more_; }
  // Tells the peer that no more comes. False if that cannot be now: try again.
  bool close_notify();
  // After EAGAIN or false: the other direction has to be ready. A message of the peer that came in
  // part (RFC 8446, section 4.6) stops output until the rest is there, and one that asks for an
  // answer stops input until the answer has left.
  bool output_wants_input() const;
  bool input_wants_output() const { return input_wants_output_; }

  // A client has said good bye, and the server may still refuse it: with TLS 1.3 the client's
  // certificate is looked at after its last word of the handshake (RFC 8446, appendix E.5).
  bool may_be_refused() const { return notified_ && !is_server() && !failure(); }
  // By an alert that is not about the end of our output.
  bool refused() const { return refused_; }
  bool is_server() const { return context_->state().server(); }

  std::optional<Failure> const& failure() const {
    return input_failure_ ? input_failure_ : failure_;
  }
  // The peer does not speak TLS, and that has not been said for a while.
  bool is_worth_a_notice(Time now) const {
    return in_clear_ && context_->state().may_complain(now);
  }
  TlsInfo info() const;
  TlsOptions const& options() const { return context_->options(); }

 private:
  friend class TlsContext::State;
  // What OpenSSL calls.
  static int keep_session(SSL*, SSL_SESSION*) noexcept;
  static int verify_pin(X509_STORE_CTX*, void*) noexcept;
  void expect_peer(std::string const& name);
  bool verified();
  bool pinned(X509 const*);
  ssize_t read(std::span<std::byte>);
  int fail(int error, std::optional<Failure>& why);
  bool let_go();
  bool finish_message();
  void go_on_reading();
  Failure describe(int error);

  std::shared_ptr<TlsContext> context_;
  TlsSocket socket_;
  Owned<SSL, SSL_free> ssl_;
  std::string name_;
  std::string peer_key_;
  std::optional<Failure> failure_;
  std::optional<Failure> input_failure_;  // after which nothing more is read
  std::size_t owed_ = 0;                  // of what was given to send(), in a record that was held
  bool established_ = false;
  bool more_ = false;
  bool output_failed_ = false;
  bool output_wants_input_ = false;
  bool input_wants_output_ = false;
  bool notified_ = false;
  bool refused_ = false;
  bool in_clear_ = false;  // what came is no TLS
};

}  // namespace twx
