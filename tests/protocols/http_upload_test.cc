// Requests with bodies: framing, back-pressure, Expect, early answers.
#include <fstream>
#include <optional>

#include "protocols/http_client.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

constexpr auto piece = HttpBody::piece_size;
std::string const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";

struct Answer : HttpResponseReceiver {
  void head_received(HttpHead received) override { heads.push_back(received.status); }
  void body_received(Bytes data) override { body += text(data); }
  void response_done() override {}
  std::vector<int> heads;
  std::string body;
};

struct Wired {
  Wired() {
    wire.connect(*client);
    wire.turn();
  }
  void put(std::shared_ptr<HttpBody> body, HttpFields fields = {}) {
    ask({.method = "PUT", .fields = std::move(fields), .body = std::move(body)});
  }
  void ask(HttpRequest const& request) {
    outcome.reset();
    waiting = client->request(request, answer).add_both([this](Result<void> result) {
      outcome = result ? "done" : result.failure().message();
      if (!result) code = result.failure().code();
    });
  }
  // What is sent until nothing moves any more, without the head.
  std::string body() {
    for (auto i = 0; i < 100 && wire.busy(); ++i) wire.turn();
    auto const all = wire.take();
    auto const end = all.find("\r\n\r\n");
    return head_seen++ ? all : all.substr(end + 4);
  }
  FakeTransport wire;
  Answer answer;
  Deferred<void> waiting = succeed();
  std::optional<std::string> outcome;
  std::error_code code;
  int head_seen = 0;
  std::unique_ptr<HttpClient> client = std::make_unique<HttpClient>();  // goes first
};

HttpFields const chunked{{"Transfer-Encoding", "chunked"}};
HttpFields length(std::size_t size) { return {{"Content-Length", std::to_string(size)}}; }
HttpFields expecting(std::size_t size) {
  return {{"Content-Length", std::to_string(size)}, {"Expect", "100-continue"}};
}

