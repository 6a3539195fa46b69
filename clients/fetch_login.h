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

// How a password is shown. Of one URL and where it leads; what was agreed upon with one origin
// is used for no other.
class FetchLogin {
 public:
  // `netrc` may be nothing. Both must live as long.
  FetchLogin(FetchOptions const& options, Netrc const* netrc) : options_(options), netrc_(netrc) {}

  // Puts Authorization into `request` for `url`, unless the user has. `first`: the URL is of the
  // origin that the user has named. Withholds the body where nothing but a challenge can come.
  // Fails as DigestSession::answer.
  Result<void> add(HttpRequest& request, HttpUrl const& url, bool first);
  // The answer to what add() has made: whether to ask once more, with what it has told.
  bool again(HttpHead const& head, HttpUrl const& url);

 private:
  struct State {
    std::unique_ptr<DigestSession> digest;
    bool basic = false;     // was chosen
    bool withheld = false;  // the body was
    bool open = false;      // nobody asks for a login
    int rounds = 0;
  };
  std::optional<Login> login_for(HttpUrl const&, bool first) const;
  State& state_of(HttpUrl const& url) { return states_[url.scheme + "://" + url.authority()]; }

  FetchOptions const& options_;
  Netrc const* const netrc_;
  std::map<std::string, State> states_;
  std::optional<Login> shown_;  // with the last request
};

}  // namespace twx
