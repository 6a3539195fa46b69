// Which proxy a URL is fetched through, from options and the environment, as curl reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocols/http_url.h"
#include "reactor/endpoint.h"

namespace twx {

struct Proxy {
  // socks4 and socks5: names are resolved here; socks4a and socks5h: by the proxy.
  enum class Kind { http, https, socks4, socks4a, socks5, socks5h };
  Kind kind = Kind::http;
  std::string host = {};  // without brackets
  std::uint16_t port = 1080;
  std::string path = {};  // of a unix socket, SOCKS only; then host and port mean nothing
  std::string user = {};  // with the password empty as well: no login
  std::string password = {};

  bool socks() const { return kind != Kind::http && kind != Kind::https; }
  bool has_login() const { return !user.empty() || !password.empty(); }
  Endpoint where() const { return path.empty() ? Endpoint::tcp(host, port) : Endpoint::unix(path); }
  bool operator==(Proxy const&) const = default;

  // [SCHEME://][USER[:PASSWORD]@]HOST[:PORT], user and password percent-decoded; `usual` where
  // there is no scheme. The port is 1080 where there is none, 443 for https. What follows a "/" is
  // ignored, but socks5h://localhost/PATH is a unix socket. Fails with ProxyError::bad_setting; the
  // message does not hold the login.
  static Result<Proxy> parse(std::string_view text, Kind usual = Kind::http);
};

struct ProxySettings {
  std::optional<std::string> proxy = {};     // -x, for all URLs; empty: none, whatever else is said
  Proxy::Kind usual = Proxy::Kind::http;     // what -x is without a scheme; --socks5 and the like
  std::optional<std::string> no_proxy = {};  // --noproxy, in place of the variable NO_PROXY
  std::optional<std::string> login =
      {};  // -U, USER:PASSWORD, percent-decoded, in place of the proxy's own
};

// The value of a variable, if it is set.
using Variables = std::function<std::optional<std::string>(std::string const& name)>;
// That of this process.
Variables process_variables();

// Without -x the variables are asked, one that is empty as little as one that is not set:
// SCHEME_proxy and SCHEME_PROXY (not HTTP_PROXY, which a web server sets to what a client sends),
// all_proxy, ALL_PROXY. Nothing: no proxy. Fails as Proxy::parse does.
Result<std::optional<Proxy>> proxy_for(HttpUrl const&, ProxySettings const&, Variables const&);

// Whether a list as of --noproxy and NO_PROXY names the URL's host: "*" alone for all, and
// otherwise words with commas or spaces between them. A name means itself and all below it, with a
// dot before it or without; an address itself, in brackets or not; 192.0.2.0/24 and 2001:db8::/32
// all of a network. With :PORT behind it (an IPv6 address must then be in brackets) only that port.
bool goes_without_proxy(HttpUrl const&, std::string_view list);

}  // namespace twx
