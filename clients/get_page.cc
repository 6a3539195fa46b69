#include "clients/get_page.h"

#include "reactor/client_creator.h"

namespace twx {
namespace {

// The answer to one request, in memory.
class PageReceiver final : public HttpResponseReceiver {
 public:
  PageReceiver(Clock const& clock, std::size_t most) : clock_(clock), most_(most) {}

  void head_received(HttpHead received) override {
    first_byte = clock_.now();
    head = std::move(received);
  }
  void body_received(Bytes data) override {
    if (body.size() + data.size() > most_)
      throw FailureException(Failure(HttpError::body_too_large));
    body += text(data);
  }
  void response_done() override {}

  HttpHead head;
  std::string body;
  Time first_byte{};

 private:
  Clock const& clock_;
  std::size_t const most_;
};

void add_unless_given(HttpFields& fields, HttpFields const& given, std::string const& name,
                      std::string const& value) {
  if (!given.find(name)) fields.push_back({name, value});
}

HttpRequest request_for(HttpUrl const& url, PageOptions const& options) {
  HttpRequest request{.method = options.method, .target = url.target};
  auto& fields = request.fields;
  add_unless_given(fields, options.fields, "Host", url.authority());
  add_unless_given(fields, options.fields, "User-Agent", options.user_agent);
  for (auto const& field : options.fields)
    if (!field.value.empty()) fields.push_back(field);
  if (!options.body.empty() || options.method == "POST" || options.method == "PUT") {
    add_unless_given(fields, options.fields, "Content-Length", std::to_string(options.body.size()));
    request.body = memory_body(options.body);
  }
  add_unless_given(fields, options.fields, "Connection", "close");
  return request;
}

Endpoint endpoint_of(HttpUrl const& url, PageOptions const& options) {
  return options.through ? *options.through : Endpoint::tcp(url.host, url.port);
}

ConnectOptions connecting_to(HttpUrl const& url, PageOptions const& options) {
  auto connecting = options.connecting;
  if (!url.secure()) connecting.tls = nullptr;
  if (url.secure() && !connecting.tls)
    connecting.tls = TlsContext::client({.server_name = url.host, .alpn = {"http/1.1"}}).value();
  return connecting;
}

Page page_of(PageReceiver&& receiver, HttpUrl const& url) {
  auto& head = receiver.head;
  return {.status = head.status,
          .reason = std::move(head.reason),
          .version = head.version,
          .fields = std::move(head.fields),
          .body = std::move(receiver.body),
          .url = url.text(),
          .redirects = {},
          .timings = {}};
}

Deferred<Page> follow(Reactor& reactor, std::string text, PageOptions options) {
  auto const begin = reactor.now();
  auto url = HttpUrl::parse(text).value();
  auto request = request_for(url, options);
  std::vector<std::string> redirects;
  for (;;) {
    PageReceiver receiver(reactor, options.most);
    auto* const client =
        co_await connect_protocol(reactor, endpoint_of(url, options),
                                  std::make_unique<HttpClient>(), connecting_to(url, options));
    auto const connected = reactor.now();
    co_await client->request(request, receiver);
    co_await client->close();
    auto next = options.follow_redirects
                    ? follow_redirect(receiver.head, url, request, options.redirects).value()
                    : std::nullopt;
    if (!next) {
      auto page = page_of(std::move(receiver), url);
      page.redirects = std::move(redirects);
      page.timings = {connected - begin, receiver.first_byte - begin, reactor.now() - begin};
      co_return page;
    }
    if (redirects.size() >= options.redirects.limit)
      throw FailureException(Failure(HttpError::too_many_redirects));
    redirects.push_back(url.text());
    url = std::move(*next);
  }
}

}  // namespace

Deferred<Page> get_page(Reactor& reactor, std::string url, PageOptions options) {
  auto const timeout = options.timeout;
  auto page = follow(reactor, std::move(url), std::move(options));
  if (timeout <= Duration::zero()) return page;
  return std::move(page).add_timeout(timeout, reactor);
}

}  // namespace twx
