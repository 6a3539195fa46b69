// Public. NetstringReceiver: strings as "5:hello,". http://cr.yp.to/proto/netstrings.txt
#pragma once

#include <cstddef>
#include <string_view>

#include "protocols/string_receiver.h"

namespace twx {

// A peer that sends anything else (a leading zero, a sign, a space, no digits, a length above
// max_length, no comma) is broken: the connection is lost, and no string follows. A length is
// refused as soon as it is too great, whether or not the colon has come.
class NetstringReceiver : public StringReceiver {
 public:
  void send_string(std::string_view string) override;
  // What came was no netstring.
  bool broken_peer() const { return given_up(); }

 protected:
  void parse() override;

 private:
  void parse_length();
  bool take_digit(char digit);
  void refuse();

  std::size_t length_ = 0;
  bool has_digits_ = false;  // length_ has
  bool has_length_ = false;  // the colon too
};

}  // namespace twx
