#include "protocols/http_client.h"

#include <optional>
#include <utility>

#include "reactor/fakes/fake_transport.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Answer : HttpResponseReceiver {
  void head_received(HttpHead received) override { head = std::move(received); }
  void body_received(Bytes data) override { body += text(data); }
  void response_done() override { done = true; }
  HttpHead head;
  std::string body;
  bool done = false;
};

struct Refusing : Answer {
  void body_received(Bytes) override { throw FailureException(Failure(HttpError::body_too_large)); }
};

struct Wired {
  Wired() {
    auto protocol = std::make_unique<HttpClient>();
    client = protocol.get();
    wire.connect(std::move(protocol));
  }
  void ask(HttpRequest const& request = {.target = "/", .fields = {{"Host", "h"}}}) {
    outcome.reset();
    waiting = client->request(request, answer).add_both([this](Result<void> result) {
      outcome = result ? "done" : result.failure().message();
    });
  }
  HttpClient* client;
  Answer answer;
  Deferred<void> waiting = succeed();
  std::optional<std::string> outcome;
  FakeTransport wire;  // goes first, and ends what is under way
};

std::string const request_text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_CASE("A request is its line, its fields in their order and its body", "[http][client]") {
  Wired f;
  f.ask({.method = "POST",
         .target = "/a?b",
         .fields = {{"Host", "h"}, {"x-Y", ""}, {"Content-Length", "5"}},
         .body = memory_body("hello"),
         .version = 10});
  CHECK(f.wire.take() == "POST /a?b HTTP/1.0\r\nHost: h\r\nx-Y:\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_CASE("The answer goes to the receiver, then the Deferred fires", "[http][client]") {
  Wired f;
  f.ask();
  CHECK(f.wire.take() == request_text);
  f.wire.deliver("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  CHECK(f.answer.head.status == 200);
  CHECK_FALSE(f.outcome);
  f.wire.deliver("lo");
  CHECK(f.answer.body == "hello");
  CHECK(f.outcome == "done");
  CHECK(f.client->reusable());
}

TEST_CASE("One request after the other goes over a connection", "[http][client]") {
  Wired f;
  for (auto i = 0; i < 3; ++i) {
    f.ask();
    CHECK(f.wire.take() == request_text);
    CHECK_THROWS_AS(f.ask(), std::logic_error);
    f.wire.deliver("HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(f.outcome == "done");
  }
}

TEST_CASE("A server that closes after its answer ends the connection", "[http][client]") {
  Wired f;
  f.ask();
  f.wire.deliver("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.outcome == "done");
  CHECK_FALSE(f.client->reusable());
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A body without a length ends with the connection, and is whole", "[http][client]") {
  Wired f;
  f.ask();
  f.wire.deliver("HTTP/1.1 200 OK\r\n\r\nall");
  CHECK_FALSE(f.outcome);
  f.wire.deliver_eof();
  CHECK(f.outcome == "done");
  CHECK(f.answer.body == "all");
}

TEST_CASE("Ends that come too early", "[http][client]") {
  Wired f;
  f.ask();
  SECTION("before anything") {
    f.wire.deliver_eof();
    CHECK(f.outcome == "The server gave no answer");
    CHECK_FALSE(f.client->anything_received());
  }
  SECTION("inside the body") {
    f.wire.deliver("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    f.wire.deliver_eof();
    CHECK(f.outcome == "The connection ended before the answer");
    CHECK(f.client->anything_received());
  }
  SECTION("by a reset") {
    f.wire.lose(std::make_error_code(std::errc::connection_reset));
    CHECK(f.outcome == "Connection reset by peer");
  }
}

TEST_CASE("What is no HTTP aborts the connection", "[http][client]") {
  Wired f;
  f.ask();
  f.wire.deliver("220 smtp.example.org ready\r\n");
  CHECK(f.outcome == "The answer is not HTTP/1");
  CHECK(f.wire.disconnecting());
}

TEST_CASE("What the receiver throws is the failure, and aborts the connection", "[http][client]") {
  Wired f;
  Refusing refusing;
  auto failed = f.client->request({}, refusing).add_both([&](Result<void> result) {
    CHECK(result.failure().code() == HttpError::body_too_large);
    f.outcome = "failed";
  });
  f.wire.deliver("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  CHECK(f.outcome == "failed");
  CHECK(f.wire.aborted());
}

TEST_CASE("What nobody asked for ends the connection", "[http][client]") {
  Wired f;
  f.wire.deliver("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(f.wire.disconnecting());
  CHECK_FALSE(f.client->reusable());
}

TEST_CASE("More than the answer makes the connection unfit for another request", "[http][client]") {
  Wired f;
  f.ask();
  f.wire.deliver("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n");
  CHECK(f.outcome == "done");
  CHECK_FALSE(f.client->reusable());
}

TEST_CASE("What the receiver throws is the failure of the request", "[http][client]") {
  struct Full final : Answer {
    void body_received(Bytes) override {
      throw FailureException(Failure(HttpError::body_too_large));
    }
  };
  Wired f;
  Full full;
  Result<void> outcome;
  auto const waiting = f.client->request({}, full).add_both(
      [&](Result<void> result) { outcome = std::move(result); });
  f.wire.deliver("HTTP/1.1 200 OK\r\n\r\nmuch");
  REQUIRE_FALSE(outcome);
  CHECK(outcome.failure().code() == HttpError::body_too_large);
  CHECK(f.wire.disconnecting());
}

TEST_CASE("Cancelling aborts the connection, and the receiver may go", "[http][client]") {
  Wired f;
  f.ask();
  f.waiting.cancel();
  CHECK(f.outcome == "Cancelled");
  CHECK(f.wire.disconnecting());
}

TEST_CASE("Requests that would break the line are refused before anything is sent",
          "[http][client]") {
  using namespace std::string_literals;
  for (HttpRequest const& request : {
           HttpRequest{.method = "GET /x"},
           HttpRequest{.method = ""},
           HttpRequest{.target = "/a b"},
           HttpRequest{.target = "/\r\nX: y"},
           HttpRequest{.fields = {{"A", "b\r\nC: d"}}},
           HttpRequest{.fields = {{"A", "b\0"s}}},
           HttpRequest{.fields = {{"A: b\r\nC", "d"}}},
           HttpRequest{.fields = {{"", "d"}}},
           HttpRequest{.fields = {{"A", std::string(1024 * 1024, 'x')}}},
       }) {
    Wired f;
    f.ask(request);
    CHECK(f.outcome->starts_with("the request cannot be sent: "));
    CHECK(f.wire.take().empty());
  }
}

TEST_CASE("close fires when the connection has ended", "[http][client]") {
  Wired f;
  auto closed = false;
  auto const closing = f.client->close().add_callback([&] { closed = true; });
  CHECK_FALSE(closed);
  f.wire.turn();
  CHECK(closed);
}

// A transport that takes orders to forward, and a receiver with a file.
struct Forwarding : Wired {
  struct Splicing : FakeTransport {
    bool forward_to_file(int to, std::uint64_t count) override {
      file = to;
      ordered += count;
      return true;
    }
    int file = -1;
    std::uint64_t ordered = 0;
  };
  struct WithFile : Answer {
    int body_file() override {
      ++asked;
      return file;
    }
    void body_forwarded(std::uint64_t count, Result<void> const& written) override {
      forwarded += count;
      if (!written && better) throw FailureException(*better);
    }
    int file = 7;
    int asked = 0;
    std::uint64_t forwarded = 0;
    std::optional<Failure> better;
  };
  Forwarding() {
    auto protocol = std::make_unique<HttpClient>();
    http = protocol.get();
    splicing.connect(std::move(protocol));
    waiting = http->request({}, into).add_both(
        [this](Result<void> result) { outcome = result ? "done" : result.failure().message(); });
  }
  // What the transport says when it has forwarded.
  void moved(std::uint64_t count, Result<void> const& written = {}) {
    static_cast<Protocol&>(*http).file_forwarded(count, written);
  }
  Splicing splicing;
  HttpClient* http;
  WithFile into;
  std::string const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
};

TEST_CASE("The rest of a long body goes to the receiver's file, and the connection can be kept",
          "[http][client]") {
  Forwarding f;
  f.splicing.deliver(f.head + "abc");
  CHECK(f.into.body == "abc");
  CHECK(f.splicing.file == 7);
  CHECK(f.splicing.ordered == 999'997);
  CHECK_FALSE(f.outcome);
  f.moved(999'997);
  CHECK(f.outcome == "done");
  CHECK(f.into.forwarded == 999'997);
  CHECK(f.into.done);
  CHECK(f.http->reusable());
}

TEST_CASE("A body that is short, of unknown length, or not for a file is received",
          "[http][client]") {
  Forwarding f;
  SECTION("short") {
    f.splicing.deliver("HTTP/1.1 200 OK\r\nContent-Length: 65535\r\n\r\nabc");
    CHECK(f.into.asked == 0);
  }
  SECTION("chunked") {
    f.splicing.deliver("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\nabc");
    CHECK(f.into.asked == 0);
  }
  SECTION("no file, or not yet") {
    f.into.file = -1;
    f.splicing.deliver(f.head + "ab");
    f.splicing.deliver("c");
    CHECK(f.into.asked == 2);
  }
  CHECK(f.into.body == "abc");
  CHECK(f.splicing.ordered == 0);
}

TEST_CASE("A connection that forwards only a part goes on by itself", "[http][client]") {
  Forwarding f;
  f.splicing.deliver(f.head);
  f.moved(999'000);
  f.splicing.deliver(std::string(999, 'x'));
  CHECK(f.into.asked == 1);
  CHECK_FALSE(f.outcome);
  SECTION("to the end") {
    f.splicing.deliver("x");
    CHECK(f.outcome == "done");
    CHECK(f.into.body == std::string(1000, 'x'));
    CHECK(f.http->reusable());
  }
  SECTION("and ends too early") {
    f.splicing.deliver_eof();
    CHECK(f.outcome == "The connection ended before the answer");
  }
}

TEST_CASE("A file that fails fails the request, with the receiver's words if it has any",
          "[http][client]") {
  Forwarding f;
  auto const full = Failure(std::make_error_code(std::errc::no_space_on_device));
  f.splicing.deliver(f.head);
  SECTION("its words") {
    f.into.better = Failure::with_message(Error::cannot_write, "file: full");
    f.moved(1000, full);
    CHECK(f.outcome == "file: full");
  }
  SECTION("none") {
    f.moved(1000, full);
    CHECK(f.outcome == full.message());
  }
  CHECK(f.into.forwarded == 1000);
  CHECK(f.splicing.aborted());
}

TEST_CASE("A request that was cancelled hears nothing of its file", "[http][client]") {
  Forwarding f;
  f.splicing.deliver(f.head);
  f.waiting.cancel();
  f.moved(10);
  CHECK(f.into.forwarded == 0);
}

TEST_CASE("A request says how leniently its answer is read", "[http][client]") {
  Wired f;
  HttpRequest const plain{.fields = {{"Host", "h"}}};
  HttpRequest raw = plain;
  raw.leniency.raw = true;
  HttpRequest bare = plain;
  bare.leniency.http09 = true;
  std::string const chunks = "2\r\nhi\r\n0\r\n\r\n";
  auto const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
  f.ask(raw);
  f.wire.deliver(answer);
  CHECK(f.outcome == "done");
  CHECK(std::exchange(f.answer.body, {}) == chunks);
  REQUIRE(f.client->reusable());
  f.ask(plain);
  f.wire.deliver(answer);
  CHECK(f.outcome == "done");
  CHECK(std::exchange(f.answer.body, {}) == "hi");
  f.ask(bare);
  f.wire.deliver("hello");
  CHECK(f.answer.head.version == 9);
  CHECK_FALSE(f.outcome);
  f.wire.deliver_eof();
  CHECK(f.outcome == "done");
  CHECK(f.answer.body == "hello");
  CHECK_FALSE(f.client->reusable());
}

TEST_CASE("Half a word is an answer without a head once it ends", "[http][client]") {
  Wired f;
  HttpRequest bare;
  bare.leniency.http09 = true;
  f.ask(bare);
  f.wire.deliver("HTT");
  CHECK(f.answer.head.status == 0);
  f.wire.deliver_eof();
  CHECK(f.outcome == "done");
  CHECK(f.answer.body == "HTT");
}

TEST_CASE("Codings that are left are known when the head comes", "[http][client]") {
  struct Asking : Answer {
    void head_received(HttpHead) override { codings = client->parser().transfer_codings(); }
    HttpClient* client = nullptr;
    std::string codings;
  };
  Wired f;
  Asking asking;
  asking.client = f.client;
  HttpRequest request;
  request.leniency.transfer_codings = true;
  auto const done = f.client->request(request, asking);
  f.wire.deliver("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
  CHECK(asking.codings == "gzip");
  f.wire.deliver("0\r\n\r\n");
  CHECK(asking.done);
}

}  // namespace
