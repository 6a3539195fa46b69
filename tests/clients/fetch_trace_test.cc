#include "clients/fetch_trace.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "reactor/log.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

// What the log was told, up to `most`.
struct Told {
  explicit Told(Level most) {
    set_log_sink([this](Level, std::string_view line) { lines.emplace_back(line); }, most);
  }
  ~Told() { set_log_sink({}); }
  std::vector<std::string> lines;
};

constexpr std::string_view request =
    "GET /c HTTP/1.1\r\nHost: 127.0.0.1:42071\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
constexpr std::string_view secret_head =
    "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n more of it\r\nX-Api-Key: k\r\nAge: 1\r\n\r\n";

}  // namespace

TEST_CASE("a head is recorded line by line, as curl does", "[fetch]") {
  CHECK(trace_record("=> Send header", request, false) ==
        "=> Send header, 80 bytes (0x50)\n"
        "0000: GET /c HTTP/1.1\n"
        "0011: Host: 127.0.0.1:42071\n"
        "0028: User-Agent: curl/7.88.1\n"
        "0041: Accept: */*\n"
        "004e: \n");
}

TEST_CASE("long lines and empty ones of a body are recorded as curl does", "[fetch]") {
  auto const part = std::string(
      "line one\r\nline two is a good deal longer than sixty-four characters, is it "
      "not?\nx\r\n\r\n");
  CHECK(trace_record("<= Recv data", part + part + std::string(64, 'z'), false) ==
        "<= Recv data, 234 bytes (0xea)\n"
        "0000: line one\n"
        "000a: line two is a good deal longer than sixty-four characters, is it\n"
        "004a:  not?.x\n"
        "0053: \n"
        "0055: line one\n"
        "005f: line two is a good deal longer than sixty-four characters, is it\n"
        "009f:  not?.x\n"
        "00a8: \n"
        "00aa: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n");
}

TEST_CASE("a line of just 64 characters has no empty one after it", "[fetch]") {
  CHECK(trace_record("x", std::string(64, 'z') + "\r\ny\r", false) ==
        "x, 68 bytes (0x44)\n0000: " + std::string(64, 'z') + "\n0042: y.\n");
}

TEST_CASE("what is not printable is a dot", "[fetch]") {
  CHECK(trace_record("x", std::string_view("\0\x1b\x7f\xff ~", 6), false) ==
        "x, 6 bytes (0x6)\n0000: .... ~\n");
}

TEST_CASE("with hex the bytes are there too, as curl shows them", "[fetch]") {
  using namespace std::string_view_literals;
  CHECK(trace_record("<= Recv data", "5\r\nhello\r\n3\r\n\x00\x01\xff\r\n0\r\nTr: x\r\n\r\n"sv,
                     true) ==
        "<= Recv data, 30 bytes (0x1e)\n"
        "0000: 35 0d 0a 68 65 6c 6c 6f 0d 0a 33 0d 0a 00 01 ff 5..hello..3.....\n"
        "0010: 0d 0a 30 0d 0a 54 72 3a 20 78 0d 0a 0d 0a       ..0..Tr: x....\n");
}

TEST_CASE("secrets of a head are redacted, those on folded lines too", "[fetch][fetch38]") {
  CHECK(redacted_head(secret_head) ==
        "HTTP/1.1 200 OK\r\nSet-Cookie: [redacted]\r\n [redacted]\r\nX-Api-Key: [redacted]\r\n"
        "Age: 1\r\n\r\n");
  CHECK(redacted_head("authorization: x\nPROXY-Authorization:y\ncookie: z") ==
        "authorization: [redacted]\nPROXY-Authorization: [redacted]\ncookie: [redacted]");
  CHECK(redacted_head("").empty());
}

