// The TLS options that commands share, spelled once for all of them.
#pragma once

#include <memory>
#include <vector>

#include "cli/command.h"
#include "reactor/endpoint.h"
#include "reactor/tls.h"

namespace twx {

struct TlsArguments {
  bool wanted = false;  // --tls; an endpoint tls://... wants it too
  TlsOptions options;   // of the command; an endpoint's own settings go before them
};

void declare_client_tls(Options&, TlsArguments&);
void declare_server_tls(Options&, TlsArguments&);

// What holds for one endpoint. Nothing: it is without TLS.
std::optional<TlsOptions> tls_options_for(Endpoint const&, TlsArguments const&);

}  // namespace twx
