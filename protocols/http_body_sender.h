// Internal to protocols/. HttpBodySender: the body of one request, as fast as the peer takes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "protocols/http_body.h"
#include "reactor/transport.h"

namespace twx {

// A pull producer: writes about one piece each time all that was written has left.
class HttpBodySender final : private Producer {
 public:
  // `failed` is called when the body cannot be sent to its end, never inside begin(): with what its
  // read() says, or Error::cannot_read where it is not as long as was said.
  explicit HttpBodySender(Function<void(Failure const&)> failed) : failed_(std::move(failed)) {}
  // Goes with its transport, or after its end.
  ~HttpBodySender() override {
    if (body_) body_->when_ready = {};
  }
  HttpBodySender(HttpBodySender const&) = delete;
  HttpBodySender& operator=(HttpBodySender const&) = delete;

  // Sends exactly `length` bytes, or chunks (RFC 9112, section 7.1) where there is none; the first
  // ones at once, so that they leave with what was written before. Fails as `failed` tells.
  Result<void> begin(Transport&, std::shared_ptr<HttpBody>, std::optional<std::uint64_t> length);
  // Sends no more.
  void stop();
  // From begin() to the end of the body.
  bool busy() const { return body_ != nullptr; }
  // Bytes of the body that were written to the transport since begin(), without their framing.
  std::uint64_t sent() const { return sent_; }
  void forget() { sent_ = 0; }

 private:
  void resume_producing() override;
  void stop_producing() override;

  Result<void> send_some();
  Result<bool> send_piece();
  Result<void> write(Bytes piece);
  void wait_for_room();
  void wait_for_body();

  Function<void(Failure const&)> failed_;
  Transport* transport_ = nullptr;  // while busy
  std::shared_ptr<HttpBody> body_;
  std::optional<std::uint64_t> left_;  // nothing: chunks
  std::uint64_t sent_ = 0;
  bool registered_ = false;
};

}  // namespace twx
