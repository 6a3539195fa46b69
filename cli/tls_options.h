// The TLS options that commands share, spelled once for all of them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
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
// declare_client_tls without its heading and --tls, for commands that have their own word on that.
void declare_client_tls_settings(Options&, TlsArguments&);
// The same settings with curl's short names, for clients whose URLs say whether TLS is wanted.
void declare_https_tls(Options&, TlsArguments&);

// "" or what is wrong: settings of TLS, but no endpoint that has it; or a setting of an endpoint
// that only the other side has a use for, so that something else was meant.
std::string check_client_tls(Endpoint const&, TlsArguments const&);
std::string check_server_tls(std::span<Endpoint const>, TlsArguments const&);

// The first option that says otherwise than is usual: "--cacert"; "" if there is none.
std::string_view tls_option_given(TlsOptions const&);

// What holds for one endpoint. Nothing: it is without TLS.
std::optional<TlsOptions> tls_options_for(Endpoint const&, TlsArguments const&);

// Names for the certificate that is made for those `endpoints` that have TLS but no certificate:
// all of them share it, unless their settings differ otherwise.
void name_certificate(std::span<Endpoint const> endpoints, TlsArguments&);

// For people: "TLSv1.3, TLS_AES_256_GCM_SHA384, ALPN h2".
std::string to_string(TlsInfo const&);

}  // namespace twx
