#include "protocols/netstring_receiver.h"

#include <charconv>
#include <limits>

#include "protocols/write_message.h"

namespace twx {

void NetstringReceiver::send_string(std::string_view string) {
  char head[std::numeric_limits<std::size_t>::digits10 + 2];
  auto* const colon = std::to_chars(head, head + sizeof head - 1, string.size()).ptr;
  *colon = ':';
  Bytes const parts[] = {bytes(std::string_view(head, colon + 1)), bytes(string), bytes(",")};
  write_message(transport(), parts);
}

void NetstringReceiver::parse() {
  if (!given_up() && !has_length_) parse_length();
  if (given_up()) return buffer_.clear();
  if (!has_length_) return;
  auto const string = buffer_.take(length_ + 1);
  if (!string) return;
  if (!string->ends_with(',')) return refuse();
  length_ = 0;
  has_digits_ = has_length_ = false;
  string_received(string->substr(0, string->size() - 1));
}

void NetstringReceiver::parse_length() {
  while (!has_length_ && !buffer_.ahead().empty()) {
    auto const next = buffer_.skip(1).front();
    if (next == ':' && has_digits_)
      has_length_ = true;
    else if (!take_digit(next))
      return refuse();
  }
}

// False if it makes no length.
bool NetstringReceiver::take_digit(char digit) {
  auto const leading_zero = has_digits_ && length_ == 0;
  if (digit < '0' || digit > '9' || leading_zero) return false;
  auto const value = static_cast<std::size_t>(digit - '0');
  if (value > max_length() || length_ > (max_length() - value) / 10) return false;
  length_ = length_ * 10 + value;
  has_digits_ = true;
  return true;
}

void NetstringReceiver::refuse() {
  give_up();
  transport().lose_connection();
}

}  // namespace twx
