#include "reactor/endpoint_settings.h"

#include <algorithm>

#include "reactor/address.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr EndpointForm forms[] = {
    {"9000", "port 9000 of all interfaces; for connect, of this machine"},
    {"host:9000", "a name or an IPv4 address; *:9000 is 9000; a port may be a service's name"},
    {"[::1]:9000", "an IPv6 address"},
    {"tcp://host:9000", "the same in full: tcp://[::1]:9000, tcp://:9000"},
    {"tls://host:9000", "with TLS"},
    {"unix:///path", "a unix socket; also /path and ./path"},
    {"unix:@name", "an abstract unix socket, which is no file; also @name"},
    {"fd:3", "an inherited socket: a listening one for serve, a connected one for connect"},
    {"udp://host:9000", "datagrams; udp://:9000 for all interfaces"},
    {"unix-dgram:///path", "datagrams on a unix socket; also unix-dgram:@name"},
};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string set_backlog(Endpoint& endpoint, std::string_view value) {
  if (parse_number(value, endpoint.backlog.emplace()) && *endpoint.backlog >= 1) return "";
  return quoted(value) + " is not a whole number from 1 on";
}

bool has_backlog(Endpoint const& endpoint) { return endpoint.backlog.has_value(); }

std::string set_mode(Endpoint& endpoint, std::string_view value) {
  if (parse_number(value, endpoint.mode.emplace(), 8) && *endpoint.mode <= 0777) return "";
  return quoted(value) + " is not an octal number up to 777";
}

bool has_mode(Endpoint const& endpoint) { return endpoint.mode.has_value(); }

std::string set_file(std::string& file, std::string_view value) {
  file = value;
  if (value.find('\0') != value.npos) return quoted(value) + " is no file name; it has a NUL byte";
  return value.empty() ? "the value is empty; it must be a file" : "";
}

std::string set_insecure(bool& insecure, std::string_view value) {
  insecure = true;
  return value.empty() || value == "1" ? "" : "it takes no value";
}

// Of a setting that is a member of the TlsOptions.
template <auto member, auto set_member>
std::string set(Endpoint& endpoint, std::string_view value) {
  return endpoint.tls ? set_member((*endpoint.tls).*member, value) : "it is for tls:// only";
}
template <auto member>
bool has(Endpoint const& endpoint) {
  return endpoint.tls && (*endpoint.tls).*member != TlsOptions{}.*member;
}

using Side = EndpointSetting::Side;
using Tls = TlsOptions;

constexpr EndpointSetting settings[] = {
    {.key = "backlog",
     .metavar = "N",
     .meaning = "How many connections may wait to be accepted (default 4096)",
     .side = Side::server,
     .of = EndpointSetting::Of::all,
     .set = set_backlog,
     .given = has_backlog},
    {.key = "mode",
     .metavar = "OCTAL",
     .meaning = "Who may connect, as chmod has it: 660 (default: as the umask says)",
     .side = Side::server,
     .of = EndpointSetting::Of::unix,
     .set = set_mode,
     .given = has_mode},
    {.key = "cacert",
     .metavar = "FILE",
     .meaning = "Trust the certificates in FILE, not the system's",
     .side = Side::client,
     .instead = "client-ca says who may sign the certificates of clients",
     .set = set<&Tls::trusted_file, set_file>,
     .given = has<&Tls::trusted_file>},
    {.key = "cert",
     .metavar = "FILE",
     .meaning = "One's own certificate, with its chain",
     .set = set<&Tls::certificate_file, set_file>,
     .given = has<&Tls::certificate_file>},
    {.key = "key",
     .metavar = "FILE",
     .meaning = "Its key (default: in the file of cert)",
     .set = set<&Tls::key_file, set_file>,
     .given = has<&Tls::key_file>},
    {.key = "pin",
     .metavar = "SHA256",
     .meaning = "Require this certificate of the peer, whoever signed it",
     .repeatable = true,
     .set = set<&Tls::pins, add_pin>,
     .given = has<&Tls::pins>},
    {.key = "servername",
     .metavar = "NAME",
     .meaning = "Name to send and to verify (default: the host)",
     .side = Side::client,
     .instead = "a server has the names in its certificate: cert",
     .set = set<&Tls::server_name, set_server_name>,
     .given = has<&Tls::server_name>},
    {.key = "alpn",
     .metavar = "LIST",
     .meaning = "Protocols to agree upon, best first: h2,http/1.1",
     .repeatable = true,
     .set = set<&Tls::alpn, add_protocols>,
     .given = has<&Tls::alpn>},
    {.key = "client-ca",
     .metavar = "FILE",
     .meaning = "Require certificates of clients, signed by one in FILE",
     .side = Side::server,
     .instead = "cacert says who may sign the certificate of the server",
     .set = set<&Tls::client_trusted_file, set_file>,
     .given = has<&Tls::client_trusted_file>},
    {.key = "insecure",
     .meaning = "Do not verify the peer: anybody will do",
     .side = Side::client,
     .instead = "a server takes every client, unless client-ca or pin is given",
     .set = set<&Tls::insecure, set_insecure>,
     .given = has<&Tls::insecure>},
};

bool is_label(std::string_view label) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !label.empty() && label.size() <= 63 && label.find_first_not_of(allowed) == label.npos;
}

bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > 253) return false;
  for (;;) {
    auto const dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::span<EndpointForm const> endpoint_forms() { return forms; }
std::span<EndpointSetting const> endpoint_settings() { return settings; }

std::string add_pin(std::vector<std::string>& pins, std::string_view pin) {
  pins.emplace_back(pin);
  return is_pin(pin) ? "" : quoted(pin) + " is no SHA-256; it has 64 hex digits";
}

std::string add_protocols(std::vector<std::string>& names, std::string_view list) {
  for (;;) {
    auto const comma = list.find(',');
    auto const& name = names.emplace_back(list.substr(0, comma));
    if (name.empty() || name.size() > 255)
      return quoted(name) + " is no protocol name; it has 1 to 255 bytes";
    if (comma == list.npos) return "";
    list.remove_prefix(comma + 1);
  }
}

std::string set_server_name(std::string& name, std::string_view text) {
  name = text;
  if (!is_ascii(text)) return quoted(text) + " is not ASCII; write it in its xn-- form";
  if (Address::ip(text, 0) || is_host_name(text)) return "";
  return quoted(text) +
         " is no host name; it has letters, digits and hyphens between dots, at most 63 in a row "
         "and 253 in all";
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace twx
