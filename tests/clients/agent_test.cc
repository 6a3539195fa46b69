#include "clients/agent.h"

#include <set>

#include "reactor/client_creator.h"
#include "tests/clients/agent_fixture.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("The response comes with its head, before the body", "[http][agent][rule169]") {
  AgentFixture f;
  f.site.on_request = [](Transport& transport, std::string const&) {
    transport.write("HTTP/1.1 200 Fine\r\nContent-Length: 10\r\nX-Y: z\r\n\r\n");
  };
  Agent agent(*f.reactor);
  auto response = f.ask(agent, "/x");
  REQUIRE(response);
  CHECK(response->head.status == 200);
  CHECK(response->head.reason == "Fine");
  CHECK(response->head.fields.value("x-y") == "z");
  CHECK(response->length == 10u);
  CHECK(response->url.text() == f.site.url("/x"));
  CHECK(f.site.requests.at(0) == "GET /x HTTP/1.1\r\nHost: 127.0.0.1:" +
                                     std::to_string(f.site.port) + "\r\nUser-Agent: twx\r\n\r\n");
}

TEST_CASE("Requests share a connection that is kept", "[http][agent][rule171]") {
  AgentFixture f;
  f.site.keep = true;
  f.site.answers["/"] = answer("hello");
  Agent agent(*f.reactor);
  for (int i = 0; i < 5; ++i) CHECK(f.read(f.ask(agent, "/")) == "hello");
  CHECK(f.site.connections == 1);
  CHECK(f.read(f.ask(agent, "/", "POST", std::make_shared<std::string const>("x"))) == "hello");
  CHECK(f.site.connections == 2);
  CHECK(await(*f.reactor, agent.close()));
  CHECK(f.until([&] { return f.site.open == 0; }));
}

TEST_CASE("A stale connection is tried again once", "[http][agent][rule171]") {
  AgentFixture f;
  int number = 0;
  bool again = true;
  f.site.on_request = [&](Transport& transport, std::string const& target) {
    ++number;
    if (number == 1) return transport.write(answer("one"));
    if (number == 2 || !again) return transport.abort_connection();
    transport.write(answer(target));
  };
  Agent agent(*f.reactor);
  CHECK(f.read(f.ask(agent, "/1")) == "one");
  SECTION("and answers") {
    CHECK(f.read(f.ask(agent, "/2")) == "/2");
    CHECK(number == 3);
  }
  SECTION("and no more") {
    again = false;
    CHECK_FALSE(f.ask(agent, "/2"));
    CHECK(number == 3);
  }
  SECTION("but not if it is not idempotent") {
    CHECK_FALSE(f.ask(agent, "/2", "POST"));
    CHECK(number == 2);
  }
}

TEST_CASE("A connection on which something came is not tried again", "[http][agent][rule171]") {
  AgentFixture f;
  int number = 0;
  f.site.on_request = [&](Transport& transport, std::string const&) {
    if (++number == 1) return transport.write(answer("one"));
    transport.write("HTTP/1.1 ");
    transport.lose_connection();
  };
  Agent agent(*f.reactor);
  CHECK(f.read(f.ask(agent, "/")) == "one");
  CHECK(f.ask(agent, "/").failure().code() == HttpError::truncated);
  CHECK(number == 2);
}

TEST_CASE("A new connection that fails is not tried again", "[http][agent][rule171]") {
  AgentFixture f;
  f.site.on_request = [](Transport& transport, std::string const&) { transport.lose_connection(); };
  Agent agent(*f.reactor);
  CHECK(f.ask(agent, "/").failure().code() == HttpError::no_answer);
  CHECK(f.site.connections == 1);
}

TEST_CASE("Cookies go back to where they came from", "[http][agent]") {
  AgentFixture f;
  f.site.keep = true;
  f.site.answers["/set"] = answer("", "Set-Cookie: a=b\r\n");
  f.site.answers["/"] = answer("");
  Agent agent(*f.reactor, {.cookies = std::make_shared<HttpCookieJar>()});
  f.ask(agent, "/set").value();
  f.ask(agent, "/").value();
  CHECK(f.site.field(0, "Cookie").empty());
  CHECK(f.site.requests.at(1).ends_with("\r\nUser-Agent: twx\r\nCookie: a=b\r\n\r\n"));
}

TEST_CASE("A flood of interim responses ends", "[http][agent]") {
  AgentFixture f;
  f.site.on_request = [](Transport& transport, std::string const&) {
    std::string flood;
    for (int i = 0; i < 20000; ++i) flood += "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    transport.set_water_marks({.limit = 1 << 30});
    transport.write(flood);
  };
  Agent agent(*f.reactor);
  CHECK(f.ask(agent, "/").failure().code() == HttpError::head_too_large);
  CHECK(f.until([&] { return f.site.open == 0; }));
}

TEST_CASE("A few interim responses are passed over", "[http][agent]") {
  AgentFixture f;
  f.site.answers["/"] =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + answer("hello");
  Agent agent(*f.reactor);
  CHECK(f.read(f.ask(agent, "/")) == "hello");
}

