// Responses whole: bodies, their ends, and what a connection says of its own.
#include <stdexcept>
#include <string>

#include "tests/protocols/support/response_story.h"

namespace {

using namespace twx;
using namespace twx::test;

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

TEST_CASE("Chunks go before a length", "[http][fetch20]") {
  for (std::string const fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                   "Transfer-Encoding: Chunked\r\nContent-Length: 3\r\n"}) {
    auto const got = receive(ok + fields + "\r\n2\r\nhi\r\n0\r\n\r\n");
    CHECK_FALSE(got.error);
    CHECK(got.body == "hi");
  }
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

}  // namespace
