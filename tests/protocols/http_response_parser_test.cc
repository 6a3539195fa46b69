// Responses whole, byte by byte and in pieces of seven: always the same story.
#include "protocols/http_response_parser.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Story : HttpResponseReceiver {
  void head_received(HttpHead head) override {
    text += std::to_string(head.status) + "(" + head.reason + ")";
    for (auto const& [name, value] : head.fields) text += " " + name + "=" + value;
    text += "|";
    last = std::move(head);
  }
  void body_received(Bytes data) override { body += twx::text(data); }
  void trailer_received(HttpFields fields) override {
    for (auto const& [name, value] : fields) text += " trailer " + name + "=" + value;
  }
  void response_done() override { text += " done"; }

  std::string text;
  std::string body;
  HttpHead last;
};

struct Outcome {
  std::string story;
  std::string body;
  std::error_code error;
  std::size_t left = 0;  // of the input
  bool keep_alive = false;

  bool operator==(Outcome const&) const = default;
};

Outcome receive(std::string_view answer, std::size_t piece, std::string_view method, bool eof,
                HttpLimits limits = {}) {
  Story story;
  HttpResponseParser parser(story, limits);
  parser.expect(method);
  Outcome outcome;
  while (!answer.empty() && !parser.done() && !outcome.error) {
    auto const given = answer.substr(0, piece);
    auto const used = parser.put(bytes(given));
    if (!used) outcome.error = used.failure().code();
    if (used) answer.remove_prefix(*used);
    if (used && !parser.done()) CHECK(*used == given.size());
  }
  if (eof && !outcome.error)
    if (auto const ended = parser.put_eof(); !ended) outcome.error = ended.failure().code();
  outcome.story = story.text;
  outcome.body = story.body;
  outcome.left = outcome.error ? 0 : answer.size();
  outcome.keep_alive = parser.keep_alive();
  return outcome;
}

// The same, however it is split.
Outcome receive(std::string_view answer, std::string_view method = "GET", bool eof = false,
                HttpLimits limits = {}) {
  auto const whole = receive(answer, answer.size() + 1, method, eof, limits);
  for (std::size_t const piece : {1, 7}) {
    INFO("pieces of " << piece);
    auto const split = receive(answer, piece, method, eof, limits);
    CHECK(split.story == whole.story);
    CHECK(split.body == whole.body);
    CHECK(split.error == whole.error);
    CHECK(split.left == whole.left);
  }
  return whole;
}

std::string const ok = "HTTP/1.1 200 OK\r\n";

TEST_CASE("A body with a length", "[http]") {
  auto const got = receive(ok + "content-LENGTH: 5\r\nX:  y \r\n\r\nhellomore");
  CHECK(got.story == "200(OK) content-LENGTH=5 X=y| done");
  CHECK(got.body == "hello");
  CHECK(got.left == 4);
  CHECK(got.keep_alive);
}

TEST_CASE("A body in chunks, with extensions and a trailer", "[http]") {
  auto const got = receive(ok +
                           "Transfer-Encoding: chunked\r\n\r\n"
                           "5;a=b\r\nhello\r\n00a\r\n, chunked!\r\n0\r\nSum: 1\r\n\r\nmore");
  CHECK(got.story == "200(OK) Transfer-Encoding=chunked| trailer Sum=1 done");
  CHECK(got.body == "hello, chunked!");
  CHECK(got.left == 4);
}

TEST_CASE("A body without a length ends with the connection", "[http]") {
  auto const got = receive("HTTP/1.0 200 OK\r\n\r\nall of it", "GET", true);
  CHECK(got.story == "200(OK)| done");
  CHECK(got.body == "all of it");
  CHECK_FALSE(got.keep_alive);
}

TEST_CASE("Responses that have no body", "[http]") {
  CHECK(receive(ok + "Content-Length: 5\r\n\r\n", "HEAD").story ==
        "200(OK) Content-Length=5| done");
  CHECK(receive("HTTP/1.1 204 No Content\r\n\r\nmore").left == 4);
  CHECK(receive("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nmore").left == 4);
  CHECK(receive("HTTP/1.1 200 Connection established\r\n\r\ntunnel", "CONNECT").left == 6);
  CHECK(receive(ok + "Content-Length: 0\r\n\r\nmore").left == 4);
}

