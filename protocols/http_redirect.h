// Public. What a redirect makes of a request (RFC 9110, section 15.4).
#pragma once

#include <optional>

#include "protocols/http_client.h"
#include "protocols/http_url.h"

namespace twx {

// How redirects are followed.
struct RedirectRules {
  unsigned limit = 20;  // in a row, for who follows them
  // A POST stays one after 301, 302 or 303. Otherwise it becomes a GET, as browsers have it.
  bool keep_post_301 = false;
  bool keep_post_302 = false;
  bool keep_post_303 = false;
  bool keep_credentials = false;  // also for another origin
};

// Whether a field of that name is dropped on the way to another origin: Authorization, Cookie,
// Proxy-Authorization, X-Auth..., and names that end in -key, -token or -secret.
bool is_credential(std::string_view name);

// Where `head` sends `request`, which was for `url`, and changes the request accordingly: method,
// body and the fields of the body, credentials, Host. Nothing if it sends it nowhere. Fails with
// HttpError::bad_url.
Result<std::optional<HttpUrl>> follow_redirect(HttpHead const& head, HttpUrl const& url,
                                               HttpRequest& request, RedirectRules const& rules);

}  // namespace twx
