#include "reactor/endpoint.h"

#include <netdb.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <set>
#include <string>
#include <utility>

#include "reactor/address.h"
#include "reactor/ascii.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

constexpr std::string_view forms =
    "use 9000, host:9000, [::1]:9000, /path/to.sock, tcp://host:port, tls://host:port, "
    "udp://host:port, unix:///path or fd:3";

Failure wrong(std::string_view text, std::string const& why) {
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                               "'" + std::string(text) + "' is no endpoint: " + why);
}

// `transport` says whose list of services a name is looked up in.
Result<std::uint16_t> parse_port(std::string_view text, char const* transport = "tcp") {
  std::uint16_t port = 0;
  if (parse_number(text, port)) return port;
  auto const* const service = text.empty() || ascii::is_digits(text)
                                  ? nullptr
                                  : getservbyname(std::string(text).c_str(), transport);
  if (service) return ntohs(static_cast<std::uint16_t>(service->s_port));
  auto const word = std::ranges::any_of(text, ascii::is_letter);
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                               "'" + std::string(text) + "' is no port; use 0 to 65535" +
                                   (word ? " or the name of a service" : ""));
}

// Of a URI whose authority has no colon.
std::string missing_port(std::string_view authority) {
  std::uint16_t port = 0;
  std::string why = "the port is missing";
  if (!parse_number(authority, port)) return why;
  return why + "; if " + std::string(authority) + " is one, write a colon before it";
}

bool is_service(std::string_view name) {
  return getservbyname(std::string(name).c_str(), nullptr) != nullptr;
}

// "" or why it is the name of no host: one that a person would not see in a failed look-up.
std::string check_name(std::string_view host) {
  auto const at = host.find_first_of("/@,; \t");
  if (at == host.npos) return "";
  auto const why =
      "'" + std::string(host) + "' is no host, for it has a " +
      (host[at] == ' ' || host[at] == '\t' ? "blank" : std::string("'") + host[at] + "'");
  return host[at] == '@' ? why + "; write what is behind it" : why;
}

// "" or why `text` has more than its last colon.
std::string check_colons(std::string_view text, std::size_t last) {
  std::string const host(text.substr(0, last));
  if (host.find(':') == host.npos) return "";
  auto const bracketed = "write an IPv6 address in brackets: [";
  if (Address::ip(host, 0)) return bracketed + host + "]" + std::string(text.substr(last));
  if (Address::ip(text, 0)) return bracketed + std::string(text) + "]:9000";
  return "it has more than one colon";
}

// host:port, [v6]:port and port alone.
Result<Endpoint> parse_host_port(std::string_view whole, std::string_view text,
                                 char const* transport = "tcp") {
  auto const colon = text.rfind(':');
  auto const bracket = text.rfind(']');
  if (colon == text.npos || (bracket != text.npos && colon < bracket)) {
    if (bracket != text.npos) return wrong(whole, "the port is missing");
    if (text.find(' ') != text.npos)
      return wrong(whole, "it has a blank; are two words quoted as one?");
    if (Address::ip(text, 0))
      return wrong(whole, "the port is missing: " + std::string(text) + ":9000");
    if (is_service(text))
      return wrong(whole, "write :" + std::string(text) + " for the port of that service");
    if (!ascii::is_digits(text)) return wrong(whole, std::string(forms));
    auto const port = parse_port(text);
    if (!port) return wrong(whole, port.failure().message());
    return Endpoint::tcp({}, *port);
  }
  auto host = text.substr(0, colon);
  auto const literal = host.starts_with('[') && host.ends_with(']');
  if (auto const why = literal ? "" : check_colons(text, colon); !why.empty())
    return wrong(whole, why);
  auto port = parse_port(text.substr(colon + 1), transport);
  if (!port) return wrong(whole, port.failure().message());
  if (literal) {
    host = host.substr(1, host.size() - 2);
    if (!Address::ip(host, 0) || host.find(':') == host.npos)
      return wrong(whole, "'" + std::string(host) + "' is no IPv6 address");
  } else if (auto const why = check_name(host); !why.empty()) {
    return wrong(whole, why);
  }
  if (host == "*") host = {};
  return Endpoint::tcp(std::string(host), *port);
}

Result<Endpoint> parse_unix(std::string_view whole, std::string_view path,
                            std::string const& scheme = "unix") {
  if (path.empty() || path == "@" ||
      (path.front() != '/' && path.front() != '@' && path.front() != '.'))
    return wrong(whole, "a unix socket is " + scheme + ":///path or " + scheme + ":@abstract");
  if (!Address::unix(path)) return wrong(whole, "the path is longer than 107 bytes");
  return Endpoint::unix(std::string(path));
}

bool takes(Endpoint const& endpoint, EndpointSetting const& setting) {
  switch (setting.of) {
    case EndpointSetting::Of::tls: return endpoint.tls.has_value();
    case EndpointSetting::Of::unix: return endpoint.kind == Endpoint::Kind::unix;
    case EndpointSetting::Of::all: break;
  }
  return true;
}

// "there is: backlog"
std::string all_settings(Endpoint const& endpoint) {
  std::string all;
  for (auto const& setting : endpoint_settings())
    if (takes(endpoint, setting)) all.append(all.empty() ? "" : ", ").append(setting.key);
  return (all.find(',') == all.npos ? "there is: " : "there are: ") + all;
}

