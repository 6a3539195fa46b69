#include "protocols/int_string_receiver.h"

#include "protocols/write_message.h"

namespace twx {
namespace {

std::size_t big_endian(std::string_view prefix) {
  std::size_t value = 0;
  for (auto const byte : prefix) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

void IntStringReceiver::send_string(std::string_view string) {
  if (std::uint64_t{string.size()} >> (8 * prefix_size_) != 0) throw StringTooLongError();
  char prefix[sizeof(std::uint32_t)];
  auto left = string.size();
  for (auto i = prefix_size_; i > 0; left >>= 8) prefix[--i] = static_cast<char>(left);
  Bytes const parts[] = {bytes(std::string_view(prefix, prefix_size_)), bytes(string)};
  write_message(transport(), parts);
}

void IntStringReceiver::parse() {
  if (given_up()) return buffer_.clear();
  if (!length_) {
    auto const prefix = buffer_.take(prefix_size_);
    if (!prefix) return;
    length_ = big_endian(*prefix);
  }
  if (*length_ > max_length()) {
    give_up();
    return length_limit_exceeded(*length_);
  }
  auto const string = buffer_.take(*length_);
  if (!string) return;
  length_.reset();
  string_received(*string);
}

}  // namespace twx
