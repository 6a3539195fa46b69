// What `twx connect` takes.
#pragma once

#include <memory>

#include "cli/command.h"
#include "cli/tls_options.h"
#include "reactor/connector.h"
#include "reactor/endpoint.h"
#include "reactor/reconnecting.h"

namespace twx {

struct ConnectArguments {
  std::string host;  // or an endpoint, if no port follows
  Endpoint endpoint;
  bool half_open = false;
  bool send_only = false;
  bool receive_only = false;
  std::optional<Duration> quit_after;  // the end of stdin
  std::optional<Duration> max_time;
  Duration idle_timeout{};
  bool reconnect = false;
  ReconnectingClientFactory::Settings retry;
  std::uint64_t datagram_size = 65507;  // what UDP carries over IPv4
  ConnectOptions connect;
  TlsArguments tls;
};

std::shared_ptr<ConnectArguments> declare_connect(Options&);

}  // namespace twx