TEST_CASE("What cannot be asked for fails", "[http][agent]") {
  AgentFixture f;
  Agent agent(*f.reactor);
  CHECK(await(*f.reactor, agent.request("GET", "gopher://x/")).failure().code() ==
        HttpError::bad_url);
  CHECK(await(*f.reactor, agent.request("G T", f.site.url())).failure().code() ==
        HttpError::refused);
  CHECK(await(*f.reactor, agent.request("GET", f.site.url(), {{"A", "b\r\nC: d"}}))
            .failure()
            .code() == HttpError::refused);
  CHECK(await(*f.reactor, agent.request("GET", "http://127.0.0.1:1/")).failure().code() ==
        std::errc::connection_refused);
}

TEST_CASE("Connections can be made by somebody else", "[http][agent]") {
  AgentFixture f;
  f.site.answers["/"] = answer("hello");
  std::string asked;
  Agent agent(*f.reactor, {.connect = [&](HttpUrl const& url) {
    asked = url.text();
    return connect_protocol(*f.reactor, Endpoint::tcp("127.0.0.1", f.site.port),
                            std::make_unique<HttpClient>());
  }});
  auto response = await(*f.reactor, agent.request("GET", "https://example.org/"));
  CHECK(f.read(std::move(response)) == "hello");
  CHECK(asked == "https://example.org/");
}

TEST_CASE("1,000 requests go over 10 connections", "[http][agent][rule171]") {
  AgentFixture f;
  f.site.keep = true;
  std::set<std::string> bodies;
  f.site.on_request = [](Transport& transport, std::string const& target) {
    transport.write(answer(target));
  };
  Agent agent(*f.reactor, {.pool = {.most_idle = 10, .most_for_key = 10}});
  int failed = 0;
  std::vector<Deferred<void>> all;
  for (int i = 0; i < 1000; ++i)
    all.push_back(
        agent.request("GET", f.site.url("/" + std::to_string(i)))
            .add_callback([](Response response) { return read_body(std::move(response)); })
            .add_both([&](Result<std::string> body) {
              body ? void(bodies.insert(*body)) : void(++failed);
            }));
  CHECK(agent.pool().waiting() == 990);
  CHECK(f.until([&] { return bodies.size() + static_cast<std::size_t>(failed) == 1000; }));
  CHECK(bodies.size() == 1000);
  CHECK(f.site.connections == 10);
  CHECK(f.site.most_open == 10);
}

TEST_CASE("1,000 requests, of which each may go wrong", "[http][agent][rule171]") {
  AgentFixture f;
  int number = 0;
  f.site.on_request = [&](Transport& transport, std::string const& target) {
    switch (++number % 7) {
      case 0: return transport.abort_connection();
      case 1: return transport.lose_connection();
      case 2:
        transport.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
        return transport.lose_connection();
      case 3:
        transport.write(answer(target, "Connection: close\r\n"));
        return transport.lose_connection();
      default: return transport.write(answer(target));
    }
  };
  Agent agent(*f.reactor, {.pool = {.most_for_key = 10}});
  int done = 0;
  int failed = 0;
  std::vector<Deferred<void>> all;
  for (int i = 0; i < 1000; ++i)
    all.push_back(
        agent.request(i % 3 == 0 ? "POST" : "GET", f.site.url("/"))
            .add_callback([](Response response) { return read_body(std::move(response)); })
            .add_both([&](Result<std::string> body) { body ? ++done : ++failed; }));
  for (std::size_t i = 0; i < 1000; i += 11) all[i].cancel();
  CHECK(f.until([&] { return done + failed == 1000; }));
  CHECK(done > 300);
  CHECK(failed > 100);
  CHECK(f.site.most_open <= 10 + 2);  // the server may hear of an end after the next has come
  CHECK(await(*f.reactor, agent.close()));
  CHECK(agent.pool().open() == 0);
}

TEST_CASE("A reactor that goes takes all of it along", "[http][agent]") {
  auto reactor = make_reactor();
  std::string said;
  std::vector<Deferred<void>> all;
  {
    Site site(*reactor);
    site.on_request = [](Transport& transport, std::string const&) {
      transport.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
    };
    Agent agent(*reactor, {.pool = {.most_for_key = 2}});
    for (int i = 0; i < 3; ++i)
      all.push_back(
          agent.request("GET", site.url())
              .add_callback([](Response got) { return read_body(std::move(got)); })
              .add_both([&](Result<std::string> body) { said += body ? "done " : "failed "; }));
    REQUIRE(run_until(*reactor, [&] { return site.requests.size() == 2; }));
    run_turns(*reactor);
    reactor.reset();
  }
  CHECK(said == "failed failed failed ");
}

TEST_CASE("An agent may outlive its reactor with what it keeps", "[http][agent]") {
  auto reactor = make_reactor();
  std::optional<Agent> agent(*reactor);
  Site site(*reactor);
  site.keep = true;
  site.answers["/"] = answer("hello");
  CHECK(await(*reactor, agent->request("GET", site.url())));
  run_turns(*reactor);
  CHECK(agent->pool().open() == 1);
  reactor.reset();
  CHECK(agent->pool().open() == 0);
  agent.reset();
}

}  // namespace
