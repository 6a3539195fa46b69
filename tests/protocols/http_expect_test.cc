// Bodies that wait to be asked for (RFC 9110, section 10.1.1).
#include "reactor/fakes/fake_clock.h"
#include "tests/protocols/support/wired_client.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";

HttpFields expecting(std::size_t size) {
  return {{"Content-Length", std::to_string(size)}, {"Expect", "100-continue"}};
}

struct Expecting : Wired {
  Expecting() {
    client->limit_waiting(clock);
    put(memory_body("hello"), expecting(5));
    CHECK(body().empty());
  }
  FakeClock clock;
};

TEST_CASE("A body that expects a 100 waits for it", "[http][upload][expect]") {
  Expecting f;
  f.wire.deliver("HTTP/1.1 103 Early Hints\r\n\r\n");
  CHECK(f.body().empty());
  f.wire.deliver(go_on);
  CHECK(f.body() == "hello");
  f.clock.advance(2s);
  CHECK(f.body().empty());
  f.wire.deliver(ok);
  CHECK(f.answer.heads == std::vector{103, 100, 200});
  CHECK(f.outcome == "done");
  CHECK(f.client->reusable());
}

TEST_CASE("A body that expects a 100 goes without it after a second", "[http][upload][expect]") {
  Expecting f;
  f.clock.advance(999ms);
  CHECK(f.body().empty());
  f.clock.advance(1ms);
  CHECK(f.body() == "hello");
  f.wire.deliver(go_on + ok);
  CHECK(f.body().empty());
  CHECK(f.outcome == "done");
  CHECK(f.client->reusable());
}

TEST_CASE("The time for the 100 can be set", "[http][upload][expect]") {
  Wired f;
  FakeClock clock;
  f.client->limit_waiting(clock, 5s);
  f.put(memory_body("hello"), expecting(5));
  f.body();
  clock.advance(4999ms);
  CHECK(f.body().empty());
  clock.advance(1ms);
  CHECK(f.body() == "hello");
}

TEST_CASE("An answer in the place of the 100 means that the body is not sent",
          "[http][upload][expect]") {
  for (std::string const status : {"417 No", "200 OK", "401 Who"}) {
    Expecting f;
    f.wire.deliver("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\n");
    f.clock.advance(2s);
    CHECK(f.body().empty());
    f.wire.deliver("hi");
    CHECK(f.outcome == "done");
    CHECK(f.answer.body == "hi");
    CHECK(f.client->body_sent() == 0);
    CHECK_FALSE(f.client->body_complete());
    CHECK_FALSE(f.client->reusable());
    CHECK(f.wire.disconnecting());
  }
}

TEST_CASE("A 100 and an answer in one piece: the body is not sent", "[http][upload][expect]") {
  Expecting f;
  f.wire.deliver(go_on + "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.body().empty());
  CHECK(f.outcome == "done");
  CHECK_FALSE(f.client->reusable());
}

TEST_CASE("A body that could not be sent to be waited for can be sent again",
          "[http][upload][expect]") {
  Wired f;
  auto const fed = std::make_shared<FedBody>([](bool) {});
  fed->add(bytes("x"));
  f.put(fed, {{"Transfer-Encoding", "chunked"}, {"Expect", "100-continue"}});
  f.wire.deliver("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.outcome == "done");
  CHECK(fed->rewind());
}

TEST_CASE("Nothing waits in a request of HTTP/1.0", "[http][upload][expect]") {
  Wired f;
  f.ask({.method = "PUT", .fields = expecting(2), .body = memory_body("hi"), .version = 10});
  CHECK(f.body() == "hi");
}

TEST_CASE("Cancelled while it waits, nothing of the body is sent", "[http][upload][expect]") {
  Expecting f;
  f.waiting.cancel();
  f.clock.advance(2s);
  CHECK(f.body().empty());
  CHECK(f.outcome == "Cancelled");
  CHECK(f.wire.aborted());
}

}  // namespace