TEST_CASE("A small body leaves with the head", "[http][upload]") {
  Wired f;
  f.put(memory_body("hello"), length(5));
  CHECK(f.wire.take() == "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(f.client->body_complete());
  CHECK(f.client->body_sent() == 5);
  f.wire.deliver(ok);
  CHECK(f.outcome == "done");
  CHECK(f.client->reusable());
}

TEST_CASE("A large body leaves a piece at a time, as the peer takes it", "[http][upload]") {
  Wired f;
  auto const content = std::string(10 * piece, 'x') + "end";
  f.wire.set_capacity(1000);
  f.put(memory_body(content), length(content.size()));
  for (auto i = 0; i < 50; ++i) f.wire.turn();
  CHECK(f.client->body_sent() == piece);
  CHECK(f.wire.unsent() <= piece + 1000);
  CHECK_FALSE(f.client->body_complete());
  f.wire.drain(FakeTransport::no_limit);
  CHECK((f.body() == content));
  CHECK(f.client->body_complete());
  f.wire.deliver(ok);
  CHECK(f.client->reusable());
}

TEST_CASE("The last byte of a body of known length is its end", "[http][upload]") {
  Wired f;
  f.put(memory_body(std::string(piece, 'x')), length(piece));
  CHECK(f.client->body_complete());
  f.wire.deliver(ok);
  CHECK(f.client->reusable());
}

TEST_CASE("A body whose length is not known goes in chunks", "[http][upload]") {
  Wired f;
  auto fed = std::make_shared<FedBody>([](bool) {});
  f.put(fed, chunked);
  CHECK(f.body().empty());
  fed->add(bytes("hello, world!!!!"));
  CHECK(f.body() == "10\r\nhello, world!!!!\r\n");
  fed->add(bytes("a"));
  fed->finish();
  CHECK(f.body() == "1\r\na\r\n0\r\n\r\n");
  CHECK(f.client->body_sent() == 17);
  f.wire.deliver(ok);
  CHECK(f.client->reusable());
}

TEST_CASE("While there is nothing to send no turn is asked for", "[http][upload]") {
  Wired f;
  f.put(std::make_shared<FedBody>([](bool) {}), chunked);
  f.body();
  CHECK_FALSE(f.wire.busy());
}

TEST_CASE("A source that is faster than the peer is held back", "[http][upload]") {
  Wired f;
  f.wire.set_capacity(100);
  auto held = false;
  auto fed = std::make_shared<FedBody>([&](bool wanted) { held = wanted; });
  f.put(fed, chunked);
  std::size_t given = 0;
  for (auto i = 0; i < 100; ++i) {
    if (!held) fed->add(bytes(std::string(1000, 'x'))), given += 1000;
    f.wire.turn();
  }
  CHECK(held);
  CHECK(given < 3 * piece);
  f.wire.drain(FakeTransport::no_limit);
  f.body();
  CHECK_FALSE(held);
}

TEST_CASE("An empty body is sent too", "[http][upload]") {
  Wired f;
  SECTION("with its length") {
    f.put(memory_body(""), length(0));
    CHECK(f.body().empty());
  }
  SECTION("in chunks") {
    f.put(memory_body(""), chunked);
    CHECK(f.body() == "0\r\n\r\n");
  }
  CHECK(f.client->body_complete());
}

TEST_CASE("A body that is not as long as was said aborts the connection", "[http][upload]") {
  Wired f;
  SECTION("shorter") {
    f.put(memory_body("hello"), length(6));
    CHECK(f.outcome == "the body is shorter than was said");
  }
  SECTION("longer") {
    f.put(memory_body("hello"), length(4));
    CHECK(f.outcome == "the body is longer than was said");
  }
  SECTION("longer, after pieces") {
    f.put(memory_body(std::string(3 * piece, 'x')), length(2 * piece));
    f.body();
    CHECK(f.outcome == "the body is longer than was said");
  }
  CHECK(f.code == Error::cannot_read);
  CHECK(f.wire.aborted());
  CHECK_FALSE(f.client->reusable());
}

TEST_CASE("A file that becomes shorter while it is sent aborts the connection", "[http][upload]") {
  ScratchDirectory const directory;
  auto const path = directory.path("file");
  std::ofstream(path) << std::string(3 * piece, 'x');
  Wired f;
  f.put(file_body(path).value(), length(3 * piece));
  REQUIRE(truncate(path.c_str(), piece + 1) == 0);
  f.body();
  CHECK(f.code == Error::cannot_read);
  CHECK(f.outcome == path + ": it has become shorter");
  CHECK(f.wire.aborted());
}

TEST_CASE("What the source fails with is the request's failure", "[http][upload]") {
  Wired f;
  auto fed = std::make_shared<FedBody>([](bool) {});
  f.put(fed, chunked);
  f.body();
  fed->finish(Error::cannot_read);
  f.body();
  CHECK(f.code == Error::cannot_read);
  CHECK(f.wire.aborted());
}

TEST_CASE("What a body throws is the request's failure", "[http][upload]") {
  struct Throwing final : HttpBody {
    std::optional<std::uint64_t> size() const override { return 1; }
    Result<std::optional<Bytes>> read() override { throw std::bad_alloc(); }
    bool rewind() override { return true; }
  };
  Wired f;
  f.put(std::make_shared<Throwing>(), length(1));
  CHECK(f.code == std::errc::not_enough_memory);
  CHECK(f.wire.aborted());
}

TEST_CASE("A body that cannot be framed is refused before anything is sent", "[http][upload]") {
  Wired f;
  SECTION("no length at all") {
    f.put(std::make_shared<FedBody>([](bool) {}));
    CHECK(f.outcome == "the request cannot be sent: the length of its body is not known");
  }
  SECTION("chunks in HTTP/1.0") {
    f.ask({.method = "PUT", .fields = chunked, .body = memory_body("x"), .version = 10});
    CHECK(f.outcome == "the request cannot be sent: HTTP/1.0 knows no chunks");
  }
  SECTION("a length that is none") {
    f.put(memory_body("x"), {{"Content-Length", "1x"}});
    CHECK(f.outcome == "the request cannot be sent: its Content-Length is no number");
  }
  CHECK(f.wire.take().empty());
  CHECK(f.client->reusable());
}

TEST_CASE("A body is rewound for each request, or the request is refused",
          "[http][upload][fetch12]") {
  auto const content = memory_body("hello");
  auto const fed = std::make_shared<FedBody>([](bool) {});
  fed->add(bytes("hello"));
  fed->finish();
  Wired f;
  f.put(content, length(5));
  f.wire.deliver(ok);
  f.put(content, length(5));
  f.wire.deliver(ok);
  CHECK(f.wire.take().ends_with("\r\n\r\nhello"));
  f.put(fed, chunked);
  f.wire.deliver(ok);
  CHECK(f.wire.take().ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
  f.put(fed, chunked);
  CHECK(f.code == HttpError::cannot_rewind);
  CHECK(f.wire.take().empty());
  CHECK(f.client->reusable());
}

// --- Expect ---

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

// --- answers before the end of the body ---

struct Amid : Wired {
  Amid() {
    put(fed, chunked);
    fed->add(bytes("abc"));
    CHECK(body() == "3\r\nabc\r\n");
  }
  std::shared_ptr<FedBody> fed = std::make_shared<FedBody>([](bool) {});
};

TEST_CASE("An error amid the body stops it, and the connection ends after the answer",
          "[http][upload]") {
  Amid f;
  f.wire.deliver("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n");
  f.fed->add(bytes("def"));
  CHECK(f.body().empty());
  CHECK_FALSE(f.outcome);
  f.wire.deliver("no");
  CHECK(f.outcome == "done");
  CHECK(f.answer.body == "no");
  CHECK_FALSE(f.client->body_complete());
  CHECK_FALSE(f.client->reusable());
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A server that answers while it reads gets all of the body", "[http][upload]") {
  Amid f;
  f.wire.deliver("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  f.fed->add(bytes("def"));
  f.fed->finish();
  CHECK(f.body() == "3\r\ndef\r\n0\r\n\r\n");
  f.wire.deliver("def");
  CHECK(f.outcome == "done");
  CHECK(f.client->reusable());
}

TEST_CASE("The end of an answer is the end of the request, whatever is left of its body",
          "[http][upload]") {
  Amid f;
  f.wire.deliver(ok);
  CHECK(f.outcome == "done");
  CHECK_FALSE(f.client->reusable());
  f.wire.turn();
  CHECK(f.wire.lost());
  f.fed->add(bytes("def"));  // nobody reads it any more
  CHECK(f.wire.take().empty());
}

TEST_CASE("Ends amid the body", "[http][upload]") {
  Amid f;
  SECTION("of the peer's output") { f.wire.deliver_eof(); }
  SECTION("of the connection") { f.wire.lose(std::make_error_code(std::errc::connection_reset)); }
  SECTION("by cancelling") { f.waiting.cancel(); }
  SECTION("by closing") { f.client->close().release(); }
  f.wire.turn();
  CHECK(f.outcome);
  CHECK(f.outcome != "done");
  CHECK(f.wire.lost());
  f.fed->add(bytes("def"));
}

// --- other uses of a connection ---

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
