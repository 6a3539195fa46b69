#include "protocols/receive_buffer.h"

#include <algorithm>
#include <utility>

namespace twx {
namespace {

// A connection that waits keeps no more than this for its next message.
constexpr std::size_t most_idle = 1024;

}  // namespace

void ReceiveBuffer::append(std::string_view data) {
  if (data.empty()) return;
  if (consumed_ > later_.size() / 2) later_.erase(0, std::exchange(consumed_, 0));
  later_ += data;
}

void ReceiveBuffer::put_back(std::string_view data) {
  std::string all;
  all.reserve(data.size() + kept().size() + ahead_.size() + later_.size() - consumed_);
  all.append(data).append(kept()).append(ahead_).append(later_, consumed_);
  clear();
  later_ = std::move(all);
}

std::string ReceiveBuffer::drain() {
  put_back({});
  return std::exchange(later_, {});
}

void ReceiveBuffer::clear() {
  if (!handed_out_) kept_.clear();
  ahead_ = {};
  later_ = {};
  consumed_ = 0;
}

std::string_view ReceiveBuffer::skip(std::size_t size) {
  auto const front = ahead_.substr(0, size);
  ahead_.remove_prefix(size);
  return front;
}

void ReceiveBuffer::keep(std::size_t size) { kept_ += skip(size); }

std::string_view ReceiveBuffer::hand_out() {
  handed_out_ = true;
  return kept_;
}

std::optional<std::string_view> ReceiveBuffer::take(std::size_t size) {
  forget_handed_out();
  if (kept_.empty() && ahead_.size() >= size) return skip(size);
  keep(std::min(size - kept_.size(), ahead_.size()));
  if (kept_.size() < size) return std::nullopt;
  return hand_out();
}

void ReceiveBuffer::forget_handed_out() {
  if (!std::exchange(handed_out_, false)) return;
  kept_.clear();
  if (kept_.capacity() > most_idle) kept_ = std::string();
}

ReceiveBuffer::Pass::Pass(ReceiveBuffer& buffer, std::string_view data) : buffer_(buffer) {
  if (buffer.later_.empty())
    buffer.ahead_ = data;
  else
    buffer.append(data);
  buffer.delivering_ = true;
}

ReceiveBuffer::Pass::~Pass() {
  buffer_.ahead_ = {};
  buffer_.delivering_ = false;
  buffer_.forget_handed_out();
}

bool ReceiveBuffer::Pass::more() {
  buffer_.forget_handed_out();
  if (!buffer_.ahead_.empty()) return true;
  own_ = std::exchange(buffer_.later_, {});
  buffer_.ahead_ = std::string_view(own_).substr(std::exchange(buffer_.consumed_, 0));
  return !buffer_.ahead_.empty();
}

void ReceiveBuffer::Pass::stop() {
  auto const ahead = std::exchange(buffer_.ahead_, {});
  if (ahead.empty()) return;
  if (own_.empty()) {
    buffer_.later_.insert(0, ahead);
  } else {
    auto const consumed = own_.size() - ahead.size();
    own_ += buffer_.later_;
    buffer_.later_ = std::move(own_);
    buffer_.consumed_ = consumed;
  }
}

}  // namespace twx
