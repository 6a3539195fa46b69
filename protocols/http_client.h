// Public. HttpClient: one connection to an HTTP/1.1 server, for one request after the other
// (RFC 9112). Over any transport.
//
//   auto* const client = co_await connect_protocol(reactor, where, std::make_unique<HttpClient>());
//   co_await client->request({.target = "/", .fields = {{"Host", "example.org"}}}, receiver);
#pragma once

#include <memory>
#include <string>

#include "protocols/http_response_parser.h"
#include "reactor/deferred.h"
#include "reactor/function.h"
#include "reactor/protocol.h"

namespace twx {

// As it is sent: nothing is added, Host and Content-Length neither.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  HttpFields fields = {};
  SharedBytes body = nullptr;
  int version = 11;  // 10 or 11
};

// The request line, the fields and the empty line. Fails with HttpError::refused where one of them
// holds CR, LF or NUL, or a space where none can be, or where all of it is over 1 MiB.
Result<std::string> head_of(HttpRequest const&);

class HttpClient : public Protocol, private HttpResponseReceiver {
 public:
  explicit HttpClient(HttpLimits limits = {}) : parser_(*this, limits) {}

  // Sends it and hands what comes to `receiver`, which must live until the Deferred fires: when the
  // response is complete, or with what went wrong: an HttpError, what ended the connection, or what
  // the receiver threw, which ends the connection. Cancelling aborts the
  // connection. Throws std::logic_error while another request is under way.
  Deferred<void> request(HttpRequest const&, HttpResponseReceiver& receiver);
  // Whether another request may be sent on this connection.
  bool reusable() const { return reusable_ && !receiver_; }
  // Of the present or the last response; see HttpResponseParser.
  HttpResponseParser const& parser() const { return parser_; }
  // Any of it at all: a request that failed without may be tried on another connection.
  bool anything_received() const { return anything_received_; }

  // For a receiver that cannot take more for a while.
  void pause() { transport().pause_producing(); }
  void resume() { transport().resume_producing(); }
  // Ends the connection; fires when it has ended. At once if it has.
  Deferred<void> close();
  bool lost() const { return lost_; }
  // Called, if set, at the end of the connection.
  Function<void()> when_lost;

  using Protocol::transport;

 private:
  void connection_made() override { reusable_ = true; }
  void data_received(Bytes) override;
  void eof_received() override;
  void connection_lost(Failure const&) override;
  void file_forwarded(std::uint64_t count, Result<void> const& written) override;

  void head_received(HttpHead head) override { receiver_->head_received(std::move(head)); }
  void body_received(Bytes data) override { receiver_->body_received(data); }
  void trailer_received(HttpFields fields) override {
    receiver_->trailer_received(std::move(fields));
  }
  void response_done() override { receiver_->response_done(); }

  void forward_body();
  void abort(Failure const&);
  void answered();
  void finish(Result<void>);

  HttpResponseParser parser_;
  HttpResponseReceiver* receiver_ = nullptr;  // while a request is under way
  Promise<void> promise_;
  std::vector<Promise<void>> closing_;
  bool reusable_ = false;
  bool lost_ = false;
  bool anything_received_ = false;
  bool forwardable_ = true;  // the body of this response, as far as is known
};

}  // namespace twx
