// Public. Receiver: what all framing receivers have in common. See LineReceiver, NetstringReceiver,
// IntStringReceiver.
#pragma once

#include "protocols/receive_buffer.h"
#include "reactor/protocol.h"

namespace twx {

// Cuts the stream into messages, the same ones however the network split it, in linear time. What
// a callback is given is valid in that call only.
//
// - transport().pause_producing() in a callback stops delivery at once, and reading. What is left
//   comes after transport().resume_producing(), at the end of that turn, before anything is read:
//   never inside the call. (Under a limit on the rate: when the rest of reading is over.)
// - After lose_connection or abort_connection in a callback nothing more is delivered.
// - data_received called from a callback adds to what is left and returns.
// - A message that is incomplete when the connection ends is dropped.
// - What a callback throws drops what is left and goes on to the transport, which ends the
//   connection.
//
// Memory: one message of the greatest length, and one reading while delivery is stopped.
class Receiver : public Protocol {
 public:
  void data_received(Bytes data) override;
  void reading_resumed() override;
  // Nothing is read while output is full, whatever the protocol resumes; when it has drained, a
  // pause that the protocol had begun before goes on.
  void pause_writing() override;
  void resume_writing() override;

 protected:
  // Takes one message from the buffer, in which something is ahead, and hands it over; or keeps the
  // beginning of one. Consumes at least a byte.
  virtual void parse() = 0;
  // What is left is to be looked at again: soon, not in this call.
  void look_again();
  // What has come and was not handed over yet.
  ReceiveBuffer buffer_;

 private:
  void deliver(std::string_view data);

  bool output_full_ = false;
  bool paused_before_ = false;  // when output became full
};

}  // namespace twx
