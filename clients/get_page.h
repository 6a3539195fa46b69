// Public. get_page: a page by its URL, as a Deferred.
//
//   auto page = co_await get_page(reactor, "https://example.org/");
//   std::cout << page.status << ' ' << page.body;
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocols/http_redirect.h"
#include "reactor/reactor.h"

namespace twx {

struct PageOptions {
  std::string method = "GET";
  // Beside Host, User-Agent and, with a body, Content-Length; a field of these names goes before
  // ours, one with an empty value takes it away.
  HttpFields fields = {};
  std::string body = {};
  std::string user_agent = "twx";
  Duration timeout = {};  // for everything, the body included: Error::timed_out; zero is for ever
  bool follow_redirects = true;
  RedirectRules redirects = {};
  std::size_t most = 64 * 1024 * 1024;   // bytes of the body, then HttpError::body_too_large
  ConnectOptions connecting = {};        // without `tls` the peer is verified by the system's list
  std::optional<Endpoint> through = {};  // connect to this, whatever the URL says: a unix socket
};

// When things happened, from the first call on; of the last request if there were redirects.
struct PageTimings {
  Duration connected{};   // name look-up and TLS included
  Duration first_byte{};  // of the answer
  Duration total{};
};

struct Page {
  int status = 0;  // any; 404 is a page
  std::string reason;
  int version = 11;
  HttpFields fields;  // in their order and case
  std::string body;   // transfer codings undone, content codings not; empty for a HEAD or a 204
  std::string url;    // that gave it, after all redirects
  std::vector<std::string> redirects;  // the URLs before that
  PageTimings timings;
};

// Fires when the page is complete and its connection has ended. Fails with HttpError, what stopped
// the connection, or Error::timed_out. Cancelling closes the connection.
Deferred<Page> get_page(Reactor&, std::string url, PageOptions = {});

}  // namespace twx
