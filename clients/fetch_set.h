// One set of options of twx fetch, up to --next, as its URLs use it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "clients/fetch_login.h"
#include "clients/fetch_options.h"
#include "clients/fetch_output.h"
#include "clients/http_route.h"
#include "clients/netrc.h"

namespace twx {

// How the URLs of an origin are reached, and what their connections are told apart by.
struct FetchWay {
  HttpRoute route;
  std::string key;
};

class FetchSet {
 public:
  // Reads what the options name: netrc, proxies, addresses; asks for a password that is not there.
  // Throws FailureException.
  FetchSet(Clock& clock, FetchOptions const& options);

  // The routes of its URLs. Contexts for TLS are made for the first URL that has it.
  HttpRouteSettings const& route_for(HttpUrl const& url);
  // The way to `url`; that of the last origin is kept. Throws FailureException.
  FetchWay const& way_to(HttpUrl const& url);

  FetchOptions options;  // with the password that was asked for
  std::optional<Netrc> netrc;
  FetchLogin::Digests digests;
  std::unique_ptr<FetchOutput> heads;  // -D FILE

 private:
  HttpRouteSettings route_;
  std::optional<FetchWay> way_;  // the last one
};

}  // namespace twx
