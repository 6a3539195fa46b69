// Heads of responses: what is one, what is none, and how long they may be.
#include <string>

#include "tests/protocols/support/response_story.h"

namespace {

using namespace twx;
using namespace twx::test;

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

TEST_CASE("Two places to go to", "[http][fetch20]") {
  CHECK(receive(ok + "Location: /a\r\nLocation: /b\r\n\r\n").error == HttpError::malformed);
  CHECK(receive(ok + "Location: /a\r\nA: b\r\nLOCATION: /a?\r\n\r\n").error ==
        HttpError::malformed);
  CHECK_FALSE(receive(ok + "Location: /a\r\nlocation: /a\r\nContent-Length: 0\r\n\r\n").error);
}

TEST_CASE("What is no HTTP/1", "[http][fetch22]") {
  CHECK(receive("<html>").error == HttpError::not_http);
  CHECK(receive("HTTQ").error == HttpError::not_http);
  CHECK(receive("HTTP/2 200 OK\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/0.9 200 OK\r\n\r\n").error == HttpError::not_http);
  CHECK(receive("HTTP/1.1 2x0 OK\r\n\r\n").error == HttpError::malformed);
  CHECK(receive("HTTP/1.1 100 Continue\r\n\r\nhello").error == HttpError::not_http);
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
