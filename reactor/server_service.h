// Public. StreamServerEndpointService: listens while the service runs.
#pragma once

#include <memory>
#include <vector>

#include "reactor/reactor.h"
#include "reactor/service.h"

namespace twx {

// Takes its ports in privileged_start_service, and says where at Level::notice. Failure to listen
// is the failure of the start, with "listen ADDRESS" as context. Connections are left alone when it
// stops. Must not outlive its reactor.
class StreamServerEndpointService final : public Service {
 public:
  StreamServerEndpointService(Reactor& reactor, Endpoint where, std::shared_ptr<Factory> factory,
                              ListenOptions options = {}, int family = 0);
  ~StreamServerEndpointService() override;

  Endpoint const& endpoint() const { return where_; }
  // Those on which it listens, none before the start and after the stop. Port 0 is chosen anew at
  // each start.
  std::vector<ListeningPort*> const& ports() const { return ports_; }

 private:
  Deferred<void> on_privileged_start() override;
  Deferred<void> on_stop() override { return close_ports(); }
  Deferred<void> close_ports();
  void listening(std::vector<ListeningPort*> ports);

  Reactor& reactor_;
  Endpoint where_;
  std::shared_ptr<Factory> factory_;
  ListenOptions options_;
  int family_;
  std::vector<ListeningPort*> ports_;
};

}  // namespace twx
