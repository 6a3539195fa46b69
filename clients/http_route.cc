#include "clients/http_route.h"

#include <net/if.h>

#include <algorithm>
#include <concepts>
#include <utility>

#include "clients/basic_login.h"
#include "protocols/http.h"
#include "protocols/proxy_error.h"
#include "reactor/ascii.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

Failure bad_setting(std::string_view text, std::string_view form) {
  return Failure::with_message(ProxyError::bad_setting,
                               "'" + std::string(text) + "' is not " + std::string(form));
}

// --- HOST:PORT:... ---

// Up to the next colon that is in no brackets; the brackets go. Nothing where a bracket stays open
// or is followed by something else.
std::optional<std::string_view> next_part(std::string_view& text) {
  if (!text.starts_with('[')) return take_until(text, ':');
  auto const end = text.find(']');
  if (end == text.npos) return std::nullopt;
  auto const part = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  if (!text.empty() && text.front() != ':') return std::nullopt;
  if (!text.empty()) text.remove_prefix(1);
  return part;
}

bool set_port(std::optional<std::uint16_t>& port, std::optional<std::string_view> text) {
  if (!text) return false;
  if (text->empty()) return true;
  std::uint16_t number = 0;
  if (!parse_number(*text, number) || number == 0) return false;
  port = number;
  return true;
}

bool add_addresses(std::vector<Address>& addresses, std::string_view list, std::uint16_t port) {
  for (;;) {
    auto word = take_until(list, ',');
    if (word.starts_with('[') && word.ends_with(']')) word = word.substr(1, word.size() - 2);
    auto const address = Address::ip(word, port);
    if (!address) return false;
    addresses.push_back(*address);
    if (list.empty()) return true;
  }
}

// --- from settings to a route ---

void apply(std::vector<ConnectTo> const& list, HttpRoute& route) {
  for (auto const& each : list) {
    if (!each.host.empty() && each.host != route.host) continue;
    if (each.port && *each.port != route.port) continue;
    if (each.new_host.empty() && !each.new_port) continue;
    if (!each.new_host.empty()) route.target_host = each.new_host;
    if (each.new_port) route.target_port = *each.new_port;
    return;
  }
}

// The last word about the host itself, or else about any.
std::vector<Address> resolved(std::vector<ResolveTo> const& list, std::string const& host,
                              std::uint16_t port, int family) {
  auto const last_for = [&](std::string const& name) -> ResolveTo const* {
    auto const found = std::find_if(list.rbegin(), list.rend(), [&](ResolveTo const& each) {
      return each.host == name && each.port == port;
    });
    return found == list.rend() || found->addresses.empty() ? nullptr : &*found;
  };
  auto const* entry = last_for(lower_case(host));
  if (!entry) entry = last_for("*");
  if (!entry) return {};
  auto addresses = entry->addresses;
  if (family != 0)
    std::erase_if(addresses, [family](Address const& each) { return each.family() != family; });
  return addresses;
}

bool is_interface(std::string const& name) { return if_nametoindex(name.c_str()) != 0; }

// As curl reads it: an interface if there is one of that name, otherwise a host.
void set_local(HttpRoute& route, std::string_view text) {
  auto const only_interface = text.starts_with("if!");
  auto const only_host = text.starts_with("host!");
  if (only_interface || only_host) text.remove_prefix(text.find('!') + 1);
  std::string const name(text);
  if (name.empty()) return;
  if (only_interface || (!only_host && is_interface(name)))
    route.connecting.interface = std::make_shared<std::string const>(name);
  else if (auto const address = Address::ip(name, route.connecting.bind_port))
    route.connecting.bind = *address;
  else
    route.local_host = name;
}

Result<void> set_contexts(HttpRoute& route, HttpRouteSettings const& settings) {
  auto const set = [](std::shared_ptr<TlsContext>& context,
                      std::shared_ptr<TlsContext> const& given) -> Result<void> {
    context = given;
    if (context) return {};
    auto made = TlsContext::client({.alpn = {"http/1.1"}, .handshake_timeout = {}});
    if (!made) return made.failure();
    context = std::move(*made);
    return {};
  };
  if (route.secure)
    if (auto const made = set(route.tls, settings.tls); !made) return made;
  if (route.proxy && route.proxy->kind == Proxy::Kind::https)
    return set(route.proxy_tls, settings.proxy_tls);
  return {};
}

Result<void> set_proxy(HttpRoute& route, HttpUrl const& url, HttpRouteSettings const& settings) {
  auto proxy = proxy_for(url, settings.proxy, settings.variables);
  if (!proxy) return proxy.failure();
  route.proxy = std::move(*proxy);
  if (!route.proxy) return {};
  auto const moved = route.target_host != route.host || route.target_port != route.port;
  auto const& way = *route.proxy;
  route.tunnel = !way.socks() && (route.secure || settings.tunnel || moved);
  route.proxy_version = settings.proxy_version;
  route.proxy_fields = settings.proxy_fields;
  route.user_agent = settings.user_agent;
  if (!way.socks() && way.has_login())
    route.proxy_authorization = basic_login(way.user, way.password);
  route.proxy_addresses =
      resolved(settings.resolve, way.host, way.port, settings.connecting.family);
  return {};
}

// --- the proxy's fields ---

void add_unless_given(HttpFields& fields, HttpFields const& given, std::string const& name,
                      std::string const& value) {
  if (!value.empty() && !given.find(name)) fields.push_back({name, value});
}

void add_given(HttpFields& fields, HttpFields const& given) {
  for (auto const& field : given)
    if (!field.value.empty()) fields.push_back(field);
}

