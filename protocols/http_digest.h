// Public. DigestSession: a login that does not send its password (RFC 7616; RFC 2617 and 2069 for
// old servers). MD5, SHA-256 and SHA-512-256, each with -sess or without; qop "auth" before
// "auth-int", or none.
//
//   if (digest.take(challenges(head.fields, "WWW-Authenticate")))
//     fields.push_back({"Authorization", digest.answer("GET", url.target).value()});
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http_body.h"
#include "protocols/http_challenge.h"
#include "reactor/failure.h"
#include "reactor/function.h"

namespace twx {

// Of one login at one origin or one proxy: its owner keeps it for no other, and drops it with it.
class DigestSession {
 public:
  // `random` makes the client's nonces, for tests; without it they are 32 random digits.
  DigestSession(std::string user, std::string password, Function<std::string()> random = {});

  // Takes the first of `offered` that can be answered, and starts its count anew. False if there is
  // none, or if what it asks for was answered before: the login is refused. A server may say that
  // its nonce has become stale; that is taken each time, so who asks again and again must count.
  bool take(std::vector<HttpChallenge> const& offered);
  // A challenge was taken.
  bool ready() const { return !challenge_.nonce.empty(); }
  // The value of Authorization, or Proxy-Authorization, of the next request; counts it. `target` is
  // what stands in the request line. `body` is the request's, nullptr for none; auth-int reads all
  // of it, now, and rewinds it. Throws std::logic_error if none was taken. Fails with
  // std::errc::function_not_supported where the system's policy forbids the hash, with
  // HttpError::cannot_rewind where the body can be read but once, or as that does.
  Result<std::string> answer(std::string_view method, std::string_view target,
                             HttpBody* body = nullptr);
  // The server has accepted that, and may want another nonce from now on: nextnonce in
  // Authentication-Info or Proxy-Authentication-Info, `name` (section 3.5).
  void accepted(HttpFields const& fields, std::string_view name);

 private:
  struct Challenge {
    std::string realm, nonce, opaque, algorithm;  // as they came
    std::string qop;                              // auth, auth-int or empty
    bool hide_user = false;                       // userhash=true
    bool stale = false;
  };
  static Challenge read(HttpChallenge const&);
  bool refused(Challenge const&) const;

  std::string const user_;
  std::string const password_;
  Function<std::string()> random_;
  Challenge challenge_;
  std::string client_nonce_;        // one for each nonce of the server
  std::string first_nonce_;         // of the challenge: -sess goes on with its key
  std::string first_client_nonce_;  // the same
  std::uint32_t count_ = 0;
};

}  // namespace twx
