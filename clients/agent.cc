#include "clients/agent.h"

#include <algorithm>
#include <utility>

#include "clients/basic_login.h"
#include "clients/exchange.h"
#include "protocols/content_decoder.h"
#include "protocols/http_words.h"
#include "reactor/client_creator.h"

namespace twx {

struct Agent::Core {
  Core(Reactor& of, AgentSettings with)
      : reactor(of), settings(std::move(with)), pool(settings.pool) {}

  Reactor& reactor;
  AgentSettings settings;
  HttpPool pool;
};

namespace {

constexpr std::uint64_t most_discarded = 64 * 1024;

// What is read only so that the connection can be used again.
class Discard final : public BodyReceiver {
 public:
  void data_received(Bytes) override {}
  void connection_lost(Failure const&) override {}
};

// A result to look at where co_await would throw.
template <class T>
struct Settled {
  Result<T> result;
};
template <class T>
Deferred<Settled<T>> settled(Deferred<T> deferred) {
  return std::move(deferred).add_both(
      [](Result<T> result) { return Settled<T>{std::move(result)}; });
}

CookieTime now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

HttpRequest request_for(AgentSettings const& settings, HttpUrl const& url, std::string method,
                        HttpFields const& given, SharedBytes body) {
  HttpRequest request{.method = std::move(method), .target = url.target};
  auto& fields = request.fields;
  auto const add = [&](std::string const& name, std::string const& value) {
    if (!given.find(name)) fields.push_back({name, value});
  };
  add("Host", url.authority());
  add("User-Agent", settings.user_agent);
  if (!url.user.empty()) add("Authorization", basic_login(url.user, url.password));
  if (settings.decode) add("Accept-Encoding", std::string(ContentDecoder::accepted));
  for (auto const& field : given)
    if (!field.value.empty()) fields.push_back(field);
  if (body || request.method == "POST" || request.method == "PUT")
    add("Content-Length", std::to_string(body ? body->size() : 0));
  if (!settings.persistent) add("Connection", "close");
  if (body) request.body = memory_body(std::move(body));
  return request;
}

// `request` with what the jar has for `url`, as the last field.
HttpRequest with_cookies(HttpRequest request, HttpCookieJar const& jar, HttpUrl const& url) {
  auto& fields = request.fields;
  auto const given = std::string(fields.value("Cookie"));
  std::erase_if(fields, [](HttpField const& field) { return same_word(field.name, "Cookie"); });
  if (auto value = jar.field(url, now(), given); !value.empty())
    fields.push_back({"Cookie", std::move(value)});
  return request;
}

bool may_follow(Redirects redirects, int status, std::string const& method) {
  if (redirects == Redirects::none) return false;
  return redirects == Redirects::browser || status == 303 || method == "GET" || method == "HEAD";
}

}  // namespace

// The steps of a request. They hold the core, not the agent, which may go meanwhile.
class Agent::Asking {
 public:
  static Deferred<Response> follow(std::shared_ptr<Core> core, HttpUrl url, HttpRequest request);

 private:
  static Deferred<HttpClient*> connect(Core& core, HttpUrl const& url);
  static Deferred<Response> ask(std::shared_ptr<Core> core, HttpUrl url, HttpRequest request);
  static Response response_to(Core& core, HttpUrl const& url, HttpHead head,
                              std::shared_ptr<detail::Exchange> const& exchange);
};

Deferred<HttpClient*> Agent::Asking::connect(Core& core, HttpUrl const& url) {
  auto const& settings = core.settings;
  if (settings.connect) return settings.connect(url);
  auto connecting = settings.connecting;
  if (!url.secure()) connecting.tls = nullptr;
  if (url.secure() && !connecting.tls)
    connecting.tls = TlsContext::client({.server_name = url.host, .alpn = {"http/1.1"}}).value();
  auto const where = settings.through ? *settings.through : Endpoint::tcp(url.host, url.port);
  return connect_protocol(core.reactor, where, std::make_unique<HttpClient>(),
                          std::move(connecting));
}

Response Agent::Asking::response_to(Core& core, HttpUrl const& url, HttpHead head,
                                    std::shared_ptr<detail::Exchange> const& exchange) {
  Response response;
  response.exchange_ = {exchange.get(), [exchange](detail::Exchange*) { exchange->let_go(); }};
  response.head = std::move(head);
  response.url = url;
  response.answered = core.reactor.now();
  response.length = exchange->length();
  if (core.settings.decode && response.head.fields.find("Content-Encoding")) {
    exchange->decode(response.head.fields).value();
    response.length.reset();
  }
  return response;
}

// A kept connection may end as the request is on its way to it: then once more, on a new one.
Deferred<Response> Agent::Asking::ask(std::shared_ptr<Core> core, HttpUrl url,
                                      HttpRequest request) {
  auto const key = url.scheme + "://" + url.authority();
  auto kept = is_idempotent(request.method);
  for (;;) {
    auto const exchange = std::make_shared<detail::Exchange>(
        [core, key](HttpClient& client) { core->pool.give_back(key, client); });
    HttpPool::Make make = [core, url] { return connect(*core, url); };
    auto taking =
        kept ? core->pool.take(key, std::move(make)) : core->pool.take_new(key, std::move(make));
    auto const lease = co_await std::move(taking);
    auto const connected = core->reactor.now();
    auto begun = settled(exchange->begin(*lease.client, request));
    auto head = co_await std::move(begun);
    kept = false;
    if (!head.result && lease.kept && exchange->stale()) continue;
    auto response = response_to(*core, url, std::move(head.result).value(), exchange);
    response.connected = connected;
    co_return response;
  }
}

Deferred<Response> Agent::Asking::follow(std::shared_ptr<Core> core, HttpUrl url,
                                         HttpRequest request) {
  auto const& settings = core->settings;
  auto const jar = settings.cookies;
  std::vector<std::string> redirects;
  for (;;) {
    auto asking = ask(core, url, jar ? with_cookies(request, *jar, url) : request);
    auto response = co_await std::move(asking);
    auto const& head = response.head;
    if (jar) jar->take(head.fields, url, now());
    auto next = may_follow(settings.redirects, head.status, request.method)
                    ? follow_redirect(head, url, request, settings.rules).value()
                    : std::nullopt;
    if (!next) {
      response.redirects = std::move(redirects);
      co_return response;
    }
    Discard discard;
    auto discarding = settled(read_body(response, discard, most_discarded));
    auto const discarded = (co_await std::move(discarding)).result;
    if (!discarded && discarded.failure().is(Error::cancelled)) co_return discarded.failure();
    if (redirects.size() >= settings.rules.limit) co_return Failure(HttpError::too_many_redirects);
    redirects.push_back(url.text());
    url = std::move(*next);
  }
}

Agent::Agent(Reactor& reactor, AgentSettings settings)
    : core_(std::make_shared<Core>(reactor, std::move(settings))) {}

Deferred<Response> Agent::request(std::string method, std::string const& url,
                                  HttpFields const& fields, SharedBytes body) {
  auto parsed = HttpUrl::parse(url);
  if (!parsed) return fail<Response>(parsed.failure());
  auto request = request_for(core_->settings, *parsed, std::move(method), fields, std::move(body));
  return Asking::follow(core_, std::move(*parsed), std::move(request));
}

Deferred<void> Agent::close() { return core_->pool.close(); }
HttpPool const& Agent::pool() const { return core_->pool; }

}  // namespace twx
