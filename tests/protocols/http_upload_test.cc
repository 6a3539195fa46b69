// Requests with bodies: framing, back-pressure, answers before the end of the body.
#include <fstream>

#include "tests/protocols/support/wired_client.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

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

}  // namespace
