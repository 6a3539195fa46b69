// Internal to reactor/. All datagram sockets of one reactor: opens and owns them.
#pragma once

#include <map>
#include <memory>
#include <span>

#include "reactor/bound_socket.h"
#include "reactor/connector.h"
#include "reactor/datagram_protocol.h"

namespace twx {

class DatagramCandidates;
class DatagramSocket;
class Loop;

class Datagrams {
 public:
  explicit Datagrams(Loop& loop);
  ~Datagrams();

  // As Reactor's functions of these names.
  Result<DatagramTransport*> listen(Address const&, std::unique_ptr<DatagramProtocol>,
                                    DatagramOptions const&);
  Result<DatagramTransport*> connect(std::span<Address const>, std::unique_ptr<DatagramProtocol>,
                                     ConnectOptions const&, DatagramOptions const&);

  void stop_all();
  // Ends all that there are now, in the reactor's own turn.
  void finish_all();
  // The socket is over: destroys it at the end of the turn.
  void ended(DatagramSocket&) noexcept;

 private:
  Result<DatagramTransport*> keep(Descriptor, std::unique_ptr<DatagramProtocol>,
                                  DatagramOptions const&, std::unique_ptr<DatagramCandidates>);

  Loop& loop_;
  std::map<DatagramSocket*, std::unique_ptr<DatagramSocket>> sockets_;
};

}  // namespace twx
