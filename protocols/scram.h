// Public. ScramClient: SCRAM-SHA-256, a login in which the password is not sent and the server must
// prove that it knows it (RFC 5802 and 7677), without channel binding. Texts without base64.
//
//   ScramClient scram("user", Secret("pencil"));
//   send(scram.first().value());
//   send(scram.final(server_first).value());
//   if (!scram.verify(server_final)) ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/secret.h"
#include "reactor/failure.h"

namespace twx {

// The name and the password count as they are, in UTF-8: SASLprep (RFC 4013) is not done, which
// makes no difference within ASCII.
class ScramClient {
 public:
  // Iterations that a server may ask for: below the first the password could be guessed from what
  // is sent (RFC 7677, section 4), above the second the time is taken from others.
  static constexpr std::uint32_t fewest_iterations = 4096;
  static constexpr std::uint32_t most_iterations = 1'000'000;

  // `nonce` is for tests: printable ASCII without a comma; empty: 32 random digits.
  ScramClient(std::string user, Secret password, std::string nonce = {});
  ScramClient(ScramClient&&) = default;
  ScramClient& operator=(ScramClient&&) = default;

  // client-first-message. To be asked for once, before the others.
  std::string first();
  // client-final-message; the password is wiped. Fails with IrcError::login_broken where the
  // server's message breaks a rule or a limit.
  Result<std::string> final(std::string_view server_first);
  // Fails with IrcError::login_refused where the server names an error, or
  // IrcError::server_not_proved if its signature is not right.
  Result<void> verify(std::string_view server_final);
  // verify has succeeded.
  bool verified() const { return verified_; }

 private:
  std::string user_;
  Secret password_;
  std::string nonce_;
  std::string first_bare_;
  Secret server_signature_;
  bool verified_ = false;
};

}  // namespace twx
