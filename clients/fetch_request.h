// The first request for a URL of twx fetch, as its options have it.
#pragma once

#include <memory>
#include <string>

#include "clients/fetch_options.h"
#include "protocols/http_body.h"
#include "protocols/http_client.h"
#include "protocols/http_url.h"

namespace twx {

// What -G, --url-query and --upload-file make of the URL that was typed. Fails with
// HttpError::bad_url, also where --proto does not allow it.
Result<HttpUrl> fetch_url(FetchOptions const&, std::string const& text, std::string const& upload);

// Whether a URL of that scheme may be asked for, "http,https" being the ones allowed.
bool is_allowed(HttpUrl const&, std::string const& schemes);

// What is sent: data, a form, or the file `upload`, if any of them. `standard_input` is what "-"
// stands for, where it is no file. Fails with Error::cannot_read.
struct FetchBodyPlan {
  std::shared_ptr<HttpBody> body;  // nothing: none
  std::string type;                // for Content-Type; empty: none
};
using MakeBody = std::function<std::shared_ptr<HttpBody>()>;
Result<FetchBodyPlan> fetch_body(FetchOptions const&, std::string const& upload,
                                 MakeBody const& standard_input);

// Without login and cookies.
HttpRequest fetch_request(FetchOptions const&, HttpUrl const&, FetchBodyPlan const&, bool upload);

}  // namespace twx