TEST_CASE("What comes before the response is told and passed over", "[http]") {
  auto const got = receive("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + ok +
                           "Content-Length: 2\r\n\r\nhi");
  CHECK(got.story == "100(Continue)|103(Early) A=b|200(OK) Content-Length=2| done");
  CHECK(got.body == "hi");
}

TEST_CASE("Lines may end with LF alone, and a reason may be missing", "[http]") {
  auto const got = receive("HTTP/1.1 200\nContent-Length: 2\n\nhi");
  CHECK(got.story == "200() Content-Length=2| done");
  CHECK(got.body == "hi");
}

TEST_CASE("Chunks go before a length", "[http]") {
  for (std::string const fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                   "Transfer-Encoding: Chunked\r\nContent-Length: 3\r\n"}) {
    auto const got = receive(ok + fields + "\r\n2\r\nhi\r\n0\r\n\r\n");
    CHECK_FALSE(got.error);
    CHECK(got.body == "hi");
  }
}

TEST_CASE("Broken heads", "[http]") {
  using namespace std::string_literals;
  struct {
    std::string fields;
    HttpError error;
  } const cases[] = {
      {"Content-Length: 5\r\nContent-Length: 6\r\n", HttpError::malformed},
      {"Content-Length: 5, 6\r\n", HttpError::malformed},
      {"Content-Length: 5x\r\n", HttpError::malformed},
      {"Content-Length: -5\r\n", HttpError::malformed},
      {"Content-Length: 99999999999999999999\r\n", HttpError::malformed},
      {"Location: /a\r\nLocation: /b\r\n", HttpError::malformed},
      {"A: b\0c\r\n"s, HttpError::malformed},
      {"A: b\rc\r\n", HttpError::malformed},
      {" A: b\r\n", HttpError::malformed},
      {"no colon\r\n", HttpError::malformed},
      {": empty\r\n", HttpError::malformed},
      {"Transfer-Encoding: gzip\r\n", HttpError::bad_transfer_coding},
      {"Transfer-Encoding: chunked, gzip\r\n", HttpError::bad_transfer_coding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
       HttpError::bad_transfer_coding},
  };
  for (auto const& [fields, error] : cases) {
    INFO(fields);
    CHECK(receive(ok + fields + "\r\n").error == error);
  }
  CHECK_FALSE(receive(ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi").error);
  CHECK_FALSE(receive(ok + "Location: /a\r\nlocation: /a\r\nContent-Length: 0\r\n\r\n").error);
}

TEST_CASE("What is no HTTP/1", "[http]") {
  CHECK(receive("<html>").error == HttpError::not_http);
  CHECK(receive("HTTQ").error == HttpError::not_http);
  CHECK(receive("HTTP/2 200 OK\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/0.9 200 OK\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/1.1 2x0 OK\r\n\r\n").error == HttpError::malformed);
}

TEST_CASE("Broken chunks", "[http]") {
  for (std::string const chunks :
       {"x\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "11111111111111111\r\n", "-1\r\n"}) {
    INFO(chunks);
    CHECK(receive(ok + "Transfer-Encoding: chunked\r\n\r\n" + chunks).error ==
          HttpError::bad_chunk);
  }
}

TEST_CASE("An end before the end", "[http]") {
  CHECK(receive("", "GET", true).error == HttpError::no_answer);
  CHECK(receive(ok, "GET", true).error == HttpError::truncated);
  CHECK(receive("HTTP/1.1 100 Continue\r\n\r\n", "GET", true).error == HttpError::truncated);
  CHECK(receive(ok + "Content-Length: 5\r\n\r\nhell", "GET", true).error == HttpError::truncated);
  CHECK(receive(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "GET", true).error ==
        HttpError::truncated);
}

TEST_CASE("Heads are bounded: lines, fields and all of them together", "[http]") {
  HttpLimits const limits{.line = 100, .heads = 300, .fields = 10, .trailers = 64};
  auto const head = [](std::string const& fields) { return ok + fields + "\r\n"; };
  CHECK_FALSE(receive(head("A: " + std::string(95, 'b') + "\r\n"), "HEAD", false, limits).error);
  CHECK(receive(head("A: " + std::string(96, 'b') + "\r\n"), "HEAD", false, limits).error ==
        HttpError::head_too_large);
  std::string fields;
  for (auto i = 0; i < 10; ++i) fields += "A: b\r\n";
  CHECK_FALSE(receive(head(fields), "HEAD", false, limits).error);
  CHECK(receive(head(fields + "A: b\r\n"), "HEAD", false, limits).error ==
        HttpError::head_too_large);
  std::string interim;
  for (auto i = 0; i < 13; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(receive(interim, "GET", false, limits).error == HttpError::head_too_large);
}

TEST_CASE("Lines of chunks and trailers are bounded", "[http]") {
  auto const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(receive(chunked + "5;" + std::string(200'000, 'x'), 1000, "GET", false).error ==
        HttpError::head_too_large);
  CHECK(receive(chunked + "0\r\nA: " + std::string(200'000, 'x'), 1000, "GET", false).error ==
        HttpError::head_too_large);
}

TEST_CASE("The text of a head is kept as it came", "[http]") {
  Story story;
  HttpResponseParser parser(story);
  parser.expect("GET");
  std::string const head = "HTTP/1.1 200 OK\r\nb: 1\na:  2\r\n\r\n";
  CHECK(parser.put(bytes(head + "x")).value() == head.size() + 1);
  CHECK(story.last.text == head);
  CHECK(story.last.fields.lists("B", "1"));
  CHECK(story.last.fields.value("A") == "2");
  CHECK_FALSE(parser.framed());
}

TEST_CASE("A body that goes another way ends the response all the same", "[http]") {
  Story story;
  HttpResponseParser parser(story);
  parser.expect("GET");
  auto const head = ok + "Content-Length: 10\r\n\r\n";
  CHECK_FALSE(parser.body_left());
  REQUIRE(parser.put(bytes(head)));
  CHECK(parser.body_left() == 10);
  REQUIRE(parser.put(bytes("abc")));
  CHECK(parser.body_left() == 7);
  parser.skip_body(4);
  CHECK(parser.body_left() == 3);
  CHECK_FALSE(parser.done());
  CHECK(parser.put_eof().failure().code() == HttpError::truncated);
  CHECK(parser.put(bytes("xyz and more")).value() == 3);
  CHECK(parser.done());
  CHECK(parser.keep_alive());
  CHECK_FALSE(parser.body_left());
  CHECK(story.body == "abcxyz");
  CHECK(story.text.ends_with(" done"));

  parser.expect("GET");
  REQUIRE(parser.put(bytes(head)));
  parser.skip_body(10);
  CHECK(parser.done());
  parser.expect("GET");
  REQUIRE(parser.put(bytes(head + "0123456789")));
  CHECK(parser.done());
}

TEST_CASE("Only a body of known length can go another way", "[http]") {
  Story story;
  HttpResponseParser parser(story);
  for (auto const& [method, answer] : {std::pair{"GET", ok + "\r\n"},
                                       {"GET", ok + "Transfer-Encoding: chunked\r\n\r\n"},
                                       {"HEAD", ok + "Content-Length: 10\r\n\r\n"},
                                       {"GET", ok + "Content-Length: 0\r\n\r\n"},
                                       {"GET", ok + "Content-Length: 10\r\n"}}) {
    CAPTURE(method, answer);
    parser.expect(method);
    REQUIRE(parser.put(bytes(answer)));
    CHECK_FALSE(parser.body_left());
    CHECK_THROWS_AS(parser.skip_body(1), std::logic_error);
  }
  parser.expect("GET");
  REQUIRE(parser.put(bytes(ok + "Content-Length: 10\r\n\r\n")));
  CHECK_THROWS_AS(parser.skip_body(11), std::logic_error);
}

}  // namespace
