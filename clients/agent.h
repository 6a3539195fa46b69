// Public. Agent: requests over connections that are kept; a response comes with its head.
//
//   Agent agent(reactor, {.redirects = Redirects::safe, .decode = true});
//   auto response = co_await agent.request("GET", "https://example.org/");
//   std::cout << response.head.status << ' ' << co_await read_body(std::move(response));
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "clients/http_pool.h"
#include "clients/response.h"
#include "protocols/http_cookies.h"
#include "protocols/http_redirect.h"
#include "reactor/reactor.h"

namespace twx {

// Which responses send a request on. One that does not, or has no Location, is the response.
enum class Redirects {
  none,
  safe,     // 301, 302, 307 and 308 for GET and HEAD only; 303 becomes a GET (RedirectAgent)
  browser,  // all; a POST becomes a GET after 301, 302 and 303 (BrowserLikeRedirectAgent)
};

// For all requests of one agent.
struct AgentSettings {
  // Limits, and how long connections are kept.
  HttpPool::Settings pool = {};
  bool persistent = true;                 // otherwise "Connection: close" goes with each request
  std::string user_agent = "twx";         // of the field
  Redirects redirects = Redirects::none;  // Twisted's Agent follows none either
  RedirectRules rules = {};               // their limit; what of `browser` is to be otherwise
  // Told to servers by the rules of RFC 6265 and taken from them. Nothing: no cookies.
  std::shared_ptr<HttpCookieJar> cookies = {};
  // Asks for ContentDecoder::accepted and delivers bodies with their content codings undone; the
  // fields of the response stay as they came.
  bool decode = false;
  ConnectOptions connecting = {};        // without `tls` the peer is verified by the system's list
  std::optional<Endpoint> through = {};  // connect to this, whatever the URL says: a unix socket
  // Makes the connections, in place of the two above: through a proxy, for example.
  std::function<Deferred<HttpClient*>(HttpUrl const&)> connect = {};
};

// May go at any time: requests that are under way go on.
class Agent {
 public:
  // `reactor` must live longer.
  explicit Agent(Reactor& reactor, AgentSettings settings = {});

  // Fires when the head is in, 1xx aside; any status is a value. Sends Host, User-Agent, with a
  // login in the URL Authorization (Basic), then `fields`, and with a body Content-Length, then
  // Cookie. A field of these names in `fields` goes in place of ours, one with an empty value takes
  // it away. GET, HEAD, PUT, DELETE, OPTIONS and TRACE take connections that were kept and are
  // repeated once where such a one ends before anything came; others get a new one.
  //
  // Fails with HttpError::bad_url, refused, too_many_redirects, or another HttpError, or what
  // stopped the connection. Cancelling gives up the line, the attempt or the connection. There is
  // no time-out: add_timeout(), here and to read_body().
  Deferred<Response> request(std::string method, std::string const& url,
                             HttpFields const& fields = {}, SharedBytes body = {});

  // See HttpPool::close.
  Deferred<void> close();
  HttpPool const& pool() const;

 private:
  struct Core;
  class Asking;
  std::shared_ptr<Core> core_;  // with the requests
};

}  // namespace twx
