#include "clients/fetch_set.h"

#include <cstdlib>
#include <utility>

#include "clients/ask_password.h"
#include "reactor/visible.h"

namespace twx {
namespace {

std::optional<Netrc> read_netrc(FetchOptions const& options) {
  auto file = options.netrc_file;
  if (file.empty() && !options.netrc && !options.netrc_optional) return std::nullopt;
  if (file.empty()) {
    auto const* const home = std::getenv("HOME");
    file = std::string(home ? home : "") + "/.netrc";
  }
  auto netrc = Netrc::read(file);
  if (!netrc && options.netrc_optional) return std::nullopt;
  return std::move(netrc).value();
}

std::shared_ptr<TlsContext> context(TlsOptions options) {
  options.handshake_timeout = {};  // the connection's own covers it
  if (options.alpn.empty()) options.alpn = {"http/1.1"};
  return TlsContext::client(std::move(options)).value();
}

bool leads_to(HttpRoute const& route, HttpUrl const& url) {
  return route.host == url.host && route.port == url.port && route.secure == url.secure();
}

}  // namespace

FetchSet::FetchSet(Clock& clock, FetchOptions const& given)
    : options(given), netrc(read_netrc(given)) {
  auto const alone = !options.user.empty() && options.user.find(':') == std::string::npos;
  if (alone && !netrc)
    options.user += ":" + ask_password("Password of " + escaped(options.user) + ": ").value();
  auto& proxy_user = options.proxy_user;
  if (!proxy_user.empty() && proxy_user.find(':') == std::string::npos)
    proxy_user +=
        ":" + ask_password("Password of " + escaped(proxy_user) + " at the proxy: ").value();
  if (!options.dump_head.empty() && options.dump_head != "-")
    heads = file_output(clock, {.path = options.dump_head});
  route_.proxy = {.proxy = options.proxy, .no_proxy = options.no_proxy, .login = {}};
  if (!options.proxy_user.empty()) route_.proxy.login = options.proxy_user;
  route_.tunnel = options.proxy_tunnel;
  route_.proxy_fields = options.proxy_fields;
  route_.user_agent = options.user_agent;
  for (auto const& text : options.connect_to)
    route_.connect_to.push_back(ConnectTo::parse(text).value());
  for (auto const& text : options.resolve) route_.resolve.push_back(ResolveTo::parse(text).value());
  route_.unix_socket = options.abstract_unix_socket.empty() ? options.unix_socket
                                                            : "@" + options.abstract_unix_socket;
  route_.connecting = options.connecting;
  if (route_.connecting.timeout == Duration::zero())  // as curl has it: the usual one
    route_.connecting.timeout = ConnectOptions().timeout;
  route_.interface = options.interface;
  if (options.proxy_tls.options != TlsOptions{})
    route_.proxy_tls = context(options.proxy_tls.options);
}

// The system's list of certificates is not read for nothing.
HttpRouteSettings const& FetchSet::route_for(HttpUrl const& url) {
  if (url.secure() && !route_.tls) route_.tls = context(options.tls.options);
  return route_;
}

FetchWay const& FetchSet::way_to(HttpUrl const& url) {
  if (way_ && leads_to(way_->route, url)) return *way_;
  auto route = route_to(url, route_for(url)).value();
  auto key = route.key();
  return way_.emplace(FetchWay{std::move(route), std::move(key)});
}

}  // namespace twx
