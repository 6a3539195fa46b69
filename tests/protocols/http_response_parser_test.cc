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
  void trailer_received(HttpFields const& fields) override {
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
  std::string codings;

  bool operator==(Outcome const&) const = default;
};

Outcome receive(std::string_view answer, std::size_t piece, std::string_view method, bool eof,
                HttpLimits limits = {}, HttpLeniency leniency = {}) {
  Story story;
  HttpResponseParser parser(story, limits);
  parser.expect(method, leniency);
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
  outcome.codings = parser.transfer_codings();
  return outcome;
}

// The same, however it is split.
Outcome receive(std::string_view answer, std::string_view method = "GET", bool eof = false,
                HttpLimits limits = {}, HttpLeniency leniency = {}) {
  auto const whole = receive(answer, answer.size() + 1, method, eof, limits, leniency);
  for (std::size_t const piece : {1, 7}) {
    INFO("pieces of " << piece);
    auto const split = receive(answer, piece, method, eof, limits, leniency);
    CHECK(split.story == whole.story);
    CHECK(split.body == whole.body);
    CHECK(split.error == whole.error);
    CHECK(split.left == whole.left);
  }
  return whole;
}

// The end of the connection behind it.
Outcome receive(std::string_view answer, HttpLeniency leniency) {
  return receive(answer, "GET", true, {}, leniency);
}

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

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

TEST_CASE("Chunks go before a length", "[http][fetch20]") {
  for (std::string const fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                   "Transfer-Encoding: Chunked\r\nContent-Length: 3\r\n"}) {
    auto const got = receive(ok + fields + "\r\n2\r\nhi\r\n0\r\n\r\n");
    CHECK_FALSE(got.error);
    CHECK(got.body == "hi");
  }
}

TEST_CASE("Broken lines of a head", "[http][fetch19]") {
  using namespace std::string_literals;
  for (auto const& fields : {"A: b\0c\r\n"s, "A\0: b\r\n"s, "A: b\rc\r\n"s, "A: b\r\r\n"s,
                             " A: b\r\n"s, "\tA: b\r\n"s, " \r\n"s, "no colon\r\n"s, ": empty\r\n"s,
                             "A : b\r\n"s, "A\x01: b\r\n"s, "A\x80\x01: b\r\n"s}) {
    CAPTURE(fields);
    CHECK(receive(ok + fields + "\r\n").error == HttpError::malformed);
    CHECK(receive("HTTP/1.1 100 Continue\r\n" + fields + "\r\n").error == HttpError::malformed);
  }
  CHECK(receive("HTTP/1.1 200 O\0K\r\n\r\n"s).error == HttpError::malformed);
  CHECK(receive("HTTP/1.1 2\x01"s + "0 OK\r\n\r\n").error == HttpError::malformed);
}

