#include "protocols/http_cookie_file.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

constexpr CookieTime now{1'700'000'000s};

constexpr std::string_view head = "# Netscape HTTP Cookie File\n# Written by twx.\n\n";

std::string read_and_written(std::string_view text) {
  HttpCookieJar jar;
  read_cookies(jar, text, now);
  auto const written = cookie_text(jar, now);
  REQUIRE(written.starts_with(head));
  return written.substr(head.size());
}

TEST_CASE("Cookies are written as curl writes them", "[http][cookies]") {
  HttpCookieJar jar;
  jar.take({{"Set-Cookie", "b=1; Domain=example.com; Path=/x; Max-Age=60; HttpOnly; Secure"},
            {"Set-Cookie", "a="}},
           HttpUrl::parse("https://www.example.com/").value(), now);
  CHECK(cookie_text(jar, now) == std::string(head) +
                                     "#HttpOnly_.example.com\tTRUE\t/x\tTRUE\t1700000060\tb\t1\n"
                                     "www.example.com\tFALSE\t/\tFALSE\t0\ta\t\n");
  CHECK(cookie_text(jar, now + 60s).find("\tb\t") == std::string::npos);
}

TEST_CASE("What was written is read again", "[http][cookies]") {
  constexpr std::string_view text =
      "#HttpOnly_.example.com\tTRUE\t/x\tTRUE\t1700000060\tb\t1\n"
      "www.example.com\tFALSE\t/\tFALSE\t0\ta\t\n"
      "::1\tFALSE\t/\tFALSE\t0\tc\td e=f\n";
  CHECK(read_and_written(text) == text);
  CHECK(read_and_written(std::string(head) + std::string(text)) == text);
}

TEST_CASE("What others write is understood", "[http][cookies]") {
  struct {
    std::string text, written;
  } const cases[] = {
      {"Example.COM\tTRUE\t/\tfalse\t0\ta\tb\r\n", ".example.com\tTRUE\t/\tFALSE\t0\ta\tb\n"},
      {".example.com\tFALSE\t/\tFALSE\t0\ta\tb", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\n"},
      {"example.com\tFALSE\t/\tFALSE\t\ta\tb\n", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\n"},
      {"example.com\tFALSE\t/\tFALSE\t0\ta\n", "example.com\tFALSE\t/\tFALSE\t0\ta\t\n"},
      {"example.com\tFALSE\t/\tFALSE\t99999999999999\ta\tb\n",
       "example.com\tFALSE\t/\tFALSE\t1734560000\ta\tb\n"},
  };
  for (auto const& each : cases) {
    INFO(each.text);
    CHECK(read_and_written(each.text) == each.written);
  }
}

TEST_CASE("Lines that are no cookies are passed over", "[http][cookies]") {
  for (std::string const text :
       {"# a comment\n", "\n", "example.com\n", "example.com\tTRUE\t/\tFALSE\tsoon\ta\tb\n",
        "example.com\tFALSE\t/\tFALSE\t1699999999\ta\tb\n", "\tFALSE\t/\tFALSE\t0\ta\tb\n",
        "example.com\tFALSE\t/\tFALSE\t-1\ta\tb\n", "example.com\tFALSE\t/\tFALSE\t0\t\tb\n",
        "example.com\tFALSE\tx\tFALSE\t0\ta\tb\n", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\tc\n",
        "com\tTRUE\t/\tFALSE\t0\ta\tb\n", "192.0.2.1\tTRUE\t/\tFALSE\t0\ta\tb\n",
        "example.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb\n", "Set-Cookie: a=b\n"}) {
    INFO(text);
    CHECK(read_and_written(text).empty());
  }
}

}  // namespace