// "" or what is wrong. `again`: the key has come before.
std::string apply(std::string const& key, std::string const& value, bool again,
                  Endpoint& endpoint) {
  auto const found = std::ranges::find(endpoint_settings(), key, &EndpointSetting::key);
  if (found == endpoint_settings().end() || !takes(endpoint, *found))
    return "there is no setting '" + key + "'; " + all_settings(endpoint);
  if (again && !found->repeatable) return key + " is given twice";
  auto const problem = found->set(endpoint, value);
  return problem.empty() ? "" : key + ": " + problem;
}

Result<Endpoint> parse_unix_datagram(std::string_view whole, std::string_view path) {
  auto endpoint = parse_unix(whole, path, "unix-dgram");
  if (endpoint) endpoint->kind = Endpoint::Kind::unix_datagram;
  return endpoint;
}

Result<Endpoint> parse_udp(std::string_view whole, std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find(':') == text.npos) return wrong(whole, missing_port(text));
  auto endpoint = parse_host_port(whole, text, "udp");
  if (endpoint) endpoint->kind = Endpoint::Kind::udp;
  return endpoint;
}

Result<Endpoint> parse_settings(std::string_view whole, std::string_view query, Endpoint endpoint) {
  if (endpoint.datagram()) return wrong(whole, "an endpoint for datagrams has no settings");
  auto const text = "?" + std::string(query);  // the parsed settings refer to it
  auto const settings = boost::urls::parse_uri_reference(text);
  if (!settings) return wrong(whole, "the settings after '?' are malformed");
  std::set<std::string> given;
  // A plus is a plus, as file names have it.
  for (auto const& setting : settings->params(boost::urls::encoding_opts(false))) {
    bool const again = !given.insert(setting.key).second;
    auto const problem = apply(setting.key, setting.value, again, endpoint);
    if (!problem.empty()) return wrong(whole, problem);
  }
  return endpoint;
}

Result<Endpoint> parse_place(std::string_view whole, std::string_view text) {
  if (text.starts_with('/') || text.starts_with("./") || text.starts_with('@'))
    return parse_unix(whole, text);
  if (text.starts_with("unix:")) {
    text.remove_prefix(5);
    if (text.starts_with("//")) text.remove_prefix(2);
    return parse_unix(whole, text);
  }
  if (text.starts_with("unix-dgram:")) {
    text.remove_prefix(11);
    if (text.starts_with("//")) text.remove_prefix(2);
    return parse_unix_datagram(whole, text);
  }
  if (text.starts_with("udp://")) return parse_udp(whole, text.substr(6));
  if (text.starts_with("fd:")) {
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::fd;
    if (parse_number(text.substr(3), endpoint.fd) && endpoint.fd >= 0) return endpoint;
    return wrong(whole, "an inherited socket is fd:NUMBER");
  }
  if (text.starts_with("tcp://") || text.starts_with("tls://")) {
    auto const tls = text.starts_with("tls");
    text.remove_prefix(6);
    if (text.ends_with('/')) text.remove_suffix(1);
    if (text.find(':') == text.npos) return wrong(whole, missing_port(text));
    auto endpoint = parse_host_port(whole, text);
    if (endpoint && tls) endpoint->tls.emplace();
    return endpoint;
  }
  if (auto const scheme = text.find("://"); scheme != text.npos)
    return wrong(whole, "there is no scheme '" + std::string(text.substr(0, scheme)) +
                            "'; there are: tcp, tls, udp, unix, unix-dgram, fd");
  return parse_host_port(whole, text);
}

}  // namespace

Endpoint Endpoint::tcp(std::string host, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

Endpoint Endpoint::unix(std::string path) {
  Endpoint endpoint;
  endpoint.kind = Kind::unix;
  endpoint.path = std::move(path);
  return endpoint;
}

Endpoint Endpoint::udp(std::string host, std::uint16_t port) {
  auto endpoint = tcp(std::move(host), port);
  endpoint.kind = Kind::udp;
  return endpoint;
}

Endpoint Endpoint::unix_datagram(std::string path) {
  auto endpoint = unix(std::move(path));
  endpoint.kind = Kind::unix_datagram;
  return endpoint;
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  auto const question = text.find('?');
  auto place = parse_place(text, text.substr(0, question));
  if (!place || question == text.npos) return place;
  return parse_settings(text, text.substr(question + 1), std::move(*place));
}

Result<Endpoint> Endpoint::parse(std::string_view host, std::string_view port) {
  auto number = parse_port(port);
  if (!number) return number.failure();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return wrong(host, "the host is missing");
  if (auto const why = check_name(host); !why.empty())
    return Failure::with_message(std::make_error_code(std::errc::invalid_argument), why);
  return tcp(std::string(host), *number);
}

std::string Endpoint::to_string() const {
  if (kind == Kind::unix) return path;
  if (kind == Kind::unix_datagram)
    return (path.starts_with('/') ? "unix-dgram://" : "unix-dgram:") + path;
  if (kind == Kind::fd) return "fd:" + std::to_string(fd);
  auto const name = host.find(':') == host.npos ? host : "[" + host + "]";
  auto const place = (name.empty() ? "*" : name) + ":" + std::to_string(port);
  return kind == Kind::udp ? "udp://" + place : place;
}

}  // namespace twx
