// FetchTransfer's way to the server: connections, and what it proves to the proxy.
#include "cli/tls_options.h"
#include "clients/basic_login.h"
#include "clients/fetch_transfer.h"
#include "protocols/http_challenge.h"
#include "protocols/proxy_error.h"

namespace twx {

Deferred<HttpClient*> FetchTransfer::connect(HttpRoute route) {
  for (int round = 0;; ++round) {
    prove_to_proxy(route, "CONNECT", route.tunnel_request().target);
    proxy_head_ = {};
    auto connected = connect_http(shared_.reactor, route, events());
    auto const made = co_await std::move(connected).as_result();
    if (made && route.tunnel) proxy_rounds_ = 0;
    if (made) co_return made;
    auto const asked = made.failure().code() == ProxyError::tunnel && proxy_head_.status == 407;
    if (!asked || round > 4 || !proxy_asks(proxy_head_)) co_return made;
  }
}

HttpConnectEvents FetchTransfer::events() {
  auto& timings = result_.timings;
  auto const now = [this] { return shared_.reactor.now() - begin_; };
  HttpConnectEvents events;
  events.looked_up = [&timings, now] { timings.name_look_up = now(); };
  events.connected = [this, &timings, now](Address const&) {
    ++result_.connects;
    timings.connected = now();
  };
  events.proxy_asked = [this](std::string_view head) {
    result_.request_size += head.size();
    shared_.trace.request_head(head);
  };
  events.proxy_answered = [this](HttpHead const& head) {
    result_.head_size += head.text.size();
    result_.connect_status = head.status;
    shared_.trace.response_head(head.text);
    proxy_head_ = head;
    if (proxy_login_ && head.status != 407)
      proxy_login_->accepted(head.fields, "Proxy-Authentication-Info");
  };
  events.secured = [this, &timings, now](TlsInfo const& tls) {
    timings.secured = now();
    if (shared_.trace.wanted()) shared_.trace.info(to_string(tls));
  };
  return events;
}

// The key of the connections on which the present URL can be asked for.
std::string FetchTransfer::find_way() {
  auto const& way = set_.way_to(url_);
  auto key = way.key;
  route_.reset();
  if (way.route.proxy) {
    auto met = meet_proxy(way);
    key = std::move(met.key);
    route_ = std::move(met.route);
  }
  if (!options_.proxy_user.empty()) key.append(1, '\0').append(options_.proxy_user);
  asks_proxy_ = route_ && route_->absolute();
  proxy_withheld_ = false;
  return key;
}

// The login of --proxy-user is for the proxy that it was given for, and for none that a redirect
// leads to; so is what was agreed upon with one.
FetchWay FetchTransfer::meet_proxy(FetchWay way) {
  auto& route = way.route;
  if (!route.proxy) return way;
  if (!proxy_) proxy_ = route.proxy;
  auto const same = route.proxy->kind == proxy_->kind && route.proxy->where() == proxy_->where();
  auto const& settings = set_.route_for(url_);
  if (!same && settings.proxy.login) {
    auto others = settings;
    others.proxy.login.reset();
    route = route_to(url_, others).value();
    way.key = route.key();
  }
  if (proxy_asked_ != route.proxy) {
    proxy_user_.reset();
    proxy_login_.reset();
    proxy_basic_ = proxy_open_ = false;
    proxy_rounds_ = 0;
    proxy_asked_ = route.proxy;
  }
  return way;
}

// What a proxy is sent that is asked for the URL itself.
HttpRequest FetchTransfer::for_proxy(HttpRoute& route, HttpRequest const& request) {
  proving_ = true;
  prove_to_proxy(route, request.method, result_.steps.back().url, request.body.get());
  auto sent = on_route(route, url_, request);
  proxy_withheld_ = sent.body && proxy_would_ask(route);
  if (proxy_withheld_) withhold_body(sent);
  return sent;
}

// In place of the password in clear, where that was asked for.
void FetchTransfer::prove_to_proxy(HttpRoute& route, std::string const& method,
                                   std::string const& target, HttpBody* body) {
  if (!route.proxy || route.proxy->socks() || !route.proxy->has_login() ||
      !(options_.proxy_digest || options_.proxy_any_login))
    return;
  auto const& [user, password] = proxy_user_.emplace(route.proxy->user, route.proxy->password);
  if (proxy_login_ && proxy_login_->ready())
    route.proxy_authorization = proxy_login_->answer(method, target, body).value();
  else
    route.proxy_authorization = proxy_basic_ ? basic_login(user, password) : "";
}

// Nothing but a challenge can come, so far.
bool FetchTransfer::proxy_would_ask(HttpRoute const& route) const {
  return options_.proxy_digest && !options_.proxy_any_login && proxy_user_ && !proxy_open_ &&
         route.proxy_authorization.empty();
}

bool FetchTransfer::proxy_asks(HttpHead const& head) {
  auto const offered = challenges(head.fields, "Proxy-Authenticate");
  if (!proxy_user_ || ++proxy_rounds_ > 5) return false;
  if (!proxy_login_)
    proxy_login_ = std::make_unique<DigestSession>(proxy_user_->user, proxy_user_->password);
  if (proxy_login_->take(offered)) return true;
  if (proxy_login_->ready() || !options_.proxy_any_login || proxy_basic_ ||
      !find_challenge(offered, "Basic"))
    return false;
  proxy_login_.reset();
  return proxy_basic_ = true;
}

}  // namespace twx
