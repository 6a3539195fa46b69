#include "clients/agent.h"

#include <zlib.h>

#include <set>

#include "protocols/content_decoder.h"
#include "reactor/client_creator.h"
#include "tests/clients/site.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Fixture {
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

// What a receiver is told, in order.
struct Story final : BodyReceiver {
  void data_received(Bytes data) override {
    if (held) told += "(held)";
    told += text(data);
    largest = std::max(largest, data.size());
    if (after_data) after_data();
  }
  void connection_lost(Failure const& reason) override {
    told += "|" + reason.message();
    end = reason;
    if (after_end) after_end();
  }
  void hold() {
    held = true;
    pause();
  }
  void go_on() {
    held = false;
    resume();
  }
  using BodyReceiver::abort;

  std::string told;
  std::size_t largest = 0;
  std::optional<Failure> end;
  std::function<void()> after_data, after_end;
  bool held = false;
};

std::string gzip(std::string const& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string coded(deflateBound(&stream, text.size()), '\0');
  auto input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(coded.data());
  stream.avail_out = static_cast<uInt>(coded.size());
  deflate(&stream, Z_FINISH);
  coded.resize(stream.total_out);
  deflateEnd(&stream);
  return coded;
}

TEST_CASE("The response comes with its head, before the body", "[http][agent][rule169]") {
  Fixture f;
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

TEST_CASE("A body is delivered in pieces, then its end", "[http][agent][rule169]") {
  Fixture f;
  f.site.keep = true;
  f.site.answers["/length"] = answer("hello");
  f.site.answers["/chunks"] =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  f.site.answers["/empty"] = "HTTP/1.1 204 No Content\r\n\r\n";
  Agent agent(*f.reactor);
  auto const story_of = [&](std::string const& target, std::string const& method = "GET") {
    Story story;
    auto response = f.ask(agent, target, method);
    response->deliver_body(story);
    REQUIRE(f.until([&] { return story.end.has_value(); }));
    return story.told;
  };
  CHECK(story_of("/length") == "hello|Response complete");
  CHECK(story_of("/chunks") == "abcde|Response complete");
  CHECK(story_of("/empty") == "|Response complete");
  CHECK(story_of("/length", "HEAD") == "|Response complete");
}

TEST_CASE("A body that nothing ends is potential loss", "[http][agent][rule169]") {
  Fixture f;
  f.site.answers["/"] = "HTTP/1.1 200 OK\r\n\r\nhello";
  Agent agent(*f.reactor);
  Story story;
  auto response = f.ask(agent, "/");
  response->deliver_body(story);
  REQUIRE(f.until([&] { return story.end.has_value(); }));
  CHECK(story.end->code() == ResponseEnd::potential_data_loss);
  CHECK(story.told.starts_with("hello|"));
  auto const failure = await(*f.reactor, read_body(std::move(f.ask(agent, "/").value()))).failure();
  CHECK(failure.code() == ResponseEnd::potential_data_loss);
  auto const partial = partial_download(failure);
  REQUIRE(partial);
  CHECK(partial->status == 200);
  CHECK(partial->reason == "OK");
  CHECK(partial->body == "hello");
}

TEST_CASE("A body cut off is its failure and what came of it", "[http][agent][rule169]") {
  Fixture f;
  f.site.answers["/"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
  Agent agent(*f.reactor);
  Story story;
  auto response = f.ask(agent, "/");
  response->deliver_body(story);
  REQUIRE(f.until([&] { return story.end.has_value(); }));
  CHECK(story.end->code() == HttpError::truncated);
  auto const failure = await(*f.reactor, read_body(std::move(f.ask(agent, "/").value()))).failure();
  CHECK(failure.code() == HttpError::truncated);
  CHECK(partial_download(failure)->body == "hello");
  CHECK_FALSE(partial_download(Error::timed_out));
}

TEST_CASE("Until the body is delivered the connection is not read", "[http][agent][rule169]") {
  Fixture f;
  std::size_t const size = 64 * 1024 * 1024;
  Transport* sender = nullptr;
  f.site.on_request = [&](Transport& transport, std::string const&) {
    sender = &transport;
    transport.set_water_marks({.limit = 2 * size});
    transport.write(answer(std::string(size, 'x')));
  };
  Agent agent(*f.reactor);
  auto response = f.ask(agent, "/");
  run_turns(*f.reactor, 50);
  CHECK(sender->unsent() > size / 2);
  CHECK(f.read(std::move(response)).size() == size);
}

TEST_CASE("A receiver that pauses is given nothing until it goes on", "[http][agent]") {
  Fixture f;
  f.site.keep = true;
  f.site.answers["/"] = answer(pattern(1000000));
  Agent agent(*f.reactor);
  Story story;
  auto response = f.ask(agent, "/");
  int pieces = 0;
  story.after_data = [&] {
    ++pieces;
    story.hold();
  };
  response->deliver_body(story);
  while (!story.end) {
    REQUIRE(f.until([&] { return story.held || story.end; }));
    run_turns(*f.reactor);
    story.go_on();
  }
  CHECK(pieces > 10);
  CHECK(story.largest <= 65536);
  CHECK(difference(story.told, pattern(1000000) + "|Response complete") == "equal");
}

TEST_CASE("A receiver may go, give up or throw in the middle", "[http][agent]") {
  Fixture f;
  f.site.on_request = [](Transport& transport, std::string const&) {
    transport.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
  };
  Agent agent(*f.reactor);
  auto story = std::make_unique<Story>();
  auto response = f.ask(agent, "/");
  SECTION("it goes outside of its calls") {
    response->deliver_body(*story);
    REQUIRE(f.until([&] { return story->told == "hello"; }));
    story.reset();
  }
  SECTION("it goes before anything came") {
    story->hold();
    response->deliver_body(*story);
    story.reset();
  }
  SECTION("it gives up") {
    story->after_data = [&] { story->abort(); };
    response->deliver_body(*story);
    REQUIRE(f.until([&] { return story->end.has_value(); }));
    CHECK(story->told == "hello|" + Failure(Error::cancelled).message());
  }
  SECTION("it throws") {
    story->after_data = [] { throw std::runtime_error("no more"); };
    response->deliver_body(*story);
    REQUIRE(f.until([&] { return story->end.has_value(); }));
    CHECK(story->told == "hello|no more");
  }
  SECTION("it throws at the end too, and goes") {
    LogLines log;
    story->after_data = [] { throw std::runtime_error("no more"); };
    story->after_end = [&] {
      auto const gone = std::move(story);
      throw std::runtime_error("still no more");
    };
    response->deliver_body(*story);
    REQUIRE(f.until([&] { return !story; }));
    CHECK(log.count("still no more") == 1);
  }
  CHECK(f.until([&] { return f.site.open == 0; }));
  CHECK(agent.pool().open() == 0);
}

TEST_CASE("A response that goes unread ends its connection", "[http][agent]") {
  Fixture f;
  f.site.on_request = [](Transport& transport, std::string const&) {
    transport.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
  };
  Agent agent(*f.reactor);
  SECTION("later") { CHECK(f.ask(agent, "/")); }
  SECTION("inside the very call that tells of it") {
    auto const dropped = agent.request("GET", f.site.url()).add_callback([](Response const&) {});
    REQUIRE(f.until([&] { return dropped.has_result(); }));
  }
  SECTION("by a cancelled reading") {
    auto reading = read_body(std::move(f.ask(agent, "/").value()));
    auto const failed =
        std::move(reading).add_errback([](Failure const& failure) { return failure.message(); });
    run_turns(*f.reactor);
    const_cast<Deferred<std::string>&>(failed).cancel();
    CHECK(failed.has_result());
  }
  CHECK(f.until([&] { return f.site.connections == 1 && f.site.open == 0; }));
}

TEST_CASE("A body is delivered once", "[http][agent]") {
  Fixture f;
  f.site.answers["/"] = answer("hello");
  Agent agent(*f.reactor);
  auto response = f.ask(agent, "/");
  Story story;
  response->deliver_body(story);
  Story other;
  CHECK_THROWS_AS(response->deliver_body(other), std::logic_error);
  CHECK_THROWS_AS(Response().deliver_body(other), std::logic_error);
}

TEST_CASE("A response may outlive its agent", "[http][agent]") {
  Fixture f;
  f.site.keep = true;
  f.site.answers["/"] = answer(pattern(500000));
  std::optional<Agent> agent(*f.reactor);
  auto response = f.ask(*agent, "/");
  agent.reset();
  CHECK(difference(f.read(std::move(response)), pattern(500000)) == "equal");
  CHECK(f.until([&] { return f.site.open == 0; }));
}

TEST_CASE("Requests share a connection that is kept", "[http][agent][rule171]") {
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
  f.site.on_request = [](Transport& transport, std::string const&) { transport.lose_connection(); };
  Agent agent(*f.reactor);
  CHECK(f.ask(agent, "/").failure().code() == HttpError::no_answer);
  CHECK(f.site.connections == 1);
}

TEST_CASE("Redirects as RedirectAgent follows them", "[http][agent][rule170]") {
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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

TEST_CASE("Cookies go back to where they came from", "[http][agent]") {
  Fixture f;
  f.site.keep = true;
  f.site.answers["/set"] = answer("", "Set-Cookie: a=b\r\n");
  f.site.answers["/"] = answer("");
  Agent agent(*f.reactor, {.cookies = std::make_shared<HttpCookieJar>()});
  f.ask(agent, "/set").value();
  f.ask(agent, "/").value();
  CHECK(f.site.field(0, "Cookie").empty());
  CHECK(f.site.requests.at(1).ends_with("\r\nUser-Agent: twx\r\nCookie: a=b\r\n\r\n"));
}

TEST_CASE("Content codings are undone where that is asked for", "[http][agent]") {
  Fixture f;
  f.site.keep = true;
  auto const long_text = std::string(3000000, 'a') + pattern(1000);
  f.site.answers["/"] = answer(gzip(long_text), "Content-Encoding: gzip\r\n");
  f.site.answers["/cut"] = answer(gzip("hello").substr(0, 15), "Content-Encoding: gzip\r\n");
  f.site.answers["/plain"] = answer("hello");
  f.site.answers["/unknown"] = answer("hello", "Content-Encoding: rot13\r\n");
  Agent agent(*f.reactor, {.decode = true});
  auto response = f.ask(agent, "/");
  CHECK_FALSE(response->length);
  CHECK(response->head.fields.value("Content-Encoding") == "gzip");
  CHECK(f.site.field(0, "Accept-Encoding") == ContentDecoder::accepted);
  CHECK(difference(f.read(std::move(response)), long_text) == "equal");
  CHECK(f.read(f.ask(agent, "/plain")) == "hello");
  CHECK(await(*f.reactor, read_body(std::move(f.ask(agent, "/cut").value()))).failure().code() ==
        HttpError::bad_content_coding);
  CHECK(f.ask(agent, "/unknown").failure().code() == HttpError::bad_content_coding);
  CHECK(await(*f.reactor, read_body(std::move(f.ask(agent, "/").value()), 1000000))
            .failure()
            .code() == HttpError::body_too_large);
  auto paused = f.ask(agent, "/");
  Story story;
  story.after_data = [&] { story.hold(); };
  paused->deliver_body(story);
  while (!story.end) {
    REQUIRE(f.until([&] { return story.held || story.end; }));
    story.go_on();
  }
  CHECK(difference(story.told, long_text + "|Response complete") == "equal");
}

TEST_CASE("A flood of interim responses ends", "[http][agent]") {
  Fixture f;
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
  Fixture f;
  f.site.answers["/"] =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + answer("hello");
  Agent agent(*f.reactor);
  CHECK(f.read(f.ask(agent, "/")) == "hello");
}

TEST_CASE("What cannot be asked for fails", "[http][agent]") {
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Story story;
  std::optional<Response> response;
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
