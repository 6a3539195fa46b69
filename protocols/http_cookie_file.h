// Public. The text of a cookie file in Netscape's format, as curl, wget and browsers' tools have
// it: a cookie a line, seven columns between tabs (domain, for hosts below, path, secure, seconds
// since 1970 or 0 for the session, name, value). "#HttpOnly_" before the domain is no comment.
#pragma once

#include <string>
#include <string_view>

#include "protocols/http_cookies.h"

namespace twx {

// Adds the cookies in `text` to the jar, without those that have expired. Lines that are none, or
// whose cookie breaks a rule of the jar, are passed over.
void read_cookies(HttpCookieJar& jar, std::string_view text, CookieTime now);
// The whole file; cookies that have expired are left out.
std::string cookie_text(HttpCookieJar const& jar, CookieTime now);

}  // namespace twx
