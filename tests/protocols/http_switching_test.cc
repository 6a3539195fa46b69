// Connections that carry something else after a request: CONNECT, 101; and one that is cancelled.
#include "reactor/tls.h"
#include "tests/protocols/support/wired_client.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("A 2xx to CONNECT leaves the connection for what follows", "[http][connect]") {
  for (std::string const version : {"1.1", "1.0"}) {
    Wired f;
    f.ask({.method = "CONNECT", .target = "h:443"});
    f.wire.deliver("HTTP/" + version + " 200 Connection established\r\n\r\n");
    CHECK(f.outcome == "done");
    REQUIRE(f.client->reusable());
    f.wire.take();
    f.put(memory_body("hello"), length(5));
    CHECK(f.wire.take() == "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
    f.wire.deliver(ok);
    CHECK(f.outcome == "done");
    CHECK(f.client->reusable());
  }
}

TEST_CASE("A proxy that refuses a CONNECT is an answer like any other", "[http][connect]") {
  Wired f;
  f.ask({.method = "CONNECT", .target = "h:443"});
  f.wire.deliver("HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno");
  CHECK(f.outcome == "done");
  CHECK(f.answer.body == "no");
  CHECK(f.client->reusable());
}

TEST_CASE("What comes out of a tunnel before anything went in makes it useless",
          "[http][connect]") {
  Wired f;
  f.ask({.method = "CONNECT", .target = "h:443"});
  f.wire.deliver("HTTP/1.1 200 OK\r\n\r\nmore");
  CHECK(f.outcome == "done");
  CHECK_FALSE(f.client->reusable());
}

TEST_CASE("TLS can be started inside a tunnel", "[http][connect]") {
  Wired f;
  f.ask({.method = "CONNECT", .target = "h:443"});
  f.wire.deliver("HTTP/1.1 200 OK\r\n\r\n");
  std::optional<std::string> secured;
  auto const waiting = f.client->start_tls(TlsContext::client({.server_name = "h"}).value())
                           .add_both([&](Result<void> result) {
                             secured = result ? "done" : result.failure().message();
                           });
  f.wire.turn();
  CHECK_FALSE(secured);
  SECTION("when the peer is verified it goes on") {
    f.wire.finish_handshake();
    f.wire.turn();
    CHECK(secured == "done");
    CHECK(f.client->reusable());
    f.put(memory_body("hi"), length(2));
    f.wire.deliver(ok);
    CHECK(f.outcome == "done");
  }
  SECTION("what ends the connection before is told") {
    f.wire.lose(Error::certificate_not_trusted);
    CHECK(secured == Failure(Error::certificate_not_trusted).message());
  }
}

TEST_CASE("After a 101 the connection carries no other request", "[http]") {
  Wired f;
  f.ask({.target = "/", .fields = {{"Upgrade", "x"}, {"Connection", "upgrade"}}});
  f.wire.deliver("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nnoise");
  CHECK(f.outcome == "done");
  CHECK_FALSE(f.client->reusable());
  CHECK(f.wire.disconnecting());
}

TEST_CASE("The receiver may cancel its own request", "[http]") {
  struct Cancelling final : Answer {
    void head_received(HttpHead) override { cancel(); }
    Function<void()> cancel;
  };
  Wired f;
  Cancelling receiver;
  auto waiting = f.client->request({}, receiver).add_both([](Result<void>) {});
  receiver.cancel = [&] { waiting.cancel(); };
  f.wire.deliver("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(receiver.body.empty());
  CHECK(f.wire.aborted());
}

}  // namespace
