// Certificates for tests, made in memory by libcrypto and without any of our code.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>

#include "tests/reactor/support/harness.h"

namespace twx::test {

class TestCertificate;

struct CertificateWish {
  std::string subject = "test";
  std::string names = "DNS:localhost,IP:127.0.0.1";  // subjectAltName; empty: none
  std::string usage = "serverAuth,clientAuth";       // extended key usage; empty: any
  TestCertificate const* issuer = nullptr;           // nobody: signs itself
  bool authority = false;                            // may sign others
  std::chrono::hours from = -24h;                    // now
  std::chrono::hours to = 24h;
  int weak_bits = 0;  // an RSA key of so many bits instead of EC P-256
};

// Throws std::runtime_error where libcrypto does not do it.
class TestCertificate {
 public:
  explicit TestCertificate(CertificateWish const& = {});

  X509* get() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  std::string pem() const;
  std::string key_pem() const;
  // SHA-256 of its DER form in lower-case hex.
  std::string pin() const;

 private:
  struct Free {
    void operator()(X509* each) const { X509_free(each); }
    void operator()(EVP_PKEY* each) const { EVP_PKEY_free(each); }
  };
  std::unique_ptr<X509, Free> certificate_;
  std::unique_ptr<EVP_PKEY, Free> key_;
};

// Writes `text` to a file that nobody else may read; its path.
std::string file_of(ScratchDirectory const&, std::string_view name, std::string const& text);

}  // namespace twx::test
