#include "protocols/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <stdexcept>

#include "protocols/base64.h"
#include "protocols/irc_error.h"
#include "protocols/random_hex.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

using Digest = Secret;  // 32 bytes

unsigned char const* octets(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

Digest digest(unsigned char (&bytes)[SHA256_DIGEST_LENGTH]) {
  Digest result(std::string_view(reinterpret_cast<char const*>(bytes), sizeof bytes));
  OPENSSL_cleanse(bytes, sizeof bytes);
  return result;
}

void require(bool done) {
  if (!done) throw FailureException(std::make_error_code(std::errc::function_not_supported));
}

Digest hmac(Digest const& key, std::string_view text) {
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  unsigned size = sizeof bytes;
  require(HMAC(EVP_sha256(), key.text().data(), static_cast<int>(key.text().size()), octets(text),
               text.size(), bytes, &size) != nullptr);
  return digest(bytes);
}

Digest hash(Digest const& text) {
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  require(EVP_Digest(text.text().data(), text.text().size(), bytes, nullptr, EVP_sha256(),
                     nullptr) == 1);
  return digest(bytes);
}

// Hi() of RFC 5802, section 2.2.
Digest salted(Secret const& password, std::string_view salt, std::uint32_t iterations) {
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  require(PKCS5_PBKDF2_HMAC(password.text().data(), static_cast<int>(password.text().size()),
                            octets(salt), static_cast<int>(salt.size()),
                            static_cast<int>(iterations), EVP_sha256(), sizeof bytes, bytes) == 1);
  return digest(bytes);
}

Digest exclusive_or(Digest const& one, Digest const& other) {
  std::string bytes(one.text());
  std::transform(bytes.begin(), bytes.end(), other.text().begin(), bytes.begin(),
                 [](char a, char b) { return static_cast<char>(a ^ b); });
  Digest result(bytes);
  wipe(bytes);
  return result;
}

// "=" and "," have a meaning of their own.
std::string escaped_name(std::string_view user) {
  std::string name;
  for (auto const c : user) {
    if (c == '=')
      name += "=3D";
    else if (c == ',')
      name += "=2C";
    else
      name += c;
  }
  return name;
}

// Takes "NAME=value" and the comma behind it; nothing if there is another name.
std::optional<std::string_view> take_attribute(std::string_view& message, char name) {
  if (message.size() < 2 || message[0] != name || message[1] != '=') return std::nullopt;
  return take_until(message, ',').substr(2);
}

struct ServerFirst {
  std::string nonce;
  std::string salt;
  std::uint32_t iterations = 0;
};

// What may follow are extensions, which do not matter unless one is before them all ("m=").
std::optional<ServerFirst> read_server_first(std::string_view message) {
  auto const nonce = take_attribute(message, 'r');
  auto const salt = take_attribute(message, 's');
  auto const count = take_attribute(message, 'i');
  if (!nonce || !salt || !count) return std::nullopt;
  auto bytes = base64_decoded(*salt);
  std::uint32_t iterations = 0;
  if (!bytes || bytes->empty() || !parse_number(*count, iterations)) return std::nullopt;
  return ServerFirst{.nonce = std::string(*nonce),
                     .salt = std::move(*bytes),
                     .iterations = iterations};
}

}  // namespace

ScramClient::ScramClient(std::string user, Secret password, std::string nonce)
    : user_(std::move(user)), password_(std::move(password)), nonce_(std::move(nonce)) {
  if (nonce_.empty()) nonce_ = random_hex(16);
}

std::string ScramClient::first() {
  first_bare_ = "n=" + escaped_name(user_) + ",r=" + nonce_;
  return "n,," + first_bare_;
}

Result<std::string> ScramClient::final(std::string_view server_first) {
  auto const wanted = read_server_first(server_first);
  if (!wanted || !wanted->nonce.starts_with(nonce_) || wanted->nonce.size() == nonce_.size())
    return Failure(IrcError::login_broken);
  if (wanted->iterations < fewest_iterations || wanted->iterations > most_iterations)
    return Failure(IrcError::login_broken, std::to_string(wanted->iterations) + " iterations");
  try {
    auto const key = salted(std::exchange(password_, {}), wanted->salt, wanted->iterations);
    auto const without_proof = "c=biws,r=" + wanted->nonce;
    auto const messages = first_bare_ + ',' + std::string(server_first) + ',' + without_proof;
    auto const client_key = hmac(key, "Client Key");
    auto const signature = hmac(hash(client_key), messages);
    server_signature_ = hmac(hmac(key, "Server Key"), messages);
    return without_proof + ",p=" + base64_encoded(exclusive_or(client_key, signature).text());
  } catch (FailureException const& failed) {
    return failed.failure();
  }
}

Result<void> ScramClient::verify(std::string_view server_final) {
  if (auto const error = take_attribute(server_final, 'e'))
    return Failure(IrcError::login_refused, std::string(*error));
  auto const signature = take_attribute(server_final, 'v');
  auto const bytes = signature ? base64_decoded(*signature) : std::nullopt;
  auto const expected = server_signature_.text();
  verified_ = bytes && !expected.empty() && bytes->size() == expected.size() &&
              CRYPTO_memcmp(bytes->data(), expected.data(), expected.size()) == 0;
  if (!verified_) return Failure(IrcError::server_not_proved);
  return {};
}

}  // namespace twx
