// What the tests of Agent share: a site, and requests to it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/agent.h"
#include "tests/clients/site.h"

namespace twx::test {

struct AgentFixture {
  Result<Response> ask(Agent& agent, std::string const& target, std::string const& method = "GET",
                       SharedBytes body = {}) {
    return await(*reactor, agent.request(method, site.url(target), {}, std::move(body)));
  }
  std::string read(Result<Response> response) {
    auto body = await(*reactor, read_body(std::move(response.value())));
    return body ? *body : body.failure().message();
  }
  bool until(std::function<bool()> const& done) { return run_until(*reactor, done); }

  std::unique_ptr<Reactor> reactor = make_reactor();
  Site site{*reactor};
};

}  // namespace twx::test