// As curl has it, and RFC 9110, section 5.5, allows.
TEST_CASE("Control characters in values are kept, beside what looks like their place",
          "[http][fetch19]") {
  std::string all;
  for (auto c = '\x01'; c < ' '; ++c)
    if (c != '\r' && c != '\n') all += c;
  all += "\x7f\x80\xff";
  auto const got =
      receive("HTTP/1.1 103 E\x1b\x80\r\nA: \x80\x01\r\n\r\nHTTP/1.1 200 O\x02K\x80\r\nB:\x03 " +
              all + " \r\nC: d\x04\r\n  \x05" + "e\r\nF: g\x80\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(got.error == std::error_code());
  CHECK(got.story == "103(E\x1b\x80) A=\x80\x01|200(O\x02K\x80) B=\x03 " + all + " C=d\x04 \x05" +
                         "e F=g\x80 Content-Length=2| done");
  CHECK(got.body == "hi");
}

TEST_CASE("Control characters do not change what frames a body", "[http][fetch19][fetch20]") {
  CHECK(receive(ok + "Content-Length: 2\x01\r\n\r\nhi").error == HttpError::malformed);
  CHECK(receive(ok + "Transfer-Encoding: chunked\x01\r\n\r\n").error == HttpError::malformed);
  auto const got = receive(ok + "A: \x01\r\nTransfer-Encoding: chunked\r\nB: \x02\x80\r\n\r\n" +
                           "0\r\nC: \x03\r\n\r\n");
  CHECK(got.story == "200(OK) A=\x01 Transfer-Encoding=chunked B=\x02\x80| trailer C=\x03 done");
}

TEST_CASE("A value goes on in lines that begin with a space, however long it becomes", "[http]") {
  auto const more = std::string(5000, 'c');
  auto const got =
      receive(ok + "A:\r\n b\n \r\n\t " + more + " \r\nContent-Length:\r\n 2\r\n\r\nhi");
  CHECK(got.story == "200(OK) A=b " + more + " Content-Length=2| done");
  CHECK(receive(ok + "Transfer-Encoding: chunked\r\n \r\n\r\n0\r\n\r\n").story ==
        "200(OK) Transfer-Encoding=chunked| done");
  CHECK(receive(chunked + "0\r\nA:\r\n b\r\n \r\n\r\n").story.ends_with("trailer A=b done"));
}

TEST_CASE("What a connection says of its end", "[http]") {
  auto const goes_on = [](std::string const& version, std::string const& fields) {
    auto const got =
        receive("HTTP/" + version + " 200 OK\r\nContent-Length: 0\r\n" + fields + "\r\n");
    CHECK_FALSE(got.error);
    return got.keep_alive;
  };
  CHECK(goes_on("1.1", "Connection: keep-alive\r\n"));
  CHECK(goes_on("1.1", "X-Connection: close\r\nConnection:\r\n"));
  CHECK_FALSE(goes_on("1.0", ""));
  CHECK(goes_on("1.0", "connection: Keep-Alive\r\n"));
  CHECK(goes_on("1.0", "Proxy-Connection: keep-alive\r\n"));
  for (std::string const fields :
       {"Connection: close\r\n", "CONNECTION: Upgrade,\tClose\r\n", "proxy-connection: close\r\n",
        "Connection:\r\n close\r\n", "Connection: x\r\n , close\r\n",
        "Connection: keep-alive\r\nA: b\r\nConnection: close\r\n"})
    CHECK_FALSE(goes_on("1.1", fields));
  for (std::string const value : {"clo se", "close;", "close\x01", "\x80", "close\r\n x"})
    CHECK(receive(ok + "Connection: " + value + "\r\n\r\n").error == HttpError::malformed);
}

TEST_CASE("The worst that is wrong with a head is told", "[http][fetch19][fetch22]") {
  CHECK(receive("HTTP/2 200 OK\r\nno colon\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/1.1 2x0 OK\r\nA: b\r\n\r\n").error == HttpError::malformed);
  CHECK(receive("HTTP/1.1 2\r\n\r\n").error == HttpError::malformed);
  CHECK(receive("HTTP/1.1\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/1.1 200OK\r\n\r\n").error == HttpError::malformed);
  CHECK(receive(ok + "no colon\r\nTransfer-Encoding: x\r\n\r\n").error ==
        HttpError::bad_transfer_coding);
  CHECK(receive(ok + "Transfer-Encoding: chunked\r\nno colon\r\n , x\r\n\r\n").error ==
        HttpError::malformed);
  CHECK(receive(ok + "no colon\r\n", "GET", true).error == HttpError::truncated);
}

TEST_CASE("A length that is no number, or not the only one", "[http][fetch20]") {
  for (std::string const fields :
       {"Content-Length: 5\r\nContent-Length: 6\r\n",
        "content-length: 5\r\nContent-Length: 05x\r\n", "Content-Length: 5, 6\r\n",
        "Content-Length: 5x\r\n", "Content-Length: 5 6\r\n", "Content-Length: -5\r\n",
        "Content-Length: +5\r\n", "Content-Length: 0x5\r\n", "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n", "Content-Length: 5\r\n 6\r\n"}) {
    CAPTURE(fields);
    CHECK(receive(ok + fields + "\r\n").error == HttpError::malformed);
  }
  CHECK_FALSE(receive(ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi").error);
}

TEST_CASE("Two places to go to", "[http][fetch20]") {
  CHECK(receive(ok + "Location: /a\r\nLocation: /b\r\n\r\n").error == HttpError::malformed);
  CHECK(receive(ok + "Location: /a\r\nA: b\r\nLOCATION: /a?\r\n\r\n").error ==
        HttpError::malformed);
  CHECK_FALSE(receive(ok + "Location: /a\r\nlocation: /a\r\nContent-Length: 0\r\n\r\n").error);
}

TEST_CASE("Transfer codings that are not known, or behind chunks", "[http][fetch21]") {
  for (std::string const fields :
       {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\n , gzip\r\n", "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    CAPTURE(fields);
    CHECK(receive(ok + fields + "\r\n").error == HttpError::bad_transfer_coding);
  }
  for (std::string const fields :
       {"Transfer-Encoding:\r\n chunked\r\n", "Transfer-Encoding: , chunked,\r\n",
        "Content-Length: 1\r\n 2\r\nTransfer-Encoding: chunked\r\n"}) {
    CAPTURE(fields);
    CHECK(receive(ok + fields + "\r\n2\r\nhi\r\n0\r\n\r\n").body == "hi");
  }
}

TEST_CASE("What is no HTTP/1", "[http][fetch22]") {
  CHECK(receive("<html>").error == HttpError::not_http);
  CHECK(receive("HTTQ").error == HttpError::not_http);
  CHECK(receive("HTTP/2 200 OK\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/0.9 200 OK\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/1.1 2x0 OK\r\n\r\n").error == HttpError::malformed);
  CHECK(receive("HTTP/1.1 100 Continue\r\n\r\nhello").error == HttpError::not_http);
}

TEST_CASE("Broken chunks", "[http][fetch21]") {
  for (std::string const chunks :
       {"x\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "11111111111111111\r\n", "-1\r\n", "+1\r\n", "0x1\r\n",
        "\r\n", ";a\r\n", " 5\r\n", "5 5\r\n", "5x\r\n", "5\nhello\n", "5\rhello", "5;a\nb\r\n",
        "5;a\x01\r\n", "00000000000000005\r\nhello\r\n", "5\r\nhello\n0\r\n"}) {
    CAPTURE(chunks);
    CHECK(receive(chunked + chunks).error == HttpError::bad_chunk);
  }
  CHECK(receive(chunked + "000000000000000a \t;x\r\n0123456789\r\n0 \r\n\r\n").body ==
        "0123456789");
  CHECK(receive(chunked + "ffffffffffffffff\r\nhello", "GET", true).error == HttpError::truncated);
}

TEST_CASE("A trailer is fields, or it is broken", "[http]") {
  for (std::string const trailer :
       {"no colon\r\n", ": a\r\n", " a: b\r\n", "a : b\r\n", "a\x01: b\r\n", "a: b\rc\r\n"}) {
    CAPTURE(trailer);
    CHECK(receive(chunked + "0\r\n" + trailer + "\r\n").error == HttpError::malformed);
  }
  auto const got = receive(chunked + "0\r\nA: b\r\n\t c\r\nContent-Length: x\n\r\n");
  CHECK_FALSE(got.error);
  CHECK(got.story.ends_with("| trailer A=b c trailer Content-Length=x done"));
}

TEST_CASE("An end before the end", "[http][fetch23]") {
  CHECK(receive("", "GET", true).error == HttpError::no_answer);
  CHECK(receive(ok, "GET", true).error == HttpError::truncated);
  CHECK(receive("HTTP/1.1 100 Continue\r\n\r\n", "GET", true).error == HttpError::truncated);
  CHECK(receive(ok + "Content-Length: 5\r\n\r\nhell", "GET", true).error == HttpError::truncated);
  auto const chunks = chunked + "5;a\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (auto size = chunked.size(); size < chunks.size(); ++size)
    CHECK(receive(chunks.substr(0, size), "GET", true).error == HttpError::truncated);
  CHECK_FALSE(receive(chunks, "GET", true).error);
}

TEST_CASE("Heads are bounded: lines, fields and all of them together", "[http][fetch18]") {
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
  std::string const trailer = "0\r\na:\r\nb:\r\n";
  HttpLimits const two{.fields = 2};
  CHECK_FALSE(receive(chunked + trailer + "\r\n", "GET", false, two).error);
  CHECK(receive(chunked + trailer + "c:\r\n\r\n", "GET", false, two).error ==
        HttpError::head_too_large);
  std::string interim;
  for (auto i = 0; i < 13; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(receive(interim, "GET", false, limits).error == HttpError::head_too_large);
}

TEST_CASE("A line has 100 KiB, all heads together 300 KiB and 5000 fields", "[http][fetch18]") {
  auto const receive = [](std::string const& answer) {
    return ::receive(answer, 4096, "HEAD", false).error;
  };
  auto const line = "A: " + std::string(100 * 1024 - 5, 'b') + "\r\n";
  CHECK_FALSE(receive(ok + line + "\r\n"));
  CHECK(receive(ok + "b" + line) == HttpError::head_too_large);
  CHECK_FALSE(receive(ok + line + line + "\r\n"));
  CHECK(receive(ok + line + line + line) == HttpError::head_too_large);
  CHECK(receive("HTTP/1.1 103 Early\r\n" + line + "\r\n" + ok + line + line) ==
        HttpError::head_too_large);
  std::string fields;
  for (int i = 0; i < 2500; ++i) fields += "a:\r\n";
  CHECK_FALSE(receive(ok + fields + fields + "\r\n"));
  CHECK(receive(ok + fields + fields + "a:\r\n") == HttpError::head_too_large);
  CHECK(receive("HTTP/1.1 103 Early\r\n" + fields + "\r\n" + ok + fields + "a:\r\n") ==
        HttpError::head_too_large);
}

TEST_CASE("Lines of chunks and trailers are bounded, however they come", "[http][fetch18]") {
  auto const trailer = "0\r\nA: " + std::string(64 * 1024 - 7, 'x') + "\r\n\r\n";
  auto const extension = "5;" + std::string(16 * 1024 - 2, 'x') + "\r\nhello\r\n0\r\n\r\n";
  for (std::size_t const piece : {100, 1000, 1000'000}) {
    CAPTURE(piece);
    auto const error = [piece](std::string const& chunks) {
      return receive(chunked + chunks, piece, "GET", false).error;
    };
    CHECK_FALSE(error(trailer));
    CHECK(error("0\r\nb" + trailer.substr(3)) == HttpError::head_too_large);
    CHECK_FALSE(error(extension.substr(0, 2) + extension.substr(3)));
    CHECK(error(extension) == HttpError::head_too_large);
    CHECK(error("5;" + std::string(200'000, 'x')) == HttpError::head_too_large);
    CHECK(error("0\r\nA: " + std::string(200'000, 'x')) == HttpError::head_too_large);
  }
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

TEST_CASE("Without a head everything is the body, where that is allowed", "[http][fetch22]") {
  HttpLeniency const http09{.http09 = true};
  for (std::string const answer :
       {"hello\r\n\r\nmore", "HTT", "H", "\n", "HTTp/1.1 200 OK\r\n\r\n"}) {
    CAPTURE(answer);
    auto const got = receive(answer, http09);
    CHECK_FALSE(got.error);
    CHECK(got.story == "200()| done");
    CHECK(got.body == answer);
    CHECK_FALSE(got.keep_alive);
    CHECK(receive(answer, HttpLeniency()).error);
  }
  CHECK(receive(ok + "Content-Length: 2\r\n\r\nhi", http09).story ==
        "200(OK) Content-Length=2| done");
  CHECK(receive("", http09).error == HttpError::no_answer);
  CHECK(receive("HTTP/", http09).error == HttpError::truncated);
  CHECK(receive("HTTP/2 200 OK\r\n\r\n", http09).error == HttpError::not_http);
  CHECK(receive("HTTP/1.1 100 Continue\r\n\r\nhello", http09).error == HttpError::not_http);
  CHECK(receive("hello", "HEAD", true, {}, http09).error == HttpError::malformed);
  CHECK(receive("HTT", "HEAD", true, {}, http09).error == HttpError::malformed);
  CHECK(receive("hello", "CONNECT", true, {}, http09).error == HttpError::not_http);
}

TEST_CASE("The head that is told in place of none", "[http]") {
  Story story;
  HttpResponseParser parser(story);
  parser.expect("GET", {.http09 = true});
  REQUIRE(parser.put(bytes("hello")));
  CHECK(story.last.version == 9);
  CHECK(story.last.status == 200);
  CHECK(story.last.text.empty());
  CHECK_FALSE(parser.framed());
  CHECK_FALSE(parser.content_length());
  parser.expect("GET");
  CHECK(parser.put(bytes("hello")).failure().code() == HttpError::not_http);
}

TEST_CASE("Nothing is left of the response before", "[http]") {
  HttpLeniency const some{.http09 = true, .transfer_codings = true};
  Story story;
  HttpResponseParser parser(story);
  for (std::string const before :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nA: b\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nA: b\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "H"}) {
    CAPTURE(before);
    for (std::string const answer : {"hello", "HTTP/1.1 200 OK\r\nB: c\r\n\r\nhello"}) {
      parser.expect("GET", some);
      static_cast<void>(parser.put(bytes(before)));
      story.text.clear();
      parser.expect("GET", some);
      REQUIRE(parser.put(bytes(answer)));
      CHECK(story.text == (answer == "hello" ? "200()|" : "200(OK) B=c|"));
      CHECK(parser.transfer_codings().empty());
      CHECK_FALSE(parser.framed());
    }
  }
}

TEST_CASE("A length without meaning", "[http]") {
  HttpLeniency const ignore{.ignore_length = true};
  for (std::string const length : {"3", "30", "0", "x", "1\r\nContent-Length: 2"}) {
    CAPTURE(length);
    auto const got = receive(ok + "A: b\r\nContent-Length: " + length + "\r\n\r\nhello", ignore);
    CHECK(got.story == "200(OK) A=b| done");
    CHECK(got.body == "hello");
    CHECK_FALSE(got.keep_alive);
  }
  auto const chunks = receive(
      ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore",
      ignore);
  CHECK(chunks.body == "hello");
  CHECK(chunks.left == 4);
  CHECK(chunks.keep_alive);
}

TEST_CASE("Chunks as they came", "[http]") {
  HttpLeniency const raw{.raw = true};
  std::string const chunks = "5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (std::string const codings :
       {"chunked", "gzip, chunked", "unheard-of,chunked", "chunked, chunked"}) {
    CAPTURE(codings);
    auto const got =
        receive(ok + "Transfer-Encoding: " + codings + "\r\n\r\n" + chunks + "more", raw);
    CHECK(got.story == "200(OK) Transfer-Encoding=" + codings + "| done");
    CHECK(got.body == chunks);
    CHECK(got.left == 4);
    CHECK(got.keep_alive);
    CHECK(got.codings.empty());
  }
  auto const broken = receive(chunked + "5\r\nhello!\r\n", raw);
  CHECK(broken.error == HttpError::bad_chunk);
  CHECK(broken.body == "5\r\nhello");
  auto const cut_off = receive(chunked + "5\r\nhel", raw);
  CHECK(cut_off.error == HttpError::truncated);
  CHECK(cut_off.body == "5\r\nhel");
  CHECK(receive(ok + "Transfer-Encoding: chunked, br\r\n\r\nhello", raw).body == "hello");
  CHECK(receive(ok + "Transfer-Encoding: \x01\r\n\r\n", raw).error == HttpError::malformed);
}

TEST_CASE("Codings under chunks are told", "[http]") {
  HttpLeniency const some{.transfer_codings = true};
  struct {
    std::string fields;
    std::string codings;
  } const cases[] = {
      {"Transfer-Encoding: chunked\r\n", ""},
      {"Transfer-Encoding: gzip, chunked\r\n", "gzip"},
      {"Transfer-Encoding: X-GZip ,, deflate ,Chunked\r\n", "X-GZip, deflate"},
      {"transfer-encoding: deflate\r\nA: b\r\nTransfer-Encoding:\r\n chunked\r\n", "deflate"},
      {"Transfer-Encoding: gzip, chunked\r\nContent-Length: 1\r\n", "gzip"},
  };
  for (auto const& [fields, codings] : cases) {
    CAPTURE(fields);
    auto const got = receive(ok + fields + "\r\n5\r\nhello\r\n0\r\n\r\nmore", some);
    CHECK_FALSE(got.error);
    CHECK(got.codings == codings);
    CHECK(got.body == "hello");
    CHECK(got.left == 4);
    CHECK(got.keep_alive);
  }
  CHECK(receive(ok + cases[3].fields + "\r\n0\r\n\r\n", some).story ==
        "200(OK) transfer-encoding=deflate A=b Transfer-Encoding=chunked| done");
  for (std::string const codings :
       {"br", "gzip, br, chunked", "identity, chunked", "chunked, gzip", "chunked, chunked"})
    CHECK(receive(ok + "Transfer-Encoding: " + codings + "\r\n\r\n", some).error ==
          HttpError::bad_transfer_coding);
}

TEST_CASE("Without chunks a coded body ends with the connection", "[http]") {
  auto const got = receive(ok + "Content-Length: 2\r\nTransfer-Encoding: gzip\r\n\r\nhello",
                           {.transfer_codings = true});
  CHECK(got.story == "200(OK) Transfer-Encoding=gzip| done");
  CHECK(got.body == "hello");
  CHECK(got.codings == "gzip");
  CHECK_FALSE(got.keep_alive);
}

TEST_CASE("A head that is broken tells nothing", "[http]") {
  Story story;
  HttpResponseParser parser(story);
  parser.expect("GET");
  REQUIRE_FALSE(parser.put(bytes("HTTP/x 200 OK\r\nContent-Length: 5\r\n\r\n")));
  CHECK_FALSE(parser.content_length());
  CHECK_FALSE(parser.body_left());
  CHECK_FALSE(parser.keep_alive());
  CHECK_FALSE(parser.framed());
  CHECK_FALSE(parser.done());
}

}  // namespace
