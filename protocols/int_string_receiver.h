// Public. Int8StringReceiver, Int16StringReceiver, Int32StringReceiver: strings behind their length
// in 1, 2 or 4 bytes, the most significant first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocols/string_receiver.h"

namespace twx {

class IntStringReceiver : public StringReceiver {
 public:
  // A length is above max_length. Nothing more is handed over, whether or not this closes the
  // connection.
  virtual void length_limit_exceeded(std::size_t /*length*/) { transport().lose_connection(); }

  // Throws StringTooLongError, and writes nothing, if the prefix cannot say the length.
  void send_string(std::string_view string) override;

 protected:
  explicit IntStringReceiver(unsigned prefix_size) : prefix_size_(prefix_size) {}
  void parse() override;

 private:
  unsigned const prefix_size_;
  std::optional<std::size_t> length_;  // of the string that comes next
};
// The length stands before each string as a Prefix, most significant octet first.
template <class Prefix>
class PrefixedStringReceiver : public IntStringReceiver {
 public:
  PrefixedStringReceiver() : IntStringReceiver(sizeof(Prefix)) {}
};
// With a length of one, two or four octets.
using Int8StringReceiver = PrefixedStringReceiver<std::uint8_t>;
using Int16StringReceiver = PrefixedStringReceiver<std::uint16_t>;
using Int32StringReceiver = PrefixedStringReceiver<std::uint32_t>;

}  // namespace twx
