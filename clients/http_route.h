// HttpRoute: all that says how a request gets to the server of its URL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/proxy_settings.h"
#include "protocols/http_client.h"
#include "protocols/http_url.h"
#include "reactor/connector.h"

namespace twx {

// --connect-to HOST1:PORT1:HOST2:PORT2: for the one connect to the other. What is empty stands for
// any at the left, for the same at the right. IPv6 addresses are in brackets.
struct ConnectTo {
  std::string host;  // in lower case
  std::optional<std::uint16_t> port;
  std::string new_host;
  std::optional<std::uint16_t> new_port;

  // Fails with ProxyError::bad_setting.
  static Result<ConnectTo> parse(std::string_view text);
};

// --resolve [+]HOST:PORT:ADDRESS[,ADDRESS]: its addresses; "*" is any host. -HOST:PORT takes back
// what was said before. The "+", which lets curl forget it after a while, means nothing here.
struct ResolveTo {
  std::string host;  // in lower case
  std::uint16_t port = 0;
  std::vector<Address> addresses;  // none: taken back

  // Fails with ProxyError::bad_setting.
  static Result<ResolveTo> parse(std::string_view text);
};

// The same for all URLs of a run.
struct HttpRouteSettings {
  ProxySettings proxy = {};
  Variables variables = process_variables();
  bool tunnel = false;             // --proxytunnel: CONNECT for http URLs too
  int proxy_version = 11;          // of the CONNECT: 10 or 11
  HttpFields proxy_fields = {};    // --proxy-header; an empty value takes ours away
  std::string user_agent = "twx";  // of the CONNECT; empty: none
  std::vector<ConnectTo> connect_to = {};
  std::vector<ResolveTo> resolve = {};
  std::string unix_socket = {};    // "/path" or "@abstract", in place of all hosts and proxies
  ConnectOptions connecting = {};  // without `tls`; the time-out is for all of a route
  std::string interface = {};      // --interface: NAME, if!NAME, host!NAME, or an IP address
  // Clients' contexts, without server_name, and with a handshake_timeout of zero if the time-out
  // above is to be the only one. Nothing: one with the default options.
  std::shared_ptr<TlsContext> tls = {};
  std::shared_ptr<TlsContext> proxy_tls = {};
};

struct HttpRoute {
  // Of the URL.
  bool secure = false;
  std::string host;
  std::uint16_t port = 0;
  // What is connected to, from here or by the proxy.
  std::string target_host;
  std::uint16_t target_port = 0;
  std::vector<Address> target_addresses;  // where known without a look-up
  std::string unix_socket;                // instead

  std::optional<Proxy> proxy;
  std::vector<Address> proxy_addresses;  // where known without a look-up
  bool tunnel = false;                   // CONNECT, with a proxy of HTTP
  int proxy_version = 11;
  // Value of Proxy-Authorization; empty: none. Basic as route_to() leaves it; for another scheme
  // whoever has seen the proxy's challenge sets it.
  std::string proxy_authorization;
  HttpFields proxy_fields;
  std::string user_agent;

  ConnectOptions connecting;
  std::string local_host;  // a name that has the local address
  std::shared_ptr<TlsContext> tls;
  std::shared_ptr<TlsContext> proxy_tls;

  // The first hop.
  Endpoint where() const;
  // The proxy is asked for the URL itself: see on_route().
  bool absolute() const { return proxy && !proxy->socks() && !tunnel; }
  // The CONNECT: Host, the login, User-Agent, Proxy-Connection and proxy_fields, nothing else.
  HttpRequest tunnel_request() const;
  // Two routes have the same only where a connection may be shared. Holds passwords.
  std::string key() const;
};

// Fails with ProxyError::bad_setting, Error::tls_configuration.
Result<HttpRoute> route_to(HttpUrl const&, HttpRouteSettings const&);

// The request as it is sent on the route: to a proxy without tunnel with the URL as target, the
// proxy's login, Proxy-Connection and proxy_fields; otherwise as it is.
HttpRequest on_route(HttpRoute const&, HttpUrl const&, HttpRequest);

}  // namespace twx
