// Public. HttpUrl: where an http or https URL leads (RFC 3986), by Boost.URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/failure.h"

namespace twx {

struct HttpUrl {
  std::string scheme;  // "http" or "https"
  std::string user;    // percent-decoded; empty: none
  std::string password;
  std::string host;  // in lower case, without brackets and without a dot at the end
  std::uint16_t port = 0;
  std::string target;    // of the request: path and query, percent-encoded, never empty
  std::string fragment;  // not sent; what comes after "#", as it stood

  // "http" is taken where there is no scheme. Bytes of 0x80 and more are percent-encoded. Fails
  // with HttpError::bad_url: control characters, a space, another scheme, no host, a bad port, or a
  // host that holds one of "/ ? # @ :" in percent-encoded form.
  // Names in other scripts become their "xn--" form (UTS 46). "." and ".." in the path are resolved
  // unless `as_it_is`.
  static Result<HttpUrl> parse(std::string_view text, bool as_it_is = false);
  // What a Location field leads to from here (RFC 9110, section 10.2.2); spaces in it are
  // percent-encoded. A fragment of this one's goes on if the new one has none.
  Result<HttpUrl> resolve(std::string_view reference) const;

  bool secure() const { return scheme == "https"; }
  bool usual_port() const { return port == (secure() ? 443 : 80); }
  // For the Host field: "example.org", "[::1]:8080".
  std::string authority() const;
  // The whole, without user, password and fragment.
  std::string text() const;
  // Scheme, host and port are the same.
  bool same_origin(HttpUrl const&) const;
};

}  // namespace twx
