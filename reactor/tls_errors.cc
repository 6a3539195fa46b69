#include "reactor/tls_errors.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>
#include <utility>

#include "reactor/tls_context.h"

namespace twx {

unsigned long tls_complaint() {
  unsigned long found = 0;
  while (auto const code = ERR_get_error()) {
    auto const no_memory = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    auto const better = ERR_GET_LIB(found) != ERR_LIB_SSL && ERR_GET_LIB(code) == ERR_LIB_SSL;
    if (found == 0 || no_memory || (better && ERR_GET_REASON(found) != ERR_R_MALLOC_FAILURE))
      found = code;
  }
  return found;
}

bool is_no_tls(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_BAD_RECORD_TYPE: return true;
    default: return false;
  }
}

bool is_alert(int reason) { return reason >= SSL_AD_REASON_OFFSET; }

// OpenSSL's list of alerts lacks those of TLS 1.3, its list of errors has them: "tlsv13 alert
// certificate required".
std::string alert_text(unsigned long code) {
  std::string text = SSL_alert_desc_string_long(ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET);
  auto const* const error = ERR_reason_error_string(code);
  if (text != "unknown" || !error) return text;
  std::string_view const whole = error;
  auto const place = whole.find("alert ");
  return std::string(place == whole.npos ? whole : whole.substr(place + 6));
}

std::string not_trusted_text(SSL const* ssl, std::string const& name) {
  std::string text = "certificate not trusted: ";
  auto const verdict = SSL_get_verify_result(ssl);
  auto const* const chain = SSL_get0_verified_chain(ssl);
  auto* const leaf = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
  auto const other_name =
      verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
  if (leaf && other_name)
    text += "it is for " + names_of(leaf) + ", not for " + name;
  else
    text += X509_verify_cert_error_string(verdict);
  if (leaf) text += "; its SHA-256 is " + fingerprint(leaf);
  return text;
}

Failure handshake_failed(std::string message) {
  return Failure::with_message(Error::tls_handshake, std::move(message));
}

}  // namespace twx
