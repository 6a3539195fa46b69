// Public. DatagramServerService: receives datagrams while the service runs.
#pragma once

#include <memory>
#include <vector>

#include "reactor/reactor.h"
#include "reactor/service.h"

namespace twx {

// Takes its sockets in privileged_start_service, and says where at Level::notice. Failure to listen
// is the failure of the start, with "listen ADDRESS" as context. Stopping fires after stop_protocol
// of each. Must not outlive its reactor.
class DatagramServerService final : public Service {
 public:
  // udp://host:port or unix-dgram:///path; `build` makes the protocol of each socket at each start.
  DatagramServerService(Reactor& reactor, Endpoint where, DatagramFactory build,
                        DatagramOptions options = {}, int family = 0);
  ~DatagramServerService() override;

  Endpoint const& endpoint() const { return where_; }
  // Those on which it listens: none before the start and after the stop, nor any that its protocol
  // has stopped. Port 0 is chosen anew at each start.
  std::vector<DatagramTransport*> sockets() const;

 private:
  class Watched;
  // Emptied when the socket goes.
  using Place = std::shared_ptr<DatagramTransport*>;

  Deferred<void> on_privileged_start() override;
  Deferred<void> on_stop() override { return close_sockets(); }
  Deferred<void> close_sockets();
  std::unique_ptr<DatagramProtocol> build_watched();
  void listening(std::vector<DatagramTransport*> const& sockets);

  Reactor& reactor_;
  Endpoint where_;
  DatagramFactory build_;
  DatagramOptions options_;
  int family_;
  std::vector<Place> places_;  // in the order in which their protocols were built
};

}  // namespace twx
