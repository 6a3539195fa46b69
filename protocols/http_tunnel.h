// Public. HttpTunnel: the client's side of CONNECT (RFC 9110, section 9.3.6).
#pragma once

#include <memory>
#include <string>

#include "protocols/http_client.h"
#include "protocols/http_response_parser.h"
#include "protocols/proxy_handshake.h"
#include "reactor/function.h"

namespace twx {

class HttpTunnel final : public ProxyHandshake, private HttpResponseReceiver {
 public:
  // Hears of answers; what it throws is the failure of put().
  using Answered = Function<void(HttpHead const&)>;

  // `request` is for CONNECT; `answered` hears of the head of each answer, 1xx included, before
  // anything else comes of it. Fails as head_of() does.
  static Result<std::unique_ptr<HttpTunnel>> begin(HttpRequest const& request,
                                                   Answered answered = {});

  std::string take_output() override;
  // Fails with ProxyError::tunnel: at the end of the head of an answer that is no 2xx, whatever its
  // body, and where the answer is broken or its head too large.
  Result<std::size_t> put(Bytes data) override;
  bool done() const override { return done_; }
  Failure ended() const override;

 private:
  HttpTunnel(std::string output, Answered answered);
  void head_received(HttpHead head) override;
  void body_received(Bytes) override {}
  void response_done() override { done_ = true; }

  std::string output_;
  Answered answered_;
  HttpResponseParser parser_{*this};
  bool done_ = false;
};

}  // namespace twx
