// The cookies of one run of twx fetch: -b FILE, -c and -j. They go by URLs; what the Host field
// says does not count.
#pragma once

#include "clients/fetch_options.h"
#include "protocols/http_client.h"
#include "protocols/http_cookies.h"

namespace twx {

class FetchCookies {
 public:
  // `arguments` must live as long.
  explicit FetchCookies(FetchArguments const& arguments) : arguments_(arguments) {}

  // The files of -b. Fails with Error::cannot_read.
  Result<void> read();
  // Obeys the answer from `url`.
  void take(HttpFields const& answer, HttpUrl const& url);
  // The request with what the jar has for `url`, in one Cookie field with what stands there.
  HttpRequest with_cookies(HttpRequest request, HttpUrl const& url) const;
  // What belongs into the file of -c, and puts it there. Fails with Error::cannot_write.
  std::string text() const;
  Result<void> write() const;

 private:
  // As with curl: without a file cookies are neither kept nor sent.
  bool in_use() const { return !arguments_.cookie_files.empty() || !arguments_.cookie_jar.empty(); }

  FetchArguments const& arguments_;
  HttpCookieJar jar_;
};

}  // namespace twx
