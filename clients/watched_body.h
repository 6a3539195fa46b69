// WatchedBody: a body of which each piece is told, and may be followed by a pause.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "protocols/http_body.h"
#include "reactor/clock.h"

namespace twx {

class WatchedBody final : public HttpBody {
 public:
  // How long nothing more is to be read after this piece, which is not empty.
  using Sending = std::function<Duration(Bytes)>;
  // `clock` must live longer.
  WatchedBody(std::shared_ptr<HttpBody> body, Clock& clock, Sending sending);
  ~WatchedBody() override { body_->when_ready = {}; }
  WatchedBody(WatchedBody const&) = delete;
  WatchedBody& operator=(WatchedBody const&) = delete;

  std::optional<std::uint64_t> size() const override { return body_->size(); }
  Result<std::optional<Bytes>> read() override;
  bool rewind() override;

 private:
  std::shared_ptr<HttpBody> const body_;
  Clock& clock_;
  Sending const sending_;
  DelayedCall pause_;
};

}  // namespace twx
