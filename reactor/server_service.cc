#include "reactor/server_service.h"

#include "reactor/log.h"

namespace twx {

StreamServerEndpointService::StreamServerEndpointService(Reactor& reactor, Endpoint where,
                                                         std::shared_ptr<Factory> factory,
                                                         ListenOptions options, int family)
    : reactor_(reactor),
      where_(std::move(where)),
      factory_(std::move(factory)),
      options_(std::move(options)),
      family_(family) {}

StreamServerEndpointService::~StreamServerEndpointService() {
  abandon();
  try {
    close_ports().release();
  } catch (std::bad_alloc const&) {
    log(Level::error, "no memory to close the ports of a service");
  }
}

Deferred<void> StreamServerEndpointService::on_privileged_start() {
  return reactor_.listen(where_, factory_, options_, family_)
      .add_callback([this](std::vector<ListeningPort*> ports) { listening(std::move(ports)); });
}

void StreamServerEndpointService::listening(std::vector<ListeningPort*> ports) {
  ports_ = std::move(ports);
  auto const whose = name().empty() ? "" : name() + ": ";
  for (auto const* port : ports_) log(Level::notice, whose + "listening on " + port->host().uri());
}

// All close now; fires when the last of them has.
Deferred<void> StreamServerEndpointService::close_ports() {
  auto closed = succeed();
  for (auto* const port : ports_)
    closed = std::move(closed).add_callback(
        [each = port->stop_listening()]() mutable { return std::move(each); });
  ports_.clear();
  return closed;
}

}  // namespace twx
