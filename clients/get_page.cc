#include "clients/get_page.h"

#include <limits>
#include <utility>

#include "clients/page_request.h"
#include "clients/text_receiver.h"

namespace twx {
namespace detail {
namespace {

AgentSettings agent_settings(PageOptions& options) {
  auto cookies = std::move(options.cookies);
  if (!cookies) cookies = std::make_shared<HttpCookieJar>();
  return {.persistent = false,
          .user_agent = std::move(options.user_agent),
          .redirects = options.follow_redirects ? Redirects::browser : Redirects::none,
          .rules = options.redirects,
          .cookies = std::move(cookies),
          .decode = options.decode,
          .connecting = std::move(options.connecting),
          .through = std::move(options.through),
          .connect = std::move(options.connect)};
}

Deferred<Page> ask(Reactor& reactor, Agent& agent, std::string url, PageOptions options,
                   TakeResponse take) {
  auto const begin = reactor.now();
  auto const body = options.body.empty()
                        ? SharedBytes()
                        : std::make_shared<std::string const>(std::move(options.body));
  auto requested = agent.request(std::move(options.method), url, options.fields, body);
  auto response = co_await std::move(requested);
  PageTimings const timings{response.connected - begin, response.answered - begin, {}};
  auto taken = take(std::move(response));
  auto page = co_await std::move(taken);
  page.timings = timings;
  co_return page;
}

}  // namespace

Deferred<Page> request_page(Reactor& reactor, std::string url, PageOptions options,
                            TakeResponse take) {
  auto const begin = reactor.now();
  auto const timeout = options.timeout;
  auto agent = std::make_unique<Agent>(reactor, agent_settings(options));
  auto asked = ask(reactor, *agent, std::move(url), std::move(options), std::move(take));
  auto page = std::move(asked).add_both([agent = std::move(agent), &reactor,
                                         begin](Result<Page> result) mutable -> Deferred<Page> {
    if (!result && result.failure().is(Error::cancelled)) return fail<Page>(result.failure());
    auto closed = agent->close();
    return std::move(closed).add_callback([result = std::move(result), &reactor, begin]() mutable {
      if (result) result->timings.total = reactor.now() - begin;
      return std::move(result);
    });
  });
  if (timeout <= Duration::zero()) return page;
  return std::move(page).add_timeout(timeout, reactor);
}

Page page_of(Response const& response) {
  auto const& head = response.head;
  return {.status = head.status,
          .reason = head.reason,
          .version = head.version,
          .fields = head.fields,
          .body = {},
          .url = response.url.text(),
          .redirects = response.redirects,
          .timings = {}};
}

}  // namespace detail

namespace {

constexpr std::uint64_t most_in_memory = 64 * 1024 * 1024;

// A body of unknown length is taken for whole: many servers send nothing else.
Deferred<Page> into_memory(Response response, std::uint64_t most) {
  auto page = detail::page_of(response);
  auto body = read_to_the_end(std::move(response), most);
  page.body = co_await std::move(body);
  co_return page;
}

Deferred<Page> into(Response response, BodyReceiver& receiver, std::uint64_t most) {
  auto page = detail::page_of(response);
  auto delivered = read_body(response, receiver, most);
  co_await std::move(delivered);
  co_return page;
}

}  // namespace

Deferred<Page> get_page(Reactor& reactor, std::string url, PageOptions options) {
  auto const most = options.most.value_or(most_in_memory);
  return detail::request_page(reactor, std::move(url), std::move(options),
                              [most](Response response) {
                                return into_memory(std::move(response), most);
                              });
}

Deferred<Page> get_page(Reactor& reactor, std::string url, BodyReceiver& receiver,
                        PageOptions options) {
  auto const most = options.most.value_or(std::numeric_limits<std::uint64_t>::max());
  return detail::request_page(reactor, std::move(url), std::move(options),
                              [&receiver, most](Response response) {
                                return into(std::move(response), receiver, most);
                              });
}

}  // namespace twx
