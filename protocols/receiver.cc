#include "protocols/receiver.h"

#include <utility>

namespace twx {

void Receiver::data_received(Bytes data) {
  if (buffer_.delivering() || transport().paused()) return buffer_.append(text(data));
  deliver(text(data));
}

void Receiver::reading_resumed() {
  if (!buffer_.delivering()) deliver({});
}

void Receiver::deliver(std::string_view data) {
  ReceiveBuffer::Pass pass(buffer_, data);
  auto& wire = transport();
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
  if (transport().paused()) return;
  slowed_ = true;
  transport().pause_producing();
}

void Receiver::resume_writing() {
  if (std::exchange(slowed_, false)) transport().resume_producing();
}

}  // namespace twx
