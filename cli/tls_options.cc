#include "cli/tls_options.h"

#include <algorithm>

#include "reactor/visible.h"

namespace twx {
namespace {

std::string add_pin(std::vector<std::string>& pins, std::string_view text) {
  pins.emplace_back(text);
  if (is_pin(text)) return "";
  return "'" + pins.back() + "' is no SHA-256; it has 64 hex digits";
}

// A list as well: h2,http/1.1.
std::string add_protocols(std::vector<std::string>& names, std::string_view list) {
  for (;;) {
    auto const comma = list.find(',');
    auto const& name = names.emplace_back(list.substr(0, comma));
    if (name.empty() || name.size() > 255)
      return "'" + name + "' is no protocol name; it has 1 to 255 bytes";
    if (comma == list.npos) return "";
    list.remove_prefix(comma + 1);
  }
}

using Add = std::string (*)(std::vector<std::string>&, std::string_view);
Option repeated(std::string name, std::string metavar, std::vector<std::string>& values, Add add,
                std::string help) {
  Option option;
  option.names = std::move(name);
  option.metavar = std::move(metavar);
  option.help = std::move(help);
  option.repeatable = true;
  option.set = [&values, add](std::string_view text) { return add(values, text); };
  return option;
}

void declare_common(Options& options, TlsArguments& values, std::string cert_help) {
  auto& tls = values.options;
  options.option("--cert", "FILE", tls.certificate_file, std::move(cert_help), Kind::file);
  options.option("--key", "FILE", tls.key_file, "Its private key in PEM form (default: in --cert)",
                 Kind::file);
  options.option(repeated("--pin", "SHA256", tls.pins, &add_pin,
                          "Take a peer whose certificate has this SHA-256, whoever signed it"));
  options.option(repeated("--alpn", "LIST", tls.alpn, &add_protocols,
                          "Protocols to agree upon (ALPN), best first: h2,http/1.1"));
  options.option("--tls-key-log", "FILE", tls.key_log_file,
                 "Append the secrets of each connection to FILE, for Wireshark", Kind::file);
}

template <class T>
void prefer(T& value, T const& own) {
  if (own != T{}) value = own;
}

}  // namespace

void declare_client_tls(Options& options, TlsArguments& values) {
  options.group("TLS");
  options.flag("--tls", values.wanted, "Use TLS; the peer's certificate and name are verified");
  options.option("--cacert", "FILE", values.options.trusted_file,
                 "Trust the certificates in FILE, not the system's", Kind::file);
  options.option("--servername", "NAME", values.options.server_name,
                 "Name to send and to verify (default: HOST)", Kind::host);
  declare_common(options, values, "Show this certificate (PEM, with its chain) if asked for one");
  options.flag("--insecure", values.options.insecure, "Do not verify the peer: anybody will do");
}

void declare_server_tls(Options& options, TlsArguments& values) {
  options.group("TLS");
  options.flag("--tls", values.wanted,
               "Use TLS; without --cert the certificate is made in memory and its pin is shown");
  declare_common(options, values, "Certificate in PEM form, with its chain; read again on SIGHUP");
  options.option("--client-ca", "FILE", values.options.client_trusted_file,
                 "Require certificates of clients, signed by one in FILE", Kind::file);
}

std::optional<TlsOptions> tls_options_for(Endpoint const& endpoint, TlsArguments const& values) {
  if (!endpoint.tls && !values.wanted) return std::nullopt;
  auto merged = values.options;
  if (!endpoint.tls) return merged;
  auto const& own = *endpoint.tls;
  prefer(merged.trusted_file, own.trusted_file);
  prefer(merged.certificate_file, own.certificate_file);
  if (!own.certificate_file.empty()) merged.key_file = own.key_file;
  prefer(merged.key_file, own.key_file);
  prefer(merged.pins, own.pins);
  prefer(merged.server_name, own.server_name);
  prefer(merged.alpn, own.alpn);
  prefer(merged.client_trusted_file, own.client_trusted_file);
  prefer(merged.insecure, own.insecure);
  return merged;
}

std::string check_tls(std::span<Endpoint const> endpoints, TlsArguments const& values) {
  auto const tls = [](Endpoint const& endpoint) { return endpoint.tls.has_value(); };
  if (values.wanted || values.options == TlsOptions{} || std::ranges::any_of(endpoints, tls))
    return "";
  return "settings of TLS without TLS; add --tls or use an endpoint tls://host:port";
}

std::string to_string(TlsInfo const& tls) {
  auto text = tls.version + ", " + tls.cipher;
  if (tls.resumed) text += ", resumed";
  if (!tls.alpn.empty()) text += ", ALPN " + escaped(tls.alpn);
  if (!tls.server_name.empty()) text += ", name " + escaped(tls.server_name);
  if (!tls.pin.empty()) text += ", certificate sha256 " + tls.pin;
  return text;
}

}  // namespace twx
