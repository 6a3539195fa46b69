// What every server shares: its options, its limits, and running one factory on several endpoints.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "reactor/datagram_protocol.h"
#include "reactor/endpoint.h"
#include "reactor/factory.h"

namespace twx {

// Builds the protocol of one datagram socket; see datagrams_for in served_datagrams.h.
using BuildDatagrams = std::function<std::unique_ptr<DatagramProtocol>()>;

struct ServeOptions {
  std::vector<Endpoint> endpoints;
  std::uint64_t threads = 1;
  std::uint64_t max_connections = 0;  // 0: no limit
  Duration idle_timeout{};            // 0: none
  Duration drain = std::chrono::seconds(5);
  bool ipv4_only = false;
  bool ipv6_only = false;

  BuildDatagrams datagrams;  // none: the server has no form for datagrams

  std::atomic<std::uint64_t> open{0};    // connections, refused ones too while they last
  std::atomic<std::uint64_t> served{0};  // connections since the start
};

// Declares ENDPOINT... and the options common to all servers. With `datagrams` the endpoints may be
// udp:// and unix-dgram: too; they are served in the reactor's own thread.
std::shared_ptr<ServeOptions> declare_serve(Options&, BuildDatagrams datagrams = {});

// Listens, says where, serves until SIGINT or SIGTERM, drains. `factory` is used by all threads.
// `name` is what a person calls it: "serve echo".
Outcome serve(Reactor&, std::string_view name, std::shared_ptr<ServeOptions>,
              std::shared_ptr<Factory>);

// The base of the servers' protocols: counts connections, refuses those above the limit, closes the
// idle.
class ServedProtocol : public Protocol {
 public:
  explicit ServedProtocol(std::shared_ptr<ServeOptions> options) : options_(std::move(options)) {}

  void connection_made() final;
  void connection_lost(Failure const&) final;

 protected:
  // Instead of connection_made. `open` counts this connection too.
  virtual void admitted(std::uint64_t /*open*/) {}
  // Instead of connection_lost, for those admitted.
  virtual void left(Failure const& /*reason*/) {}

 private:
  std::shared_ptr<ServeOptions> options_;
  bool refused_ = false;
};

}  // namespace twx
