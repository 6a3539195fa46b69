#include "clients/routed_connection.h"

#include <utility>

#include "protocols/proxy_error.h"

namespace twx {

Deferred<void> RoutedConnection::step() {
  if (failure_) return fail<void>(*failure_);
  auto deferred = Deferred<void>::with_canceller([this](Promise<void>&) {
    handshake_ = nullptr;
    if (!connected())
      failure_ = Error::cancelled;
    else
      abort();
  });
  promise_ = deferred.promise();
  return deferred;
}

Deferred<void> RoutedConnection::made() { return connected() ? succeed() : step(); }

Deferred<void> RoutedConnection::talk(ProxyHandshake& handshake) {
  auto deferred = step();
  if (promise_.fired()) return deferred;
  handshake_ = &handshake;
  send_output();
  return deferred;
}

void RoutedConnection::send_output() {
  if (auto const output = handshake_->take_output(); !output.empty()) transport().write(output);
}

Deferred<void> RoutedConnection::secure(std::shared_ptr<TlsContext> context,
                                        std::string const& name) {
  if (failure_) return fail<void>(*failure_);
  if (auto const begun = transport().start_tls(std::move(context), name); !begun)
    return fail<void>(begun.failure());
  return step();
}

void RoutedConnection::become(std::unique_ptr<Protocol> inner) {
  inner_ = std::move(inner);
  inner_->make_connection(transport());
}

// Nobody has a reason to send before he is asked; with TLS to come it would be nobody's word
// (CVE-2011-0411).
void RoutedConnection::data_received(Bytes data) {
  if (inner_) return inner_->data_received(data);
  auto const code =
      handshake_ ? handshake_->ended().code() : make_error_code(ProxyError::handshake);
  auto const early = Failure::with_message(code, "the proxy sent something before it was asked");
  if (!handshake_) return give_up(early);
  auto const used = handshake_->put(data);
  if (!used) return give_up(used.failure());
  send_output();
  if (!handshake_->done()) return;
  *used == data.size() ? finish({}) : give_up(early);
}

void RoutedConnection::eof_received() {
  if (inner_) return inner_->eof_received();
  give_up(handshake_ ? handshake_->ended() : Failure(Error::connection_lost));
}

void RoutedConnection::connection_lost(Failure const& reason) {
  if (!failure_) failure_ = handshake_ ? handshake_->ended() : reason;
  if (hold_) hold_->lost(*failure_);
  hold_ = nullptr;
  if (inner_) return inner_->connection_lost(reason);
  finish(*failure_);
}

// The last thing in its caller: whoever waits goes on inside.
void RoutedConnection::finish(Result<void> const& result) {
  handshake_ = nullptr;
  auto promise = std::move(promise_);
  if (promise.fired()) return;
  result ? promise.callback() : promise.errback(result.failure());
}

void RoutedConnection::give_up(Failure const& failure) {
  if (!failure_) failure_ = failure;
  abort();
  finish(failure);
}

}  // namespace twx
