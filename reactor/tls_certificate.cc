// The certificate that a server without one makes for itself.
#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <new>

#include "reactor/address.h"
#include "reactor/ascii.h"
#include "reactor/bytes.h"
#include "reactor/tls_context.h"
#include "reactor/visible.h"

namespace twx {
namespace {

constexpr long day = 24 * 60 * 60;
constexpr int most_names = 5;  // of a certificate, in a message
constexpr std::size_t longest_name = 253;

using GeneralNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;

std::vector<std::string> usual_names() {
  std::vector<std::string> names{"localhost"};
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' && names[0] != name.data())
    names.emplace_back(name.data());
  names.insert(names.end(), {"127.0.0.1", "::1"});
  return names;
}

bool add_name(GENERAL_NAMES* names, std::string const& name) {
  auto const is_address = Address::ip(name, 0).has_value();
  auto* const string = is_address ? a2i_IPADDRESS(name.c_str()) : ASN1_IA5STRING_new();
  auto* const entry = GENERAL_NAME_new();
  if (!string || !entry || sk_GENERAL_NAME_push(names, entry) <= 0) return false;
  GENERAL_NAME_set0_value(entry, is_address ? GEN_IPADD : GEN_DNS, string);
  return is_address || ASN1_STRING_set(string, name.data(), static_cast<int>(name.size())) == 1;
}

bool add_names(X509* certificate, std::vector<std::string> const& names) {
  GeneralNames const all(GENERAL_NAMES_new());
  for (auto const& name : names)
    if (!all || !add_name(all.get(), name)) return false;
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, X509V3_ADD_DEFAULT) ==
         1;
}

bool add_extension(X509* certificate, int kind, char const* value) {
  Extension const extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill(X509* certificate, EVP_PKEY* key, std::vector<std::string> const& names) {
  auto* const subject = X509_get_subject_name(certificate);
  auto const* const common = reinterpret_cast<unsigned char const*>(names.front().c_str());
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         // From yesterday on, for clocks that are late.
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
                                 static_cast<std::uint64_t>(std::time(nullptr))) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -day) &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), 365 * day) &&
         X509_set_pubkey(certificate, key) == 1 &&
         X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, common, -1, -1, 0) ==
             1 &&
         X509_set_issuer_name(certificate, subject) == 1 && add_names(certificate, names) &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

// Of a host, as a person may see it; empty: of something else.
std::string name_of(GENERAL_NAME const& name) {
  int kind = 0;
  auto const* const value = static_cast<ASN1_STRING const*>(GENERAL_NAME_get0_value(&name, &kind));
  if (!value || (kind != GEN_DNS && kind != GEN_IPADD)) return {};
  auto const* const data = ASN1_STRING_get0_data(value);
  auto const size = static_cast<std::size_t>(ASN1_STRING_length(value));
  if (kind == GEN_DNS)
    return escaped({reinterpret_cast<char const*>(data), std::min(size, longest_name)});
  std::array<char, INET6_ADDRSTRLEN> text{};
  auto const family = size == 4 ? AF_INET : AF_INET6;
  if (size != 4 && size != 16) return {};
  return inet_ntop(family, data, text.data(), text.size()) ? text.data() : "";
}

}  // namespace

std::string fingerprint(X509 const* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return ascii::hex(text(std::as_bytes(std::span(digest).first(size))));
}

std::string names_of(X509 const* certificate) {
  GeneralNames const all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  int named = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    auto const name = name_of(*sk_GENERAL_NAME_value(all.get(), i));
    if (name.empty()) continue;
    if (!text.empty()) text += ", ";
    if (++named > most_names) return text + "and others";
    text += name;
  }
  return text.empty() ? "no name" : text;
}

Result<OwnCertificate> make_certificate(std::vector<std::string> const& given) {
  auto const names = given.empty() ? usual_names() : given;
  OwnCertificate made{Certificate(X509_new()), PrivateKey(EVP_EC_gen("P-256"))};
  if (!made.certificate || !made.key || !fill(made.certificate.get(), made.key.get(), names))
    return Failure::with_message(Error::tls_configuration,
                                 "cannot make a certificate for " + names.front());
  return made;
}

}  // namespace twx
