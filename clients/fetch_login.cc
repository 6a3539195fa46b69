#include "clients/fetch_login.h"

#include <algorithm>

#include "clients/basic_login.h"
#include "protocols/http_challenge.h"

namespace twx {
namespace {

constexpr int most_rounds = 5;

Login split(std::string const& text) {
  auto const colon = std::min(text.find(':'), text.size());
  return {text.substr(0, colon), text.substr(std::min(colon + 1, text.size()))};
}

std::string digest_key(HttpUrl const& url, Login const& login) {
  return url.scheme + "://" + url.authority() + '\0' + login.user + '\0' + login.password;
}

}  // namespace

void withhold_body(HttpRequest& request) {
  request.body = nullptr;
  for (auto& field : request.fields)
    if (same_word(field.name, "Content-Length")) field.value = "0";
  std::erase_if(request.fields, [](HttpField const& field) {
    return same_word(field.name, "Transfer-Encoding") || same_word(field.name, "Expect");
  });
  if (!request.fields.find("Content-Length")) request.fields.push_back({"Content-Length", "0"});
}

// What is named on the command line goes before the URL, and a netrc that was asked for before the
// URL too; --netrc-optional only stands in.
std::optional<Login> FetchLogin::login_for(HttpUrl const& url, bool first) const {
  if (first && !options_.user.empty()) {
    auto login = split(options_.user);
    auto const alone = options_.user.find(':') == std::string::npos;
    auto const found = alone && netrc_ ? netrc_->find(url.host, login.user) : std::nullopt;
    if (found) login.password = found->password.value_or("");
    return login;
  }
  auto const own = !url.user.empty() || !url.password.empty();
  auto const optional = options_.netrc_optional && !options_.netrc;
  if (netrc_ && !(optional && own && !url.password.empty())) {
    auto const found = netrc_->find(url.host, url.user);
    if (found && found->password) return Login{found->user, *found->password};
    if (found && !own) return Login{found->user, ""};
  }
  if (own) return Login{url.user, url.password};
  return std::nullopt;
}

Result<void> FetchLogin::add(HttpRequest& request, HttpUrl const& url, bool first) {
  shown_.reset();
  bearer_ = false;
  if (request.fields.find("Authorization")) return {};
  auto const put = [&](std::string value) {
    auto const host = request.fields.empty() ? 0 : 1;
    request.fields.insert(request.fields.begin() + host, {"Authorization", std::move(value)});
  };
  bearer_ = !options_.bearer.empty() && first;
  if (bearer_) {
    put("Bearer " + options_.bearer);
    return {};
  }
  shown_ = login_for(url, first);
  if (!shown_) return {};
  auto& state = state_of(url);
  state.withheld = false;
  if (auto const known = digests_.find(digest_key(url, *shown_));
      !state.digest && known != digests_.end()) {
    state.digest = known->second;
    state.accepted = true;
  }
  if (state.digest && state.digest->ready()) {
    auto value = state.digest->answer(request.method, request.target, request.body.get());
    if (!value) return value.failure();
    put(std::move(*value));
  } else if (state.basic || (!options_.digest && !options_.any_login)) {
    put(basic_login(shown_->user, shown_->password));
  } else if (options_.digest && !options_.any_login && request.body && !state.open) {
    state.withheld = true;
    withhold_body(request);
  }
  return {};
}

bool FetchLogin::again(HttpHead const& head, HttpUrl const& url) {
  if (!shown_) return false;
  auto& state = state_of(url);
  if (head.status == 401) return ++state.rounds <= most_rounds && challenged(state, *shown_, head);
  state.rounds = 0;
  if (state.digest) {
    state.digest->accepted(head.fields, "Authentication-Info");
    digests_[digest_key(url, *shown_)] = state.digest;
  }
  // It did not want to know who asks: now with the body.
  if (!state.withheld || head.status >= 300) return false;
  return state.open = true;
}

// Where the better way was refused the password is not sent by a worse one.
bool FetchLogin::challenged(State& state, Login const& login, HttpHead const& head) const {
  if (state.basic || (!options_.digest && !options_.any_login)) return false;
  auto const offered = challenges(head.fields, "WWW-Authenticate");
  if (!state.digest || state.accepted)
    state.digest = std::make_shared<DigestSession>(login.user, login.password);
  state.accepted = false;
  if (state.digest->take(offered)) return true;
  auto const refused = state.digest->ready();
  state.digest.reset();
  if (refused || !options_.any_login || !find_challenge(offered, "Basic")) return false;
  return state.basic = true;
}

}  // namespace twx
