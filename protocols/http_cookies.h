// Public. HttpCookieJar: what servers gave us to be told again (RFC 6265, with the prefixes and the
// greatest age of its successor, RFC 6265bis). No I/O in it, and no clock.
//
//   jar.take(head.fields, url, now);
//   if (auto const cookies = jar.field(url, now); !cookies.empty())
//     request.fields.push_back({"Cookie", cookies});
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http.h"
#include "protocols/http_url.h"

namespace twx {

using CookieTime = std::chrono::sys_seconds;  // of std::chrono::system_clock

// One cookie as a jar keeps it (RFC 6265, section 5.3).
struct HttpCookie {
  std::string name;                        // never empty
  std::string value;                       // may be empty
  std::string domain;                      // in lower case, without a dot in front
  std::string path;                        // begins with "/"
  bool host_only = true;                   // otherwise it is for the hosts below `domain` too
  bool secure = false;                     // for https only
  bool http_only = false;                  // not for scripts; kept for the file's sake
  std::optional<CookieTime> expires = {};  // none: with the session
  std::size_t number = 0;                  // given by the jar: older ones have lower ones
};

// What is more is dropped; bytes, where nothing else is said.
struct CookieLimits {
  static constexpr std::size_t line = 5000;        // of one Set-Cookie
  static constexpr std::size_t pair = 4096;        // name and value
  static constexpr std::size_t attribute = 1024;   // of one value of an attribute
  static constexpr std::size_t per_response = 50;  // cookies
  static constexpr std::size_t per_request = 150;  // cookies
  static constexpr std::size_t field = 8190;       // of Cookie
  static constexpr std::chrono::days age{400};     // the longest
};

// The host and everything below it may be given one cookie: `domain` is no address, no public
// suffix (by libpsl's list) and no more than ASCII letters in lower case.
bool is_cookie_domain(std::string_view domain);

// Cookies of any number of hosts, each for its own (RFC 6265).
class HttpCookieJar {
 public:
  // Obeys the Set-Cookie fields of a response from `url`; those that break a rule or a limit have
  // no effect.
  void take(HttpFields const& response, HttpUrl const& url, CookieTime now);
  // Puts one in, in place of the one of the same name, domain and path, whose age it takes over.
  // One that has expired takes the other away. Says whether the cookie was well-formed.
  bool add(HttpCookie cookie, CookieTime now);
  // For the Cookie field of a request for `url`; may be empty. `given` is what the user wants in
  // this field: it stands behind ours and counts for the limits.
  std::string field(HttpUrl const& url, CookieTime now, std::string_view given = {}) const;
  // Those that have not expired, the oldest first.
  std::vector<HttpCookie> cookies(CookieTime now) const;
  // Forgets the cookies that have no date to expire.
  void end_session();

 private:
  struct Identity {
    bool operator()(HttpCookie const&, HttpCookie const&) const;
  };
  bool shadows_secure(HttpCookie const&) const;

  std::set<HttpCookie, Identity> cookies_;
  std::size_t next_number_ = 0;
};

}  // namespace twx
