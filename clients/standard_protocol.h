// Standard input and output, as the two kinds of twx connect have them: for a stream and for
// datagrams.
#pragma once

#include "reactor/protocol.h"

namespace twx {

// Hands what happens to the session, which must live as long.
template <class Session>
class StandardProtocol final : public Protocol {
 public:
  explicit StandardProtocol(Session& session) : session_(session) {}
  void connection_made() override { session_.standard_made(transport()); }
  void data_received(Bytes data) override { session_.input(data); }
  void eof_received() override { session_.input_ended(); }
  void connection_lost(Failure const& reason) override { session_.standard_lost(reason); }
  void pause_writing() override { session_.hold_peer(true); }
  void resume_writing() override { session_.hold_peer(false); }

 private:
  Session& session_;
};

}  // namespace twx
