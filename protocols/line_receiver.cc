#include "protocols/line_receiver.h"

#include <stdexcept>

namespace twx {

void LineReceiver::raw_data_received(Bytes) {
  throw std::logic_error("raw mode without raw_data_received");
}

void LineReceiver::set_raw_mode() {
  raw_ = true;
  look_again();
}

void LineReceiver::set_line_mode(std::string_view extra) {
  raw_ = false;
  if (extra.empty()) return;
  buffer_.put_back(extra);
  look_again();
}

void LineReceiver::parse() {
  if (!raw_) return LineOnlyReceiver::parse();
  raw_data_received(bytes(buffer_.skip(buffer_.ahead().size())));
}

}  // namespace twx
