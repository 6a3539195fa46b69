// Each of these is a process of its own.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>

#include "tests/support/catch.h"

// What libcrypto knows of the processor: its own variable, of x86-64 only.
extern "C" unsigned OPENSSL_ia32cap_P[4];

namespace {

auto const known_at_the_start = OPENSSL_ia32cap_P[0];
unsigned char digest[EVP_MAX_MD_SIZE];
unsigned char const text[] = "text";

TEST_CASE("libcrypto does not ask the processor at the start", "[start]") {
  CHECK(known_at_the_start == 0);
}

TEST_CASE("libcrypto asks the processor for a digest", "[start]") {
  REQUIRE(EVP_Digest(text, sizeof text, digest, nullptr, EVP_sha256(), nullptr) == 1);
  CHECK(OPENSSL_ia32cap_P[0] != 0);
}

TEST_CASE("libcrypto asks the processor for a message's code", "[start]") {
  REQUIRE(HMAC(EVP_sha256(), text, sizeof text, text, sizeof text, digest, nullptr) != nullptr);
  CHECK(OPENSSL_ia32cap_P[0] != 0);
}

TEST_CASE("libcrypto asks the processor for a password's key", "[start]") {
  REQUIRE(PKCS5_PBKDF2_HMAC("password", 8, text, sizeof text, 1, EVP_sha256(), 32, digest) == 1);
  CHECK(OPENSSL_ia32cap_P[0] != 0);
}

TEST_CASE("libcrypto asks the processor for TLS", "[start]") {
  auto* const context = SSL_CTX_new(TLS_method());
  REQUIRE(context != nullptr);
  CHECK(OPENSSL_ia32cap_P[0] != 0);
  SSL_CTX_free(context);
}

}  // namespace
