#include "clients/watched_body.h"

#include <utility>

namespace twx {

WatchedBody::WatchedBody(std::shared_ptr<HttpBody> body, Clock& clock, Sending sending)
    : body_(std::move(body)), clock_(clock), sending_(std::move(sending)) {
  body_->when_ready = [this] {
    if (when_ready && !pause_.active()) when_ready();
  };
}

Result<std::optional<Bytes>> WatchedBody::read() {
  if (pause_.active()) return std::optional<Bytes>();
  auto piece = body_->read();
  if (!piece) return piece;
  auto const given = piece->value_or(Bytes());
  if (given.empty()) return piece;
  if (auto const pause = sending_(given); pause > Duration::zero())
    pause_ = clock_.call_later(pause, [this] {
      if (when_ready) when_ready();
    });
  return piece;
}

bool WatchedBody::rewind() {
  pause_ = {};
  return body_->rewind();
}

}  // namespace twx
