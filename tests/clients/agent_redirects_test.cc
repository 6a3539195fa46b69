// Where an Agent goes when it is sent elsewhere.
#include "clients/agent.h"
#include "tests/clients/agent_fixture.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("Redirects as RedirectAgent follows them", "[http][agent][rule170]") {
  AgentFixture f;
  f.site.keep = true;
  for (auto const status : {301, 302, 303, 307, 308})
    f.site.answers["/" + std::to_string(status)] = redirect(status, "/end");
  f.site.answers["/end"] = answer("there");
  f.site.answers["/loop"] = redirect(302, "loop");
  f.site.answers["/nowhere"] = answer("", "", "302 Moved");
  Agent agent(*f.reactor, {.redirects = Redirects::safe});
  for (auto const* const target : {"/301", "/302", "/303", "/307", "/308"}) {
    CAPTURE(target);
    auto response = f.ask(agent, target);
    CHECK(response->redirects == std::vector{f.site.url(target)});
    CHECK(f.read(std::move(response)) == "there");
    CHECK(f.ask(agent, target, "HEAD")->head.status == 200);
    CHECK(f.site.requests.back().starts_with("HEAD /end"));
    auto posted = f.ask(agent, target, "POST", std::make_shared<std::string const>("x"));
    auto const followed = std::string(target) == "/303";
    CHECK(posted->head.status == (followed ? 200 : std::stoi(target + 1)));
    CHECK(f.site.requests.back().starts_with(followed ? "GET /end" : "POST /3"));
  }
  CHECK(f.ask(agent, "/nowhere")->head.status == 302);
  f.site.requests.clear();
  CHECK(f.ask(agent, "/loop").failure().code() == HttpError::too_many_redirects);
  CHECK(f.site.requests.size() == 21);
  Agent plain(*f.reactor);
  CHECK(f.ask(plain, "/301")->head.status == 301);
}

TEST_CASE("Redirects as a browser follows them", "[http][agent][rule170]") {
  AgentFixture f;
  f.site.keep = true;
  f.site.answers["/301"] = redirect(301, "/end");
  f.site.answers["/307"] = redirect(307, "/end");
  f.site.answers["/end"] = answer("there");
  Agent agent(*f.reactor, {.redirects = Redirects::browser});
  auto const body = std::make_shared<std::string const>("x=y");
  CHECK(f.ask(agent, "/301", "POST", body)->head.status == 200);
  CHECK(f.site.requests.back().starts_with("GET /end"));
  CHECK(f.site.requests.back().find("Content-Length") == std::string::npos);
  CHECK(f.ask(agent, "/307", "POST", body)->head.status == 200);
  CHECK(f.site.requests.back().starts_with("POST /end"));
  CHECK(f.site.requests.back().ends_with("\r\n\r\nx=y"));
}

TEST_CASE("Secrets do not go to another origin", "[http][agent][rule170]") {
  AgentFixture f;
  Site other(*f.reactor);
  f.site.answers["/"] = redirect(302, other.url("/x"));
  other.answers["/x"] = answer("there");
  Agent agent(*f.reactor, {.redirects = Redirects::safe});
  auto response =
      await(*f.reactor,
            agent.request("GET", "http://me:secret@127.0.0.1:" + std::to_string(f.site.port) + "/",
                          {{"Cookie", "a=b"}, {"X-Auth-Token", "t"}, {"X", "y"}}));
  REQUIRE(response);
  CHECK(f.site.field(0, "Authorization") == "Basic bWU6c2VjcmV0");
  CHECK(f.site.field(0, "Cookie") == "a=b");
  CHECK(other.field(0, "Authorization").empty());
  CHECK(other.field(0, "Cookie").empty());
  CHECK(other.field(0, "X-Auth-Token").empty());
  CHECK(other.field(0, "X") == "y");
  CHECK(other.field(0, "Host") == "127.0.0.1:" + std::to_string(other.port));
}

TEST_CASE("A long body of a redirect is not read to its end", "[http][agent]") {
  AgentFixture f;
  f.site.on_request = [](Transport& transport, std::string const& target) {
    if (target == "/end") return transport.write(answer("there"));
    transport.set_water_marks({.limit = 1 << 30});
    transport.write("HTTP/1.1 302 Moved\r\nLocation: /end\r\n\r\n");
    transport.write(std::string(10000000, 'x'));
  };
  Agent agent(*f.reactor, {.redirects = Redirects::safe});
  CHECK(f.read(f.ask(agent, "/")) == "there");
  CHECK(f.until([&] { return f.site.open == 1; }));
}

TEST_CASE("Cancelling between two redirects ends the chain", "[http][agent]") {
  AgentFixture f;
  f.site.on_request = [](Transport& transport, std::string const&) {
    transport.write("HTTP/1.1 302 Moved\r\nLocation: /end\r\nContent-Length: 5\r\n\r\n");
  };
  Agent agent(*f.reactor, {.redirects = Redirects::safe});
  std::optional<Failure> failure;
  auto waiting = agent.request("GET", f.site.url()).add_both([&](Result<Response> response) {
    failure = response.failure();
  });
  REQUIRE(f.until([&] { return f.site.requests.size() == 1; }));
  run_turns(*f.reactor);
  waiting.cancel();
  REQUIRE(failure);
  CHECK(failure->is(Error::cancelled));
  CHECK(f.until([&] { return f.site.open == 0; }));
  CHECK(f.site.requests.size() == 1);
}

}  // namespace
