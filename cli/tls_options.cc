#include "cli/tls_options.h"

namespace twx {
namespace {

void declare_common(Options& options, TlsArguments& values, std::string cert_help) {
  auto& tls = values.options;
  options.option("--cert", "FILE", tls.certificate_file, std::move(cert_help), Kind::file);
  options.option("--key", "FILE", tls.key_file, "Its private key in PEM form (default: in --cert)",
                 Kind::file);
  options.option("--pin", "SHA256", tls.pins,
                 "Take a peer whose certificate has this SHA-256, whoever signed it; may be "
                 "repeated");
  options.option("--alpn", "NAME", tls.alpn, "Protocol to agree upon (ALPN); may be repeated");
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

}  // namespace twx