std::string authority(std::string const& host, std::uint16_t port) {
  auto const literal = host.find(':') != host.npos;
  return (literal ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// --- the key ---

// Each part is told with its size, so that no two lists of parts look alike.
class Key {
 public:
  Key& add(std::string_view part) {
    text_ += std::to_string(part.size()) + ':';
    text_ += part;
    return *this;
  }
  Key& add(std::integral auto number) { return add(std::string_view(std::to_string(number))); }
  Key& add(Address const& address) { return add(std::string_view(address.to_string())); }
  template <class T>
  Key& add(std::vector<T> const& list) {
    add(list.size());
    for (auto const& each : list) add(each);
    return *this;
  }
  // Whatever TlsOptions hold must be here.
  Key& add(TlsContext const* context) {
    if (!context) return add("clear");
    auto const& [trusted, certificate, key, pins, server_name, alpn, client_trusted, names,
                 insecure, key_log, timeout] = context->options();
    add("tls").add(trusted).add(certificate).add(key).add(pins).add(server_name).add(alpn);
    return add(client_trusted).add(names).add(insecure).add(key_log).add(timeout.count());
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

Result<ConnectTo> ConnectTo::parse(std::string_view text) {
  auto const failure = bad_setting(text, "HOST1:PORT1:HOST2:PORT2");
  ConnectTo result;
  auto rest = text;
  if (std::ranges::count(text, ':') < 3) return failure;
  auto const host = next_part(rest);
  if (!host || !set_port(result.port, next_part(rest))) return failure;
  auto const new_host = next_part(rest);
  if (!new_host || !set_port(result.new_port, next_part(rest)) || !rest.empty()) return failure;
  result.host = lower_case(*host);
  result.new_host = *new_host;
  return result;
}

Result<ResolveTo> ResolveTo::parse(std::string_view text) {
  auto const failure = bad_setting(text, "HOST:PORT:ADDRESS[,ADDRESS] or -HOST:PORT");
  auto rest = text;
  auto const back = rest.starts_with('-');
  if (back || rest.starts_with('+')) rest.remove_prefix(1);
  std::optional<std::uint16_t> port;
  auto const host = next_part(rest);
  if (!host || host->empty() || !set_port(port, next_part(rest)) || !port) return failure;
  ResolveTo result{.host = lower_case(*host), .port = *port, .addresses = {}};
  if (back ? !rest.empty() : !add_addresses(result.addresses, rest, *port)) return failure;
  return result;
}

Result<HttpRoute> route_to(HttpUrl const& url, HttpRouteSettings const& settings) {
  HttpRoute route;
  route.secure = url.secure();
  route.host = url.host;
  route.port = url.port;
  route.target_host = url.host;
  route.target_port = url.port;
  route.connecting = settings.connecting;
  route.unix_socket = settings.unix_socket;
  if (route.unix_socket.empty()) {
    apply(settings.connect_to, route);
    set_local(route, settings.interface);
    route.target_addresses = resolved(settings.resolve, route.target_host, route.target_port,
                                      settings.connecting.family);
    if (auto const set = set_proxy(route, url, settings); !set) return set.failure();
  }
  if (auto const set = set_contexts(route, settings); !set) return set.failure();
  return route;
}

Endpoint HttpRoute::where() const {
  if (!unix_socket.empty()) return Endpoint::unix(unix_socket);
  return proxy ? proxy->where() : Endpoint::tcp(target_host, target_port);
}

HttpRequest HttpRoute::tunnel_request() const {
  auto const target = authority(target_host, target_port);
  HttpRequest request{.method = "CONNECT", .target = target, .version = proxy_version};
  auto& fields = request.fields;
  add_unless_given(fields, proxy_fields, "Host", target);
  add_unless_given(fields, proxy_fields, "Proxy-Authorization", proxy_authorization);
  add_unless_given(fields, proxy_fields, "User-Agent", user_agent);
  add_unless_given(fields, proxy_fields, "Proxy-Connection", "Keep-Alive");
  add_given(fields, proxy_fields);
  return request;
}

std::string HttpRoute::key() const {
  Key key;
  key.add(secure).add(host).add(port).add(target_host).add(target_port).add(target_addresses);
  key.add(unix_socket).add(tls.get());
  auto const& [timeout, bind, bind_port, family, context, addresses, interface] = connecting;
  key.add(bind ? bind->to_string() : "").add(bind_port).add(family).add(context.get());
  key.add(addresses).add(interface ? *interface : "").add(local_host);
  if (!proxy) return key.take();
  key.add(static_cast<int>(proxy->kind)).add(proxy->host).add(proxy->port).add(proxy->path);
  key.add(proxy->user).add(proxy->password).add(proxy_authorization).add(proxy_addresses);
  key.add(tunnel).add(proxy_version).add(user_agent).add(proxy_tls.get());
  for (auto const& field : proxy_fields) key.add(field.name).add(field.value);
  return key.take();
}

HttpRequest on_route(HttpRoute const& route, HttpUrl const& url, HttpRequest request) {
  if (!route.absolute()) return request;
  request.target = url.text();
  auto& fields = request.fields;
  HttpFields ours;
  add_unless_given(ours, fields, "Proxy-Authorization", route.proxy_authorization);
  auto const host = std::ranges::find_if(fields, [](HttpField const& field) {
    return same_word(field.name, "Host");
  });
  fields.insert(host == fields.end() ? fields.begin() : host + 1, ours.begin(), ours.end());
  auto const given = fields;
  if (!route.proxy_fields.find("Proxy-Connection"))
    add_unless_given(fields, given, "Proxy-Connection", "Keep-Alive");
  add_given(fields, route.proxy_fields);
  return request;
}

}  // namespace twx
