#include "protocols/receiver.h"

namespace twx {

void Receiver::data_received(Bytes data) {
  if (buffer_.delivering() || transport().paused()) return buffer_.append(text(data));
  deliver(text(data));
}

void Receiver::reading_resumed() {
  if (!output_full_) return deliver({});
  paused_before_ = false;
  transport().pause_producing();
}

void Receiver::deliver(std::string_view data) {
  auto& wire = transport();
  ReceiveBuffer::Pass pass(buffer_, data);
  while (pass.more()) {
    parse();
    if (wire.disconnecting()) return buffer_.clear();
    if (wire.paused()) return pass.stop();
  }
}

void Receiver::look_again() {
  if (buffer_.delivering() || buffer_.empty()) return;
  buffer_.put_back({});
  if (connected() && !transport().paused()) transport().resume_producing();
}

void Receiver::pause_writing() {
  output_full_ = true;
  paused_before_ = transport().paused();
  transport().pause_producing();
}

void Receiver::resume_writing() {
  output_full_ = false;
  if (!paused_before_) transport().resume_producing();
}

}  // namespace twx
