// Public. Protocol: what happens on one connection. Derive, override what matters.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "reactor/bytes.h"
#include "reactor/descriptor.h"
#include "reactor/failure.h"
#include "reactor/transport.h"

namespace twx {

// One object per connection, owned by that connection and destroyed after connection_lost. It gets
// what it shares with others by its constructor. The calls come in this order:
//
//   connection_made  (data_received | pause_writing | resume_writing | write_connection_lost |
//   handshake_completed | descriptor_received | file_forwarded)*  eof_received?  ...
//   connection_lost
//
// With TLS from the start connection_made comes when the handshake is done and the peer is
// verified.
//
// connection_lost comes exactly once for each connection_made, and nothing after it. What any of
// them throws is logged and ends the connection with that failure; other connections go on.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // transport() may be used from here on.
  virtual void connection_made() {}
  // Any split of the stream, never empty, at most 65,536 bytes. `data` is valid in the call only.
  virtual void data_received(Bytes /*data*/) {}
  // The peer will send no more. What was written still leaves; override this to go on writing.
  virtual void eof_received() { transport().lose_connection(); }
  // start_tls has been carried out: the peer is verified, data_received gets what was encrypted.
  virtual void handshake_completed() {}
  // lose_write_connection has been carried out.
  virtual void write_connection_lost() {}
  // Unsent output is above the high mark. As it stands a peer that does not read is not read from
  // either, so that what it costs is bounded.
  virtual void pause_writing() { transport().pause_producing(); }
  // It is back at or below the low mark, after pause_writing.
  virtual void resume_writing() { transport().resume_producing(); }
  // resume_producing was called, whether or not reading was paused: for who keeps input back while
  // it is. Comes once for all the calls of a turn.
  virtual void reading_resumed() {}
  // The peer has passed it, with the first of the bytes that data_received gets next, after
  // Transport::receive_descriptors. It does not survive an exec. As it stands it is closed.
  virtual void descriptor_received(Descriptor /*descriptor*/) {}
  // Transport::forward_to_file has come to its end, with `count` bytes in the file. If those are
  // fewer, then the end of input follows, or the loss of the connection; or the rest by
  // data_received, where splice(2) cannot write to this file. `written` is the system's code where
  // the file has failed: some input is lost then, and the connection ends with that failure.
  virtual void file_forwarded(std::uint64_t /*count*/, Result<void> const& /*written*/) {}
  // Error::connection_done for an orderly end; see Failure::is for the others. The transport can
  // still be asked (peer, traffic), not used.
  virtual void connection_lost(Failure const& /*reason*/) {}

  // Called by whoever connects the two, before any other call.
  void make_connection(Transport& transport) {
    transport_ = &transport;
    connection_made();
  }
  // connection_made was called, whether or not connection_lost followed.
  bool connected() const { return transport_ != nullptr; }

 protected:
  // Valid until connection_lost returns. Throws std::logic_error before make_connection.
  Transport& transport() const {
    if (!transport_) throw std::logic_error("the protocol has no transport yet");
    return *transport_;
  }

 private:
  Transport* transport_ = nullptr;
};

}  // namespace twx
