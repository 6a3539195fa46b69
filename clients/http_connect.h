// connect_http: the connection of an HttpRoute, with all its proxies and TLS done.
#pragma once

#include <functional>
#include <string_view>

#include "clients/http_route.h"
#include "protocols/http_client.h"
#include "reactor/reactor.h"

namespace twx {

// What happens on the way, in this order; what is not set is not told, and what does not happen
// neither. What one throws is the connection's failure.
struct HttpConnectEvents {
  std::function<void()> looked_up = {};                           // the first hop has an address
  std::function<void(Address const& peer)> connected = {};        // to the first hop
  std::function<void(std::string_view head)> proxy_asked = {};    // the CONNECT, secrets included
  std::function<void(HttpHead const& head)> proxy_answered = {};  // to it; 1xx too, and refusals
  std::function<void(TlsInfo const& tls)> secured = {};           // with the server of the URL
};

// Fires with a client that has sent nothing yet; it belongs to its connection and is valid until
// its connection_lost. Its transport's peer is the first hop. Cancelling closes what there is. The
// time-out of route.connecting is for everything up to here.
//
// Fails with what stops a connection; with ProxyError::name_not_found, handshake or tunnel (then
// proxy_answered has told why, and the caller may try again with another proxy_authorization); as
// HttpRoute's parts do where they cannot be sent: HttpError::refused.
Deferred<HttpClient*> connect_http(Reactor&, HttpRoute, HttpConnectEvents = {});

}  // namespace twx
