// RoutedConnection: the connection of an HttpRoute, on its way through proxies.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "protocols/proxy_handshake.h"
#include "reactor/deferred.h"
#include "reactor/protocol.h"
#include "reactor/transport.h"

namespace twx {

class ConnectionHold;

// The one protocol of a connection: first what is said to proxies, and TLS; then everything goes to
// the protocol that it was made for, on the same transport. One step at a time.
class RoutedConnection final : public Protocol {
 public:
  // Each of these fires when it has been carried out; a failure ends the connection.
  Deferred<void> made();
  Deferred<void> talk(ProxyHandshake& handshake);  // must live until then
  Deferred<void> secure(std::shared_ptr<TlsContext> context, std::string const& name);
  // From now on all is `inner`'s.
  void become(std::unique_ptr<Protocol> inner);

  void abort() { transport().abort_connection(); }
  void be_held_by(ConnectionHold* hold) { hold_ = hold; }
  using Protocol::transport;

 private:
  void connection_made() override { failure_ ? abort() : finish({}); }
  void data_received(Bytes data) override;
  void eof_received() override;
  void handshake_completed() override { inner_ ? inner_->handshake_completed() : finish({}); }
  void connection_lost(Failure const& reason) override;
  void write_connection_lost() override {
    if (inner_) inner_->write_connection_lost();
  }
  void pause_writing() override { inner_ ? inner_->pause_writing() : Protocol::pause_writing(); }
  void resume_writing() override { inner_ ? inner_->resume_writing() : Protocol::resume_writing(); }
  void reading_resumed() override {
    if (inner_) inner_->reading_resumed();
  }
  void file_forwarded(std::uint64_t count, Result<void> const& written) override {
    if (inner_) inner_->file_forwarded(count, written);
  }

  Deferred<void> step();
  void send_output();
  void finish(Result<void> const&);
  void give_up(Failure const&);

  ProxyHandshake* handshake_ = nullptr;  // while it is under way
  Promise<void> promise_;                // of the present step
  std::optional<Failure> failure_;
  ConnectionHold* hold_ = nullptr;
  std::unique_ptr<Protocol> inner_;
};

// A connection on its way: aborted if it does not get there.
class ConnectionHold {
 public:
  explicit ConnectionHold(RoutedConnection* connection) : connection_(connection) {
    connection_->be_held_by(this);
  }
  ~ConnectionHold() {
    if (!connection_) return;
    connection_->be_held_by(nullptr);
    if (!arrived_) connection_->abort();
  }
  ConnectionHold(ConnectionHold const&) = delete;
  ConnectionHold& operator=(ConnectionHold const&) = delete;

  // Throws if the connection is over.
  RoutedConnection& get() const {
    if (!connection_) throw FailureException(reason_);
    return *connection_;
  }
  void lost(Failure const& reason) {
    connection_ = nullptr;
    reason_ = reason;
  }
  void arrived() { arrived_ = true; }

 private:
  RoutedConnection* connection_;
  Failure reason_ = Error::connection_lost;
  bool arrived_ = false;
};

}  // namespace twx
