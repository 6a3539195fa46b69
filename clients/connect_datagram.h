// `twx connect` to a datagram endpoint.
#pragma once

#include "cli/command.h"
#include "clients/connect_options.h"

namespace twx {

// Runs the reactor until the session is over.
Outcome connect_datagram(Reactor&, ConnectArguments const&);

}  // namespace twx
