#include "tests/reactor/support/certificate.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace twx::test {
namespace {

void must(bool done, char const* what) {
  if (!done) throw std::runtime_error(what);
}

long in_seconds(std::chrono::hours time) { return std::chrono::seconds(time).count(); }

EVP_PKEY* make_key(int weak_bits) {
  if (weak_bits == 0) return EVP_EC_gen("P-256");
  return EVP_RSA_gen(static_cast<unsigned>(weak_bits));
}

void add(X509* to, X509* issuer, int kind, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension && X509_add_ext(to, extension, -1) == 1, value.c_str());
  X509_EXTENSION_free(extension);
}

template <class Write>
std::string written(Write write) {
  auto* const memory = BIO_new(BIO_s_mem());
  must(write(memory) == 1, "PEM");
  char* text = nullptr;
  auto const size = BIO_get_mem_data(memory, &text);
  std::string const all(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return all;
}

}  // namespace

TestCertificate::TestCertificate(CertificateWish const& wish)
    : certificate_(X509_new()), key_(make_key(wish.weak_bits)) {
  auto* const made = get();
  must(made && key(), "certificate or key");
  static long serial = 1000;
  auto* const name = X509_get_subject_name(made);
  auto const* const common = reinterpret_cast<unsigned char const*>(wish.subject.c_str());
  auto* const issuer = wish.issuer ? wish.issuer->get() : made;
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made), in_seconds(wish.from));
  X509_gmtime_adj(X509_getm_notAfter(made), in_seconds(wish.to));
  X509_set_pubkey(made, key());
  must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, common, -1, -1, 0) == 1,
       "subject");
  X509_set_issuer_name(made, X509_get_subject_name(issuer));
  add(made, issuer, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.names.empty()) add(made, issuer, NID_subject_alt_name, wish.names);
  if (!wish.usage.empty() && !wish.authority) add(made, issuer, NID_ext_key_usage, wish.usage);
  must(X509_sign(made, wish.issuer ? wish.issuer->key() : key(), EVP_sha256()) > 0, "signature");
}

std::string TestCertificate::pem() const {
  return written([this](BIO* to) { return PEM_write_bio_X509(to, get()); });
}

std::string TestCertificate::key_pem() const {
  return written([this](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string TestCertificate::pin() const {
  unsigned char* der = nullptr;
  auto const size = i2d_X509(get(), &der);
  must(size > 0, "DER");
  std::array<unsigned char, 32> digest{};
  must(EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(),
                  nullptr) == 1,
       "digest");
  OPENSSL_free(der);
  std::string hex;
  for (auto const byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    hex += two;
  }
  return hex;
}

std::string file_of(ScratchDirectory const& directory, std::string_view name,
                    std::string const& text) {
  auto const path = directory.path(name);
  auto const fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  auto const count = write(fd, text.data(), text.size());
  close(fd);
  must(count == static_cast<ssize_t>(text.size()), path.c_str());
  return path;
}

}  // namespace twx::test
