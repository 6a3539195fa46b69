// Bodies in codings, answers that break rules where that is allowed.
#include <string>

#include "tests/protocols/support/response_story.h"

namespace {

using namespace twx;
using namespace twx::test;

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

}  // namespace
