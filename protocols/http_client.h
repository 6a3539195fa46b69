// Public. HttpClient: one connection to an HTTP/1.1 server, for one request after the other
// (RFC 9112). Over any transport.
//
//   auto* const client = co_await connect_protocol(reactor, where, std::make_unique<HttpClient>());
//   HttpRequest const request{.target = "/", .fields = {{"Host", "example.org"}}};
//   co_await client->request(request, receiver);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "protocols/http_body_sender.h"
#include "protocols/http_response_parser.h"
#include "reactor/clock.h"
#include "reactor/deferred.h"
#include "reactor/function.h"
#include "reactor/protocol.h"

namespace twx {

// As it is sent: nothing is added, Host and Content-Length neither. A body goes in chunks if the
// fields say "Transfer-Encoding: chunked"; otherwise it has as many bytes as its Content-Length
// says, or as it says itself.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  HttpFields fields = {};
  std::shared_ptr<HttpBody> body = nullptr;
  int version = 11;            // 10 or 11
  HttpLeniency leniency = {};  // towards its answer
};

// The request line, the fields and the empty line. Fails with HttpError::refused where one of them
// holds CR, LF or NUL, or a space where none can be, or where all of it is over 1 MiB.
Result<std::string> head_of(HttpRequest const&);

class HttpClient : public Protocol, private HttpResponseReceiver {
 public:
  explicit HttpClient(HttpLimits limits = {}) : parser_(*this, limits) {}

  // Sends it and hands what comes to `receiver`, which must live until the Deferred fires: when the
  // response is complete, or with what went wrong: an HttpError, what ended the connection, or what
  // the receiver threw, which ends the connection. Cancelling aborts the connection. Throws
  // std::logic_error while another request is under way.
  //
  // The body is sent while the response is read. A body that was read before is rewound:
  // HttpError::cannot_rewind if it cannot be, HttpError::refused if its length is not known and
  // there are no chunks; nothing is sent then. Error::cannot_read, which aborts the connection, if
  // it fails later or is not as long as was said. A response of 300 or more ends the sending, and
  // so does the end of any response; the connection can carry no other request then.
  Deferred<void> request(HttpRequest const&, HttpResponseReceiver& receiver);
  // The same where its head_of() is known already.
  Deferred<void> request(HttpRequest const&, std::string const& head,
                         HttpResponseReceiver& receiver);
  // A body whose request says "Expect: 100-continue" (RFC 9110, section 10.1.1) waits for the 100,
  // but no longer than this; without this call, for as long as it takes. If the response comes
  // instead the body is not sent, and the connection ends after it. `clock` must live as long.
  void limit_waiting(Clock& clock, Duration limit = std::chrono::seconds(1));
  // Of the present or the last request: bytes of its body that were written, without chunks'
  // framing. 0 where the server did not want it.
  std::uint64_t body_sent() const { return sender_.sent(); }
  // Whether all of its body was.
  bool body_complete() const { return !waiting_ && !sender_.busy() && !cut_short_; }

  // Whether another request may be sent on this connection. After a 2xx to a CONNECT (RFC 9110,
  // section 9.3.6): whether the tunnel can be used, by further requests, which go to its far end,
  // after start_tls() where that wants TLS. After a 101 never.
  bool reusable() const { return reusable_ && !receiver_; }
  // Goes over to TLS between two requests; see Transport::start_tls. Fires when the peer is
  // verified. Fails as that does, or with what ended the connection.
  Deferred<void> start_tls(std::shared_ptr<TlsContext>, std::string const& peer_name = {});
  // Of the present or the last response; see HttpResponseParser.
  HttpResponseParser const& parser() const { return parser_; }
  // Any of it at all: a request that failed without may be tried on another connection.
  bool anything_received() const { return anything_received_; }
  // This side's own address; the system is asked once.
  Address const& host();

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
  void handshake_completed() override;
  // What waits here is bounded: a head and a piece of a body. The response is read meanwhile.
  void pause_writing() override {}
  void resume_writing() override {}

  void head_received(HttpHead head) override;
  void body_received(Bytes data) override {
    if (receiver_) receiver_->body_received(data);
  }
  void trailer_received(HttpFields const& fields) override {
    if (receiver_) receiver_->trailer_received(fields);
  }
  void response_done() override {
    if (receiver_) receiver_->response_done();
  }

  void forward_body();
  Result<void> prepare(HttpRequest const&);
  void begin(HttpRequest const&, std::string const& head);
  void send_body();
  void stop_body();
  void response_ended(bool all_used);
  void abort(Failure const&);
  void finish(Result<void> const&);

  HttpResponseParser parser_;
  HttpResponseReceiver* receiver_ = nullptr;  // while a request is under way
  Promise<void> promise_;
  HttpBodySender sender_{[this](Failure const& why) { abort(why); }};
  std::shared_ptr<HttpBody> waiting_;    // for the 100
  std::optional<std::uint64_t> length_;  // of the body; nothing: chunks
  Clock* clock_ = nullptr;
  Duration longest_wait_{};
  DelayedCall end_of_wait_;
  Promise<void> secured_;
  std::optional<Address> host_;
  bool connect_ = false;    // the request is a CONNECT
  bool tunnel_ = false;     // its answer was a 2xx
  bool switched_ = false;   // to another protocol: a 101
  bool continued_ = false;  // a 100 came
  bool cut_short_ = false;  // the body was not sent to its end
  std::vector<Promise<void>> closing_;
  bool reusable_ = false;
  bool lost_ = false;
  bool anything_received_ = false;
  bool forwardable_ = true;  // the body of this response, as far as is known
};

}  // namespace twx
