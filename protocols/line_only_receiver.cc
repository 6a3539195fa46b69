#include "protocols/line_only_receiver.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "protocols/write_message.h"

namespace twx {
namespace {

constexpr auto npos = std::string_view::npos;

// How many bytes of `text` go up to the first `byte`, itself included; npos if there is none.
std::size_t up_to(char byte, std::string_view text) {
  auto const* const found =
      text.empty() ? nullptr
                   : static_cast<char const*>(std::memchr(text.data(), byte, text.size()));
  return found ? static_cast<std::size_t>(found - text.data()) + 1 : npos;
}

}  // namespace

void LineOnlyReceiver::send_line(std::string_view line) {
  auto const end = any_ && (!heard_ || peer_sends_cr_) ? std::string_view("\r\n") : delimiter_;
  Bytes const parts[] = {bytes(line), bytes(end)};
  if (line.size() + end.size() <= most_joined) return write_message(transport(), parts);
  // In one piece: a long line leaves at once, and its end by itself would be held back by Nagle's
  // algorithm until the peer answers.
  std::string whole;
  whole.reserve(line.size() + end.size());
  transport().write(whole.append(line).append(end));
}

void LineOnlyReceiver::set_delimiter(std::string delimiter) {
  if (delimiter.empty()) throw std::invalid_argument("a delimiter has at least one byte");
  delimiter_ = std::move(delimiter);
  any_ = false;
  look_again();
}

void LineOnlyReceiver::set_line_end(LineEnd end) {
  set_delimiter(end == LineEnd::crlf ? "\r\n" : "\n");
  any_ = end == LineEnd::any;
  heard_ = false;
}

void LineOnlyReceiver::set_max_length(std::size_t length) {
  max_length_ = std::min(length, std::numeric_limits<std::size_t>::max() / 2);
}

void LineOnlyReceiver::data_received(Bytes data) {
  // The middle of a line, in a few instructions, for peers that send it in small pieces.
  auto const piece = text(data);
  if (buffer_.inside_message() && buffer_.kept().size() + piece.size() < limit() &&
      up_to(delimiter_.back(), piece) == npos)
    return buffer_.extend(piece);
  Receiver::data_received(data);
}

void LineOnlyReceiver::parse() { buffer_.kept().empty() ? parse_in_place() : parse_kept(); }

std::size_t LineOnlyReceiver::past_delimiter(std::string_view text) const {
  for (std::size_t past = 0;;) {
    auto const step = up_to(delimiter_.back(), text.substr(past));
    if (step == npos) return npos;
    past += step;
    if (text.substr(0, past).ends_with(delimiter_)) return past;
  }
}

void LineOnlyReceiver::parse_in_place() {
  auto const window = buffer_.ahead().substr(0, limit());
  auto const past = past_delimiter(window);
  if (past != npos)
    hand_over(buffer_.skip(past));
  else if (window.size() == limit())
    exceeded();
  else
    buffer_.keep(window.size());
}

// The kept bytes hold no delimiter; one may begin in them.
void LineOnlyReceiver::parse_kept() {
  auto const size = buffer_.kept().size();
  auto const window = buffer_.ahead().substr(0, limit() - std::min(size, limit()));
  auto const past = up_to(delimiter_.back(), window);
  buffer_.keep(std::min(past, window.size()));
  if (past != npos && buffer_.kept().ends_with(delimiter_))
    hand_over(buffer_.hand_out());
  else if (buffer_.kept().size() >= limit())
    exceeded();
}

void LineOnlyReceiver::hand_over(std::string_view whole) {
  auto line = whole.substr(0, whole.size() - delimiter_.size());
  if (any_) {
    auto const cr = line.ends_with('\r');
    if (!std::exchange(heard_, true)) peer_sends_cr_ = cr;
    if (cr) line.remove_suffix(1);
    if (line.size() > max_length_) return exceeded(whole);  // it has no "\r"
  }
  line_received(line);
}

void LineOnlyReceiver::exceeded(std::string_view beginning) {
  std::string rest(beginning);
  rest += buffer_.drain();
  line_length_exceeded(rest);
}

}  // namespace twx
