#include "clients/response.h"

#include <zlib.h>

#include "protocols/content_decoder.h"
#include "tests/clients/agent_fixture.h"

namespace {

using namespace twx;
using namespace twx::test;

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

TEST_CASE("A body is delivered in pieces, then its end", "[http][agent][rule169]") {
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
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
  AgentFixture f;
  f.site.keep = true;
  f.site.answers["/"] = answer(pattern(500000));
  std::optional<Agent> agent(*f.reactor);
  auto response = f.ask(*agent, "/");
  agent.reset();
  CHECK(difference(f.read(std::move(response)), pattern(500000)) == "equal");
  CHECK(f.until([&] { return f.site.open == 0; }));
}

TEST_CASE("Content codings are undone where that is asked for", "[http][agent]") {
  AgentFixture f;
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

}  // namespace
