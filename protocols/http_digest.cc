#include "protocols/http_digest.h"

#include <openssl/evp.h>

#include <cstdio>
#include <initializer_list>
#include <memory>
#include <stdexcept>

#include "protocols/http_words.h"
#include "protocols/random_hex.h"
#include "reactor/ascii.h"
#include "reactor/bytes.h"

namespace twx {
namespace {

constexpr std::string_view session_suffix = "-sess";

bool is_session(std::string_view algorithm) {
  return algorithm.size() > session_suffix.size() && ends_with_word(algorithm, session_suffix);
}

// nullptr if it is not known.
EVP_MD const* hash_of(std::string_view algorithm) {
  if (is_session(algorithm)) algorithm.remove_suffix(session_suffix.size());
  if (algorithm.empty() || same_word(algorithm, "MD5")) return EVP_md5();
  if (same_word(algorithm, "SHA-256")) return EVP_sha256();
  if (same_word(algorithm, "SHA-512-256")) return EVP_sha512_256();
  return nullptr;
}

// Throws where it is forbidden.
class Hash {
 public:
  explicit Hash(std::string_view algorithm) {
    require(context_ && EVP_DigestInit_ex(context_.get(), hash_of(algorithm), nullptr) == 1);
  }
  void add(std::string_view text) {
    require(EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1);
  }
  // In lower-case hexadecimal.
  std::string finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
    return ascii::hex(text(std::as_bytes(std::span(digest, size))));
  }

 private:
  static void require(bool done) {
    if (!done) throw FailureException(std::make_error_code(std::errc::function_not_supported));
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

// Of the parts with colons between them.
std::string hashed(std::string_view algorithm, std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (auto const part : parts) (whole += part) += ':';
  whole.pop_back();
  Hash hash(algorithm);
  hash.add(whole);
  return hash.finish();
}

// All of it; then it is at its beginning again.
std::string hashed(std::string_view algorithm, HttpBody* body) {
  Hash hash(algorithm);
  FailureException const once{Failure(HttpError::cannot_rewind)};
  if (body && !body->rewind()) throw once;
  while (body) {
    auto const piece = body->read().value();
    if (!piece) throw once;  // it comes from outside
    if (piece->empty()) break;
    hash.add(text(*piece));
  }
  if (body && !body->rewind()) throw once;
  return hash.finish();
}

std::string eight_digits(std::uint32_t number) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(number));
  return text;
}

}  // namespace

DigestSession::DigestSession(std::string user, std::string password, Function<std::string()> random)
    : user_(std::move(user)), password_(std::move(password)), random_(std::move(random)) {
  if (!random_) random_ = [] { return random_hex(16); };
}

// Without a nonce if it cannot be answered.
DigestSession::Challenge DigestSession::read(HttpChallenge const& offered) {
  auto const& given = offered.parameters;
  std::string const qop = given.lists("qop", "auth")       ? "auth"
                          : given.lists("qop", "auth-int") ? "auth-int"
                                                           : "";
  Challenge challenge{.realm = std::string(given.value("realm")),
                      .nonce = std::string(given.value("nonce")),
                      .opaque = std::string(given.value("opaque")),
                      .algorithm = std::string(given.value("algorithm")),
                      .qop = qop,
                      .hide_user = same_word(given.value("userhash"), "true"),
                      .stale = same_word(given.value("stale"), "true")};
  auto const answerable = same_word(offered.scheme, "Digest") && given.find("realm") &&
                          hash_of(challenge.algorithm) &&
                          (given.find("qop") != nullptr) != qop.empty() &&
                          (!qop.empty() || !is_session(challenge.algorithm));
  if (!answerable) challenge.nonce.clear();
  return challenge;
}

// A server that asks the same again does not like what it was told.
bool DigestSession::refused(Challenge const& challenge) const {
  return count_ > 0 && !challenge.stale && challenge.realm == challenge_.realm;
}

bool DigestSession::take(std::vector<HttpChallenge> const& offered) {
  for (auto const& each : offered) {
    auto challenge = read(each);
    if (challenge.nonce.empty()) continue;
    if (refused(challenge)) return false;
    first_client_nonce_ = client_nonce_ = random_();
    first_nonce_ = challenge.nonce;
    challenge_ = std::move(challenge);
    count_ = 0;
    return true;
  }
  return false;
}

void DigestSession::accepted(HttpFields const& fields, std::string_view name) {
  if (!ready()) return;
  HttpFields const given{{"", "Digest " + std::string(fields.value(name))}};
  auto const info = challenges(given, "");
  auto const next = info.empty() ? std::string_view() : info.front().parameters.value("nextnonce");
  if (next.empty() || next == challenge_.nonce) return;
  challenge_.nonce = next;
  client_nonce_ = random_();
  count_ = 0;
}

Result<std::string> DigestSession::answer(std::string_view method, std::string_view target,
                                          HttpBody* body) {
  if (!ready()) throw std::logic_error("no challenge was taken");
  auto const& [realm, nonce, opaque, algorithm, qop, hide_user, stale] = challenge_;
  try {
    auto key = hashed(algorithm, {user_, realm, password_});
    if (is_session(algorithm)) key = hashed(algorithm, {key, first_nonce_, first_client_nonce_});
    auto const asked = qop == "auth-int"
                           ? hashed(algorithm, {method, target, hashed(algorithm, body)})
                           : hashed(algorithm, {method, target});
    auto const count = eight_digits(++count_);
    auto const response = qop.empty()
                              ? hashed(algorithm, {key, nonce, asked})
                              : hashed(algorithm, {key, nonce, count, client_nonce_, qop, asked});
    auto const user = hide_user ? hashed(algorithm, {user_, realm}) : user_;
    auto text = "Digest username=" + quoted_string(user) + ", realm=" + quoted_string(realm) +
                ", nonce=" + quoted_string(nonce) + ", uri=" + quoted_string(target);
    if (!qop.empty())
      text += ", cnonce=" + quoted_string(client_nonce_) + ", nc=" + count + ", qop=" + qop;
    text += ", response=\"" + response + '"';
    if (!opaque.empty()) text += ", opaque=" + quoted_string(opaque);
    if (!algorithm.empty()) text += ", algorithm=" + algorithm;
    if (hide_user) text += ", userhash=true";
    return text;
  } catch (FailureException const& failed) {
    return failed.failure();
  }
}

}  // namespace twx
