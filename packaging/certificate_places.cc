// Where OpenSSL looks for certificates of authorities unless told. Debian's is built with Debian's
// places; the program that shares no library runs elsewhere too. SSL_CERT_FILE and SSL_CERT_DIR go
// before, as ever.
#include <openssl/x509.h>
#include <unistd.h>

namespace {

// One file with all of them, as distributions have it.
constexpr char const* bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

char const* first_bundle() {
  for (auto const* bundle : bundles)
    if (access(bundle, R_OK) == 0) return bundle;
  return bundles[0];
}

}  // namespace

// In the place of libcrypto's, all of one object file.
extern "C" {

char const* X509_get_default_private_dir() { return "/usr/lib/ssl/private"; }
char const* X509_get_default_cert_area() { return "/usr/lib/ssl"; }
char const* X509_get_default_cert_dir() { return "/usr/lib/ssl/certs"; }
char const* X509_get_default_cert_dir_env() { return "SSL_CERT_DIR"; }
char const* X509_get_default_cert_file_env() { return "SSL_CERT_FILE"; }

// The folder has each certificate under a name to find it by: nothing is read that is not needed.
char const* X509_get_default_cert_file() {
  auto const has_folder = access(X509_get_default_cert_dir(), R_OK) == 0;
  return has_folder ? "/usr/lib/ssl/cert.pem" : first_bundle();
}

}  // extern "C"
