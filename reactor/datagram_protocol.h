// Public. DatagramProtocol: what happens on one datagram socket. Derive, override what matters.
#pragma once

#include <stdexcept>

#include "reactor/datagram_transport.h"

namespace twx {

// One object per socket, owned by it and destroyed after stop_protocol. The calls come in this
// order:
//
//   start_protocol  (datagram_received | connection_refused | resume_writing)*  stop_protocol
//
// stop_protocol comes once for each start_protocol, also when the reactor shuts down, and nothing
// after it. What a call throws is logged and the socket goes on; only start_protocol's failure
// stops it.
class DatagramProtocol {
 public:
  virtual ~DatagramProtocol() = default;

  // The socket is bound, and connected if that was asked for.
  virtual void start_protocol() {}
  // A whole datagram, which may be empty, and where it came from: nowhere if that is a unix socket
  // without a name. Both are valid in the call only.
  virtual void datagram_received(Bytes /*data*/, Address const& /*from*/) {}
  // Nobody listens at the peer of a connected socket: one of the datagrams written so far came back
  // as refused. The socket stays open. Of several candidates (Reactor::connect_datagram) it is the
  // last, or one that cannot be left any more.
  virtual void connection_refused() {}
  // The datagrams that had to wait have left, or were dropped.
  virtual void resume_writing() {}
  // The socket is closed. The transport can still be asked (host, traffic), not used.
  virtual void stop_protocol() {}

  // Called by whoever connects the two, before any other call.
  void make_connection(DatagramTransport& transport) {
    transport_ = &transport;
    start_protocol();
  }

 protected:
  DatagramTransport& transport() const {
    if (!transport_) throw std::logic_error("the protocol has no transport yet");
    return *transport_;
  }

 private:
  DatagramTransport* transport_ = nullptr;
};

}  // namespace twx
