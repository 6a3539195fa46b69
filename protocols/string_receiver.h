// Public. StringReceiver: what NetstringReceiver and IntStringReceiver have in common.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "protocols/receiver.h"

namespace twx {

// send_string of what the framing cannot say: a programming error.
struct StringTooLongError : std::length_error {
  StringTooLongError() : std::length_error("the string is too long for its framing") {}
};

// Strings of any bytes, each sent with its length.
class StringReceiver : public Receiver {
 public:
  // One string, whole; valid in the call only.
  virtual void string_received(std::string_view string) = 0;
  // Writes the string with its length. Throws StringTooLongError where that cannot be said.
  virtual void send_string(std::string_view string) = 0;

  // Of a received string, in bytes; 99,999 at first.
  void set_max_length(std::size_t length) { max_length_ = length; }
  std::size_t max_length() const { return max_length_; }

 protected:
  // Nothing is handed over from now on: where the next string begins is not known.
  void give_up() {
    given_up_ = true;
    buffer_.clear();
  }
  bool given_up() const { return given_up_; }

 private:
  std::size_t max_length_ = 99999;
  bool given_up_ = false;
};

}  // namespace twx
