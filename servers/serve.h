// What every server shares: its options, its limits, and running one factory on several endpoints.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/tls_options.h"
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
  TlsArguments tls;

  std::function<void()> hung_up;  // called on SIGHUP, if set
  BuildDatagrams datagrams;       // none: the server has no form for datagrams

  std::atomic<std::uint64_t> open{0};    // connections, refused ones too while they last
  std::atomic<std::uint64_t> served{0};  // connections since the start
};

// What a server does without, or has beside the usual.
struct ServeForm {
  bool threads = true;            // false: its clients share what only one thread may touch
  bool several_endpoints = true;  // false: other positionals follow the endpoint
  // Endpoints may be udp:// and unix-dgram: too; they are served in the reactor's own thread.
  BuildDatagrams datagrams = {};
};
// Declares ENDPOINT... and the options common to all servers.
std::shared_ptr<ServeOptions> declare_serve(Options&, ServeForm = {});

// "--threads has no meaning for datagrams" if `given` and all endpoints are for datagrams, else "".
// For options that are about connections.
std::string check_connections(ServeOptions const&, std::string_view option, bool given);

// Listens, says where, serves until SIGINT or SIGTERM, drains. `factory` is used by all threads.
// `name` is what a person calls it: "serve echo".
Outcome serve(Reactor&, std::string_view name, std::shared_ptr<ServeOptions>,
              std::shared_ptr<Factory>);

// What each connection of a server goes through: it is counted, refused above the limit, closed
// when idle, and spoken of at Level::info.
class Admission {
 public:
  explicit Admission(std::shared_ptr<ServeOptions> options) : options_(std::move(options)) {}

  // How many connections are open now, this one included; 0: it was refused and closes.
  std::uint64_t enter(Transport&);
  // False for one that was refused.
  bool leave(Transport const&, Failure const& reason);
  // The ordinal of this connection since the start, from 1 on.
  std::uint64_t number() const { return number_; }
  ServeOptions const& options() const { return *options_; }

 private:
  std::shared_ptr<ServeOptions> options_;
  std::uint64_t number_ = 0;
  bool refused_ = false;
};

// The servers' protocols: Base (Protocol, LineReceiver, ...) with admission.
template <class Base = Protocol>
class Served : public Base {
 public:
  template <class... Args>
  explicit Served(std::shared_ptr<ServeOptions> options, Args&&... args)
      : Base(std::forward<Args>(args)...), admission_(std::move(options)) {}

  void connection_made() final {
    if (auto const open = admission_.enter(this->transport())) admitted(open);
  }
  void connection_lost(Failure const& reason) final {
    if (admission_.leave(this->transport(), reason)) left(reason);
  }

 protected:
  // Instead of connection_made. `open` counts this connection too.
  virtual void admitted(std::uint64_t /*open*/) {}
  // Instead of connection_lost, for those admitted.
  virtual void left(Failure const& /*reason*/) {}
  Admission const& admission() const { return admission_; }

 private:
  Admission admission_;
};
using ServedProtocol = Served<>;

}  // namespace twx