TEST_CASE("a trace has records of all that passes, each answer's line its own", "[fetch]") {
  std::string out;
  FetchTrace trace({}, [&](std::string_view text) { out += text; });
  CHECK(trace.wanted());
  CHECK(trace.wants_bodies());
  trace.info("Connected to \x1b");
  trace.request_head("POST / HTTP/1.1\r\nAuthorization: abc\r\n\r\n");
  trace.request_body(bytes("a=1"));
  trace.response_head("HTTP/1.1 200 OK\r\nSet-Cookie: a\r\n\r\n");
  trace.response_body(bytes("hello"));
  trace.response_body({});
  CHECK(out ==
        "== Info: Connected to \\x1b\n"
        "=> Send header, 46 bytes (0x2e)\n"
        "0000: POST / HTTP/1.1\n"
        "0011: Authorization: [redacted]\n"
        "002c: \n"
        "=> Send data, 3 bytes (0x3)\n"
        "0000: a=1\n"
        "<= Recv header, 17 bytes (0x11)\n"
        "0000: HTTP/1.1 200 OK\n"
        "<= Recv header, 24 bytes (0x18)\n"
        "0000: Set-Cookie: [redacted]\n"
        "<= Recv header, 2 bytes (0x2)\n"
        "0000: \n"
        "<= Recv data, 5 bytes (0x5)\n"
        "0000: hello\n");
}

TEST_CASE("secrets are shown where they are asked for", "[fetch][fetch38]") {
  std::string out;
  FetchTrace trace({.show_secrets = true}, [&](std::string_view text) { out += text; });
  trace.request_head("GET / HTTP/1.1\r\nCookie: abc\r\n\r\n");
  CHECK(out.find("0010: Cookie: abc\n") != out.npos);
}

TEST_CASE("each record begins with the local time if that is wanted", "[fetch]") {
  ::setenv("TZ", "UTC", 1);
  std::string out;
  auto const now = std::chrono::system_clock::time_point(12h + 34min + 56s + 789012us);
  FetchTrace trace({.time = true, .now = [now] { return now; }},
                   [&](std::string_view text) { out += text; });
  trace.info("x");
  trace.response_body(bytes("y"));
  CHECK(out ==
        "12:34:56.789012 == Info: x\n12:34:56.789012 <= Recv data, 1 bytes (0x1)\n0000: y\n");
}

TEST_CASE("with -v heads are lines of the log, without secrets and bodies", "[fetch][fetch38]") {
  Told told(Level::info);
  FetchTrace trace;
  CHECK(trace.wanted());
  CHECK_FALSE(trace.wants_bodies());
  trace.info("connected to 127.0.0.1:1");
  trace.request_head("GET / HTTP/1.1\r\nCookie: abc\r\n\r\n");
  trace.request_body(bytes("a"));
  trace.response_head("HTTP/1.1 200 \x1b[31mOK\r\nSet-Cookie: a\r\n\r\n");
  CHECK(told.lines == std::vector<std::string>{"* connected to 127.0.0.1:1", "> GET / HTTP/1.1",
                                               "> Cookie: [redacted]", "> ",
                                               "< HTTP/1.1 200 \\x1b[31mOK",
                                               "< Set-Cookie: [redacted]", "< "});
}

TEST_CASE("nothing is said without -v and without a file", "[fetch]") {
  Told told(Level::warning);
  FetchTrace trace;
  CHECK_FALSE(trace.wanted());
  trace.request_head(request);
  CHECK(told.lines.empty());
}

TEST_CASE("a trace that cannot be written ends, which is told once", "[fetch]") {
  Told told(Level::warning);
  FetchTrace trace({}, [](std::string_view) {
    throw FailureException(Failure(std::make_error_code(std::errc::no_space_on_device)));
  });
  trace.info("a");
  trace.info("b");
  CHECK(told.lines == std::vector<std::string>{"trace: No space left on device"});
  CHECK_FALSE(trace.wants_bodies());
}

TEST_CASE("a trace's file is made anew and read by its owner only", "[fetch]") {
  auto const path = "/tmp/twx_trace_" + std::to_string(::getpid());
  std::remove(path.c_str());
  open_trace(path).value()("old and long");
  open_trace(path).value()("new");
  std::ostringstream all;
  all << std::ifstream(path).rdbuf();
  CHECK(all.str() == "new");
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  std::remove(path.c_str());
  auto const failed = open_trace("/nowhere/at/all");
  REQUIRE_FALSE(failed);
  CHECK(failed.failure().is(Error::cannot_write));
}
