#include "cli/tls_options.h"

#include <algorithm>

#include "cli/certificate_names.h"
#include "reactor/endpoint_settings.h"
#include "reactor/visible.h"

namespace twx {
namespace {

using Side = EndpointSetting::Side;

// An option that is parsed as the setting of endpoints is.
template <class Value>
Option& parsed(Options& options, std::string name, std::string metavar, Value& value,
               std::string (*set)(Value&, std::string_view), std::string help) {
  Option option;
  option.names = std::move(name);
  option.metavar = std::move(metavar);
  option.help = std::move(help);
  option.set = [&value, set](std::string_view text) { return set(value, text); };
  return options.option(std::move(option));
}

// What the two sides say differently.
struct Help {
  std::string_view certificate, pin;
  std::string_view certificate_names = "--cert";
};

void declare_common(Options& options, TlsArguments& values, Help help) {
  auto& tls = values.options;
  options.option(std::string(help.certificate_names), "FILE", tls.certificate_file,
                 std::string(help.certificate), Kind::file);
  options.option("--key", "FILE", tls.key_file, "Its private key in PEM form (default: in --cert)",
                 Kind::file);
  parsed(options, "--pin", "SHA256", tls.pins, add_pin, std::string(help.pin)).repeatable = true;
  parsed(options, "--alpn", "LIST", tls.alpn, add_protocols,
         "Protocols to agree upon (ALPN), best first: h2,http/1.1")
      .repeatable = true;
  options.option("--tls-key-log", "FILE", tls.key_log_file,
                 "Append the secrets of each connection to FILE, for Wireshark; made with mode "
                 "0600, and a symbolic link is refused",
                 Kind::file);
}

// "" or which setting has no meaning on this side, and what has.
std::string check_side(Endpoint const& endpoint, Side side) {
  auto const name = side == Side::client ? "a client" : "a server";
  for (auto const& setting : endpoint_settings()) {
    if (setting.side == side || setting.side == Side::both || !setting.given(endpoint)) continue;
    auto problem = endpoint.to_string() + ": " + name + " has no use for the setting ";
    problem.append(setting.key);
    return setting.instead.empty() ? problem : problem.append("; ").append(setting.instead);
  }
  return "";
}

std::string check_key(TlsOptions const& options) {
  if (options.key_file.empty() || !options.certificate_file.empty()) return "";
  return "--key '" + options.key_file + "' is without its certificate; give --cert too";
}

std::string check(std::span<Endpoint const> endpoints, TlsArguments const& values, Side side) {
  for (auto const& endpoint : endpoints) {
    if (auto problem = check_side(endpoint, side); !problem.empty()) return problem;
    auto const tls = tls_options_for(endpoint, values);
    auto const problem = tls ? check_key(*tls) : "";
    if (problem.empty()) continue;
    auto const own = endpoint.tls && !endpoint.tls->key_file.empty();
    return own ? endpoint.to_string() + ": key is without its certificate; give cert too" : problem;
  }
  auto const tls = [](Endpoint const& endpoint) { return endpoint.tls.has_value(); };
  auto const given = tls_option_given(values.options);
  if (values.wanted || given.empty() || std::ranges::any_of(endpoints, tls)) return "";
  return std::string(given) +
         ": settings of TLS without TLS; add --tls or use an endpoint tls://host:port";
}

template <class T>
void prefer(T& value, T const& own) {
  if (own != T{}) value = own;
}

// What clients have in common.
void declare_verifying(Options& options, TlsArguments& values, std::string_view certificate_names) {
  options.option("--cacert", "FILE", values.options.trusted_file,
                 "Trust the certificates in FILE, not the system's", Kind::file);
  parsed(options, "--servername", "NAME", values.options.server_name, set_server_name,
         "Name to send and to verify (default: HOST)")
      .kind = Kind::host;
  declare_common(options, values,
                 {.certificate = "Show this certificate (PEM, with its chain) if asked for one",
                  .pin = "Take a peer whose certificate has this SHA-256; stands in for --cacert "
                         "and the name",
                  .certificate_names = certificate_names});
}

constexpr char anybody[] = "Do not verify the peer: anybody will do, unless a --pin is given";

}  // namespace

void declare_client_tls(Options& options, TlsArguments& values) {
  options.group("TLS");
  options.flag("--tls", values.wanted,
               "Use TLS 1.2 or 1.3; the peer's certificate and name are verified, and an end "
               "without close_notify is status 18");
  declare_client_tls_settings(options, values);
}

void declare_client_tls_settings(Options& options, TlsArguments& values) {
  declare_verifying(options, values, "--cert");
  options.flag("--insecure", values.options.insecure, anybody);
}

void declare_https_tls(Options& options, TlsArguments& values) {
  options.group("TLS");
  options.flag("-k,--insecure", values.options.insecure, anybody);
  declare_verifying(options, values, "-E,--cert");
  options.check([&values] { return check_key(values.options); });
}

void declare_server_tls(Options& options, TlsArguments& values) {
  options.group("TLS");
  options.flag("--tls", values.wanted,
               "Use TLS 1.2 or 1.3; a handshake may take 10s; without --cert a certificate is made "
               "in memory for localhost, this host's name and where it listens; its pin is shown");
  declare_common(options, values,
                 {.certificate = "Certificate in PEM form, with its chain; on SIGHUP it is read "
                                 "again, and so are --key and --client-ca",
                  .pin = "Require a certificate with this SHA-256 of every client, whoever signed "
                         "it"});
  options.option("--client-ca", "FILE", values.options.client_trusted_file,
                 "Require a certificate of every client, signed by one in FILE", Kind::file);
}

std::string_view tls_option_given(TlsOptions const& options) {
  TlsOptions const usual;
  if (options.trusted_file != usual.trusted_file) return "--cacert";
  if (options.certificate_file != usual.certificate_file) return "--cert";
  if (options.key_file != usual.key_file) return "--key";
  if (options.pins != usual.pins) return "--pin";
  if (options.server_name != usual.server_name) return "--servername";
  if (options.alpn != usual.alpn) return "--alpn";
  if (options.client_trusted_file != usual.client_trusted_file) return "--client-ca";
  if (options.key_log_file != usual.key_log_file) return "--tls-key-log";
  return options.insecure ? "--insecure" : "";
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

std::string check_client_tls(Endpoint const& endpoint, TlsArguments const& values) {
  if (auto problem = check({&endpoint, 1}, values, Side::client); !problem.empty()) return problem;
  auto const tls = tls_options_for(endpoint, values);
  if (!tls || !tls->server_name.empty() || is_ascii(endpoint.host)) return "";
  return "'" + endpoint.host +
         "' is not ASCII, as names in certificates are; write it in its "
         "xn-- form";
}

std::string check_server_tls(std::span<Endpoint const> endpoints, TlsArguments const& values) {
  return check(endpoints, values, Side::server);
}

void name_certificate(std::span<Endpoint const> endpoints, TlsArguments& values) {
  std::vector<Endpoint> without;
  for (auto const& endpoint : endpoints) {
    auto const tls = tls_options_for(endpoint, values);
    if (tls && tls->certificate_file.empty()) without.push_back(endpoint);
  }
  if (!without.empty()) values.options.names = certificate_names(without);
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
