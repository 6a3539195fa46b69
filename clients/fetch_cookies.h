// The cookies of one run of twx fetch: -b FILE, -c and -j. They go by URLs; what the Host field
// says does not count.
#pragma once

#include "clients/fetch_options.h"
#include "protocols/http_client.h"
#include "protocols/http_cookies.h"

namespace twx {

class FetchCookies {
 public:
  // The files of -b. Fails with Error::cannot_read.
  Result<void> read(FetchOptions const& options);
  // Obeys the answer from `url`.
  void take(HttpFields const& answer, HttpUrl const& url, FetchOptions const& options);
  // Puts what the jar has for `url` into the request, in one Cookie field with what stands there.
  void add(HttpRequest& request, HttpUrl const& url, FetchOptions const& options) const;
  // What belongs into the file of -c, and puts it there. Fails with Error::cannot_write.
  std::string text() const;
  Result<void> write(std::string const& file) const;

 private:
  HttpCookieJar jar_;
};

}  // namespace twx
