// Who twx fetch is to a server: -u, a URL's own login, netrc, or a token; and how it proves it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "clients/fetch_options.h"
#include "clients/netrc.h"
#include "protocols/http_client.h"
#include "protocols/http_digest.h"
#include "protocols/http_url.h"

namespace twx {

struct Login {
  std::string user;
  std::string password;
};

// Leaves the request without its body, as for an answer that can only be a challenge.
void withhold_body(HttpRequest& request);

// How a password is shown. Of one URL and where it leads; what was agreed upon with one origin
// is used for no other.
class FetchLogin {
 public:
  // `netrc` may be nothing. All must live as long.
  // `digests` are those that servers have accepted, of all URLs: no URL need be refused first.
  using Digests = std::map<std::string, std::shared_ptr<DigestSession>>;
  FetchLogin(FetchOptions const& options, Netrc const* netrc, Digests& digests)
      : options_(options), netrc_(netrc), digests_(digests) {}

  // Puts Authorization into `request` for `url`, unless the user has. `first`: the URL is of the
  // origin that the user has named. Withholds the body where nothing but a challenge can come.
  // Fails as DigestSession::answer.
  Result<void> add(HttpRequest& request, HttpUrl const& url, bool first);
  // The answer to what add() has made: whether to ask once more, with what it has told.
  bool again(HttpHead const& head, HttpUrl const& url);
  // The last request had something to show, or would have had.
  bool has_any() const { return shown_ || bearer_; }

 private:
  struct State {
    std::shared_ptr<DigestSession> digest;
    bool accepted = false;  // it was, for another URL
    bool basic = false;     // was chosen
    bool withheld = false;  // the body was
    bool open = false;      // nobody asks for a login
    int rounds = 0;         // 401 one after the other
  };
  std::optional<Login> login_for(HttpUrl const&, bool first) const;
  bool challenged(State& state, Login const& login, HttpHead const& head) const;
  State& state_of(HttpUrl const& url) { return states_[url.scheme + "://" + url.authority()]; }

  FetchOptions const& options_;
  Netrc const* const netrc_;
  Digests& digests_;
  std::map<std::string, State> states_;
  std::optional<Login> shown_;  // with the last request
  bool bearer_ = false;         // the same
};

}  // namespace twx
