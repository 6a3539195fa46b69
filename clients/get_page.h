// Public. get_page: a page by its URL, as a Deferred.
//
//   auto page = co_await get_page(reactor, "https://example.org/");
//   std::cout << page.status << ' ' << page.body;
//
// GCC 12 destroys twice what braces make inside a co_await: give options a name there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/body_receiver.h"
#include "protocols/http_client.h"
#include "protocols/http_cookies.h"
#include "protocols/http_redirect.h"
#include "reactor/reactor.h"

namespace twx {

// For one page, all its redirects included.
struct PageOptions {
  std::string method = "GET";  // as it is sent; "HEAD" gets no body
  // Beside Host, User-Agent, Authorization (Basic) with a login in the URL, Content-Length with a
  // body, and Cookie. A field of these names goes in place of ours, one with an empty value takes
  // it away.
  HttpFields fields = {};
  std::string body = {};
  std::string user_agent = "twx";
  Duration timeout = {};  // for everything, the body included: Error::timed_out; zero is for ever
  bool follow_redirects = true;
  // As they stand: 301, 302, 303, 307 and 308 are followed, 20 times, then
  // HttpError::too_many_redirects. A POST becomes a GET after 301, 302 and 303, as servers that
  // send these after a form expect; Twisted's getPage repeated it after 301 and 302, and so does
  // this with keep_post_301 and keep_post_302.
  RedirectRules redirects = {};
  // Told to the servers of a chain of redirects and taken from them, each only to and from its own
  // domain. Nothing: one of its own for each call.
  std::shared_ptr<HttpCookieJar> cookies = {};
  bool decode = false;  // ask for compressed bodies and undo their content codings
  // Bytes of the body as it is delivered, then HttpError::body_too_large. Nothing: 64 MiB where it
  // is kept in memory, any number for a receiver or a file.
  std::optional<std::uint64_t> most = {};
  ConnectOptions connecting = {};        // without `tls` the peer is verified by the system's list
  std::optional<Endpoint> through = {};  // connect to this, whatever the URL says: a unix socket
  // Makes the connections, in place of the two above: through a proxy, for example.
  std::function<Deferred<HttpClient*>(HttpUrl const&)> connect = {};
};

// When things happened, from the first call on; of the last request if there were redirects.
struct PageTimings {
  Duration connected{};   // name look-up and TLS included
  Duration first_byte{};  // of the answer: its head is in
  Duration total{};
};

// What a server answered.
struct Page {
  int status = 0;      // any; 404 is a page, and so is 204
  std::string reason;  // beside it, for people
  int version = 11;    // 10 or 11
  HttpFields fields;   // in their order and case
  // Transfer codings undone, content codings only by `decode`. Empty for a HEAD or a 204, and where
  // it went to a receiver or a file.
  std::string body;
  std::string url;                     // that gave it, after all redirects
  std::vector<std::string> redirects;  // the URLs before that
  PageTimings timings;
};

// Fires when the page is complete and its connections have ended. Fails with HttpError, what
// stopped the connection, or Error::timed_out; a body cut off with PartialDownload (see
// response.h), which has what came of it. Cancelling closes the connection and fires at once.
// `reactor` must live until this fires.
Deferred<Page> get_page(Reactor& reactor, std::string url, PageOptions options = PageOptions());

// The same, but the body goes to `receiver`, which must live until this fires: of the last response
// only, whatever its status; none if no response comes.
Deferred<Page> get_page(Reactor& reactor, std::string url, BodyReceiver& receiver,
                        PageOptions options = PageOptions());

}  // namespace twx
