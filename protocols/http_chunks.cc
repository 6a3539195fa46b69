#include "protocols/http_chunks.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "protocols/http_words.h"
#include "protocols/percent.h"

namespace twx {
namespace {

constexpr std::size_t most_size_line = 16 * 1024;  // with its extensions
constexpr int most_digits = 16;

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string chunk_head(std::size_t size) {
  char head[16];
  auto* const end = std::to_chars(head, std::end(head), size, 16).ptr;
  return std::string(head, end) + "\r\n";
}

Result<std::size_t> HttpChunks::put(std::string_view data) {
  std::size_t used = 0;
  Result<void> right;
  while (right && !done() && used < data.size()) {
    if (state_ == State::data)
      used += take_data(data.substr(used));
    else if (right = put_byte(data[used]); right)
      ++used;
  }
  if (raw_ && used > 0) sink_(bytes(data.substr(0, used)));
  if (!right) return right.failure();
  return used;
}

std::size_t HttpChunks::take_data(std::string_view data) {
  auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size()));
  left_ -= size;
  if (left_ == 0) state_ = State::data_cr;
  if (!raw_) sink_(bytes(data.substr(0, size)));
  return size;
}

Result<void> HttpChunks::put_byte(char c) {
  switch (state_) {
    case State::data_cr: return want(c == '\r', State::data_lf);
    case State::data_lf:
      digits_ = 0;
      line_ = 0;
      return want(c == '\n', State::size);
    case State::size_end: return want(c == '\n', left_ == 0 ? State::trailer : State::data);
    case State::trailer: return put_trailer(c);
    default: return put_size_line(c);
  }
}

Result<void> HttpChunks::want(bool right, State next) {
  if (!right) return Failure(HttpError::bad_chunk);
  state_ = next;
  return {};
}

// What an extension says is passed over.
Result<void> HttpChunks::put_size_line(char c) {
  if (++line_ > most_size_line) return Failure(HttpError::head_too_large);
  if (state_ == State::size && hex_value(c) >= 0) return put_digit(c);
  if (c == '\r') return want(digits_ > 0, State::size_end);
  if (state_ == State::extension) return want(is_field_char(c), State::extension);
  return want(digits_ > 0 && (c == ';' || is_space(c)),
              c == ';' ? State::extension : State::spaces);
}

Result<void> HttpChunks::put_digit(char c) {
  if (++digits_ > most_digits) return Failure(HttpError::bad_chunk);
  left_ = left_ * 16 + static_cast<std::uint64_t>(hex_value(c));
  return {};
}

Result<void> HttpChunks::put_trailer(char c) {
  if (++trailer_size_ > limits_.trailers) return Failure(HttpError::head_too_large);
  text_ += c;
  return c == '\n' ? end_trailer_line() : Result<void>();
}

Result<void> HttpChunks::end_trailer_line() {
  auto const whole = std::exchange(text_, {});
  auto line = std::string_view(whole);
  line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
  if (line.empty()) return want(true, State::done);
  if (line.find_first_of(std::string_view("\0\r", 2)) != line.npos)
    return Failure(HttpError::malformed);
  if (!add_field_line(trailer_, line)) return Failure(HttpError::malformed);
  if (trailer_.size() > limits_.fields) return Failure(HttpError::head_too_large);
  return {};
}

}  // namespace twx
