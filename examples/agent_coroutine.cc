// Several pages over one connection, in a coroutine: an Agent's response comes with its head, the
// body when it is read.
//   agent_coroutine http://localhost:8080/a http://localhost:8080/b
#include <cstdio>

#include "clients/agent.h"

using namespace twx;
using namespace std::chrono_literals;

Deferred<void> print_pages(Reactor& reactor, std::vector<std::string> urls) {
  Agent agent(reactor, {.redirects = Redirects::safe, .decode = true});
  for (auto const& url : urls) {
    auto response = co_await agent.request("GET", url).add_timeout(30s, reactor);
    std::printf("%d %s\n", response.head.status, response.head.reason.c_str());
    auto const body = co_await read_body(std::move(response)).add_timeout(30s, reactor);
    std::printf("%s\n", body.c_str());
  }
  co_await agent.close();
}

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s URL...\n", argv[0]), 2;
  auto const reactor = make_reactor();
  int status = 0;
  auto const done = print_pages(*reactor, {argv + 1, argv + argc})
                        .add_errback([&](Failure const& failure) {
                          std::fprintf(stderr, "%s\n", failure.message().c_str());
                          status = 1;
                        })
                        .add_callback([&] { reactor->stop(); });
  reactor->run();
  return status;
}
