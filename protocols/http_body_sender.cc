#include "protocols/http_body_sender.h"

#include <utility>

#include "protocols/http_chunks.h"

namespace twx {
namespace {

Failure wrong_length(char const* how) {
  return Failure::with_message(Error::cannot_read,
                               std::string("the body is ") + how + " than was said");
}

}  // namespace

Result<void> HttpBodySender::begin(Transport& transport, std::shared_ptr<HttpBody> body,
                                   std::optional<std::uint64_t> length) {
  transport_ = &transport;
  body_ = std::move(body);
  left_ = length;
  sent_ = 0;
  body_->when_ready = [this] { wait_for_room(); };
  auto result = send_some();
  if (!result) stop();
  if (busy()) transport.set_tcp_no_delay(true);  // or the last piece waits for an acknowledgement
  return result;
}

void HttpBodySender::stop() {
  if (auto const body = std::exchange(body_, nullptr)) body->when_ready = {};
  if (std::exchange(registered_, false)) transport_->unregister_producer();
  transport_ = nullptr;
}

// The last thing that it does is to call failed_.
void HttpBodySender::resume_producing() {
  auto const result = send_some();
  if (result) return;
  stop();
  failed_(result.failure());
}

// The transport has let go of this; what ended it is told to its protocol.
void HttpBodySender::stop_producing() {
  registered_ = false;
  stop();
}

// Whether anything is left to do is seen in busy(). After the last byte the end is looked for at
// once: it may be all that is missing.
Result<void> HttpBodySender::send_some() {
  try {
    auto const begin = sent_;
    while (sent_ - begin < HttpBody::piece_size || left_ == std::uint64_t{0}) {
      auto const more = send_piece();
      if (!more) return more.failure();
      if (!*more) return {};
    }
    wait_for_room();
    return {};
  } catch (...) {
    return Failure::from_current_exception();
  }
}

// False if there is no more to be had now.
Result<bool> HttpBodySender::send_piece() {
  auto const read = body_->read();
  if (!read) return read.failure();
  auto const& piece = read.value();
  if (!piece) {
    wait_for_body();
    return false;
  }
  if (auto const written = write(*piece); !written) return written.failure();
  if (piece->empty()) stop();
  return busy();
}

Result<void> HttpBodySender::write(Bytes piece) {
  if (!left_) {
    transport_->write(chunk_head(piece.size()));
    transport_->write(piece);
    transport_->write("\r\n");
  } else {
    if (piece.size() > *left_) return wrong_length("longer");
    if (piece.empty() && *left_ > 0) return wrong_length("shorter");
    *left_ -= piece.size();
    transport_->write(piece);
  }
  sent_ += piece.size();
  return {};
}

void HttpBodySender::wait_for_room() {
  if (std::exchange(registered_, true)) return;
  transport_->register_producer(*this, false);
}

void HttpBodySender::wait_for_body() {
  if (std::exchange(registered_, false)) transport_->unregister_producer();
}

}  // namespace twx
