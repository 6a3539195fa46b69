#include "clients/proxy_settings.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "protocols/http.h"
#include "protocols/percent.h"
#include "protocols/proxy_error.h"
#include "reactor/address.h"
#include "reactor/ascii.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

Failure bad_proxy(std::string_view why) {
  return Failure::with_message(ProxyError::bad_setting,
                               "the proxy cannot be understood: " + std::string(why));
}

struct Scheme {
  std::string_view name;
  Proxy::Kind kind;
};
constexpr Scheme schemes[] = {
    {"http", Proxy::Kind::http},       {"https", Proxy::Kind::https},
    {"socks", Proxy::Kind::socks4},    {"socks4", Proxy::Kind::socks4},
    {"socks4a", Proxy::Kind::socks4a}, {"socks5", Proxy::Kind::socks5},
    {"socks5h", Proxy::Kind::socks5h},
};

// Cuts off what stands before `mark`, and the mark; nothing if it is not there.
std::optional<std::string_view> cut(std::string_view& text, std::size_t mark, std::size_t size) {
  if (mark == text.npos) return std::nullopt;
  auto const before = text.substr(0, mark);
  text.remove_prefix(mark + size);
  return before;
}

void set_login(Proxy& proxy, std::string_view login) {
  auto const user = cut(login, login.find(':'), 1);
  proxy.user = percent_decoded(user ? *user : login);
  proxy.password = user ? percent_decoded(login) : "";
}

struct HostPort {
  std::string_view host;  // without brackets
  std::optional<std::string_view> port = {};
};

// "host", "host:port", "[v6]", "[v6]:port", and "v6" without brackets, whose colons are its own.
std::optional<HostPort> host_and_port(std::string_view text) {
  if (text.starts_with('[')) {
    auto const end = text.find(']');
    if (end == text.npos) return std::nullopt;
    auto const rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    HostPort result{text.substr(1, end - 1)};
    if (!rest.empty()) result.port = rest.substr(1);
    return result;
  }
  auto const colon = text.find(':');
  if (colon == text.npos || colon != text.rfind(':')) return HostPort{text};
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

Result<void> set_host(Proxy& proxy, std::string_view text) {
  auto const parts = host_and_port(text);
  if (!parts || parts->host.empty()) return bad_proxy("it has no host");
  proxy.host = percent_decoded(parts->host);
  if (proxy.host.find_first_of("/?#@ \\") != proxy.host.npos ||
      std::ranges::any_of(proxy.host, [](unsigned char c) { return c < 0x21 || c == 0x7f; }))
    return bad_proxy("the host holds what no host can");
  if (!parts->port || parts->port->empty()) return {};
  if (!parse_number(*parts->port, proxy.port) || proxy.port == 0)
    return bad_proxy("the port is from 1 to 65535");
  return {};
}

// --- who goes without ---

// Whether the first `bits` of two addresses of one family are the same.
bool same_network(Address const& a, Address const& b, unsigned bits) {
  sockaddr_storage first{};
  sockaddr_storage second{};
  a.copy_to(first);
  b.copy_to(second);
  auto const start =
      a.family() == AF_INET ? offsetof(sockaddr_in, sin_addr) : offsetof(sockaddr_in6, sin6_addr);
  auto const* const left = reinterpret_cast<unsigned char const*>(&first) + start;
  auto const* const right = reinterpret_cast<unsigned char const*>(&second) + start;
  if (!std::equal(left, left + bits / 8, right)) return false;
  return bits % 8 == 0 || (left[bits / 8] ^ right[bits / 8]) >> (8 - bits % 8) == 0;
}

bool names_address(Address const& host, std::string_view word) {
  auto const slash = word.find('/');
  auto const network = Address::ip(word.substr(0, slash), 0);
  if (!network || network->family() != host.family()) return false;
  unsigned const all = host.family() == AF_INET ? 32 : 128;
  auto bits = all;
  if (slash != word.npos && !parse_number(word.substr(slash + 1), bits)) return false;
  return bits <= all && same_network(host, *network, bits);
}

bool names_host(std::string_view host, std::string_view word) {
  if (word.ends_with('.')) word.remove_suffix(1);
  if (word.starts_with('.')) word.remove_prefix(1);
  if (word.empty() || word.size() > host.size()) return false;
  auto const before = host.size() - word.size();
  return same_word(host.substr(before), word) && (before == 0 || host[before - 1] == '.');
}

bool names(std::string_view word, HttpUrl const& url, std::optional<Address> const& address) {
  auto const parts = host_and_port(word);
  if (!parts) return false;
  std::uint16_t port = 0;
  if (parts->port && (!parse_number(*parts->port, port) || port != url.port)) return false;
  return address ? names_address(*address, parts->host) : names_host(url.host, parts->host);
}

// --- the environment ---

std::string first_set(Variables const& environment, std::initializer_list<std::string> names) {
  for (auto const& name : names)
    if (auto const value = environment(name); value && !value->empty()) return *value;
  return {};
}

std::string proxy_variable(HttpUrl const& url, Variables const& environment) {
  if (url.secure())
    return first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  return first_set(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
}

}  // namespace

Result<Proxy> Proxy::parse(std::string_view text, Kind usual) {
  Proxy proxy{.kind = usual};
  if (auto const scheme = cut(text, text.find("://"), 3)) {
    auto const* const found = std::ranges::find_if(schemes, [&](Scheme const& each) {
      return same_word(each.name, *scheme);
    });
    if (found == std::end(schemes))
      return bad_proxy("its scheme is none of http, https, socks4, socks4a, socks5 and socks5h");
    proxy.kind = found->kind;
  }
  if (proxy.kind == Kind::https) proxy.port = 443;
  auto const end = std::min(text.find_first_of("/?#"), text.size());
  auto authority = text.substr(0, end);
  if (auto const login = cut(authority, authority.rfind('@'), 1)) set_login(proxy, *login);
  if (auto const set = set_host(proxy, authority); !set) return set.failure();
  auto const path = text.substr(end);
  if (proxy.socks() && same_word(proxy.host, "localhost") && path.starts_with('/') &&
      path.size() > 1)
    proxy.path = percent_decoded(path);
  return proxy;
}

Variables process_variables() {
  return [](std::string const& name) -> std::optional<std::string> {
    auto const* const value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

bool goes_without_proxy(HttpUrl const& url, std::string_view list) {
  if (list == "*") return true;
  auto const address = Address::ip(url.host, 0);
  for (;;) {
    auto const begin = list.find_first_not_of(", \t");
    if (begin == list.npos) return false;
    list.remove_prefix(begin);
    auto const word = list.substr(0, list.find_first_of(", \t"));
    if (names(word, url, address)) return true;
    list.remove_prefix(word.size());
  }
}

Result<std::optional<Proxy>> proxy_for(HttpUrl const& url, ProxySettings const& settings,
                                       Variables const& environment) {
  auto const text = settings.proxy ? *settings.proxy : proxy_variable(url, environment);
  if (text.empty()) return std::optional<Proxy>();
  auto const without =
      settings.no_proxy ? *settings.no_proxy : first_set(environment, {"no_proxy", "NO_PROXY"});
  if (goes_without_proxy(url, without)) return std::optional<Proxy>();
  auto proxy = Proxy::parse(text, settings.proxy ? settings.usual : Proxy::Kind::http);
  if (!proxy) return proxy.failure();
  if (settings.login) set_login(*proxy, *settings.login);
  return std::optional<Proxy>(std::move(*proxy));
}

}  // namespace twx
