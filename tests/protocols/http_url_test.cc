#include "protocols/http_url.h"

#include "protocols/http.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

std::string parsed(std::string_view text) {
  auto url = HttpUrl::parse(text);
  return url ? url->text() : "bad: " + url.failure().message();
}

TEST_CASE("A URL is what its parts are", "[http][url]") {
  auto const url =
      HttpUrl::parse("HTTPS://us%65r:p%40ss@Example.ORG.:8443/a%20b/../c?x=y#part").value();
  CHECK(url.scheme == "https");
  CHECK(url.user == "user");
  CHECK(url.password == "p@ss");
  CHECK(url.host == "example.org");
  CHECK(url.port == 8443);
  CHECK(url.target == "/c?x=y");
  CHECK(url.fragment == "part");
  CHECK(url.authority() == "example.org:8443");
}

std::string parts(std::string const& text, bool as_it_is) {
  auto url = HttpUrl::parse(text, as_it_is);
  if (!url) return url.failure().message();
  return url->text() + " " + url->user + " " + url->password + " " + url->fragment;
}

// In capitals a scheme is not plain, and nor is the URL.
void check_against_grammar(std::string const& rest) {
  CAPTURE(rest);
  for (auto const as_it_is : {false, true}) {
    CHECK(parts("http://" + rest, as_it_is) == parts("HTTP://" + rest, as_it_is));
    CHECK(parts("https://" + rest, as_it_is) == parts("HTTPS://" + rest, as_it_is));
  }
}

TEST_CASE("A plain URL is what the grammar makes of it", "[http][url]") {
  for (auto const* const rest :
       {"",       "h",     "h/",       "h.",           "h..",      ".h",        "-",
        "a.b-c9", "A.b",   "1.2.3.4",  "1.2.3.400",    "01.2.3.4", "1.2.3.4.5", "h:",
        "h:1",    "h:0",   "h:080/",   "h:65535",      "h:65536",  "h:-1",      "h:+1",
        "h: 1",   "h:1:2", "h?",       "h?x",          "h:1?x/",   "h/?x?y",    "h/a//b",
        "h/.a",   "h/./b", "h/a/../b", "h/a.",         "h/..",     "h?/./",     "h/a%2Fb",
        "h/a%",   "h#x",   "h/#",      "u@h",          "u:1@h/",   "h/@x",      "h:443/",
        "h/\x80", "[::1]", "::1",      "h:99999999999"})
    check_against_grammar(rest);
  for (int c = 0; c < 256; ++c) {
    std::string const any(1, static_cast<char>(c));
    check_against_grammar("h" + any + "i/");
    check_against_grammar("h/a" + any + "b");
  }
}

TEST_CASE("What is left out of a URL", "[http][url]") {
  CHECK(parsed("example.org") == "http://example.org/");
  CHECK(parsed("example.org:8080/x") == "http://example.org:8080/x");
  CHECK(parsed("http://example.org:80") == "http://example.org/");
  CHECK(parsed("https://example.org:443?x") == "https://example.org/?x");
  CHECK(parsed("http://[::1]:8080/") == "http://[::1]:8080/");
  CHECK(parsed("http://[::1]") == "http://[::1]/");
  CHECK(parsed("http://127.0.0.1:1/") == "http://127.0.0.1:1/");
  CHECK(parsed("http://example.org:/") == "http://example.org/");
}

TEST_CASE("Dots in a path are resolved, as they come or percent-encoded", "[http][url]") {
  CHECK(parsed("http://h/a/./b/../c/..?d/../e") == "http://h/a/?d/../e");
  CHECK(parsed("http://h/a/%2E%2e/b/%2e") == "http://h/b/");
  CHECK(parsed("http://h/../..//x/...") == "http://h//x/...");
  CHECK(HttpUrl::parse("http://h/a/../b", true).value().target == "/a/../b");
}

TEST_CASE("Names in other scripts become those of DNS", "[http][url][fetch17]") {
  CHECK(parsed("http://b\xc3\xbc"
               "cher.example/") == "http://xn--bcher-kva.example/");
  CHECK(parsed("http://B%C3%9Ccher.example/") == "http://xn--bcher-kva.example/");
  CHECK(parsed("http://fa\xc3\x9f.de/") == "http://xn--fa-hia.de/");  // not transitional
  // Full width letters and stops are those of ASCII; what then breaks a URL is refused.
  CHECK(parsed("http://\xef\xbd\x81\xe3\x80\x82"
               "de/") == "http://a.de/");
  CHECK(parsed("http://a\xef\xbc\x8f"
               "b/")
            .starts_with("bad: "));
  CHECK(parsed("http://\xff.de/").starts_with("bad: no name of a host"));
}

TEST_CASE("Bytes that no URL holds are encoded", "[http][url]") {
  CHECK(parsed("http://h/\xc3\xbc{x}|") == "http://h/%C3%BC%7Bx%7D%7C");
}

TEST_CASE("What is often mistyped is told", "[http][url]") {
  CHECK(parsed("") == "bad: the URL is empty");
  for (auto const* const text : {"http:host/", "http:/host/", "HTTPS:/host", "http:"})
    CHECK(parsed(text) == "bad: write two slashes behind the scheme");
  CHECK(parsed("http//host/") == "bad: write a colon behind the scheme");
  CHECK(parsed("http:8080") == "http://http:8080/");
  CHECK(parsed("httpd/x") == "http://httpd/x");
  for (auto const* const text : {"::1", "http://::1:80/", "http://me:pw@fe80::1/"})
    CHECK(parsed(text) == "bad: write an IPv6 address in brackets: http://[::1]:80/");
  CHECK(parsed("http://h/[1-3]") ==
        "bad: a bracket; write it as %5B or %5D, for nothing is expanded");
  CHECK(parsed("http://h:80:90/") == "bad: the port is no number");
}

TEST_CASE("What cannot be fetched is refused", "[http][url]") {
  for (std::string const text :
       {"", "http://", "http:///x", "ftp://h/", "file:///etc/passwd", "http://h:0/",
        "http://h:65536/", "http://h:x/", "http://h/a b", "http://h/\r\nX: y", "http://a%2fb/",
        "http://a%3fb/", "http://a%23b/", "http://a%40b/", "http://a%3ab/", "http://a%25b/",
        "http://us%0der@h/", "http://h/%", "http://[::1"}) {
    INFO(text);
    auto url = HttpUrl::parse(text);
    REQUIRE_FALSE(url);
    CHECK(url.failure().code() == HttpError::bad_url);
  }
}

TEST_CASE("A host holds nothing that a URL has a meaning for", "[http][url]") {
  for (auto const* const text : {"http://a%5bb/", "http://a%5d/", "http://a%3c/", "http://a%7cb/"})
    CHECK_FALSE(HttpUrl::parse(text));
}

TEST_CASE("The host ends at the first slash, question mark or hash", "[http][url]") {
  CHECK(HttpUrl::parse("http://good/@evil/").value().host == "good");
  CHECK(HttpUrl::parse("http://good?@evil/").value().host == "good");
  CHECK(HttpUrl::parse("http://good#@evil/").value().host == "good");
}

TEST_CASE("A name may begin as an IPv4 address does", "[http][url]") {
  CHECK(parsed("127.0.0.1.nip.io/x") == "http://127.0.0.1.nip.io/x");
  CHECK(parsed("http://u@1@1.2.3.4x:81?x") == "http://1.2.3.4x:81/?x");
  auto const url = HttpUrl::parse("http://127.0.0.1.nip.io/a/b").value();
  CHECK(url.resolve("c").value().text() == "http://127.0.0.1.nip.io/a/c");
  CHECK(url.resolve("//1.2.3.4.5/").value().text() == "http://1.2.3.4.5/");
}

TEST_CASE("A login ends at the last @", "[http][url]") {
  auto const url = HttpUrl::parse("http://u:p%40a@host/").value();
  CHECK(url.host == "host");
  CHECK(url.password == "p@a");
  auto const bare = HttpUrl::parse("@u:p@@a@host:81/@x?@").value();
  CHECK(bare.host == "host");
  CHECK(bare.port == 81);
  CHECK(bare.user == "@u");
  CHECK(bare.password == "p@@a");
  CHECK(bare.target == "/@x?@");
  CHECK(HttpUrl::parse("http://host/@a@b").value().host == "host");
}

TEST_CASE("Redirects lead on from where they were met", "[http][url]") {
  auto const base = HttpUrl::parse("http://u:p@h:81/a/b?c#top").value();
  auto const to = [&](std::string_view reference) {
    auto url = base.resolve(reference);
    return url ? url->text() : "bad: " + url.failure().message();
  };
  CHECK(to("d") == "http://h:81/a/d");
  CHECK(to("/d") == "http://h:81/d");
  CHECK(to("?x") == "http://h:81/a/b?x");
  CHECK(to("../d e") == "http://h:81/d%20e");
  CHECK(to("../../../d?e/../f") == "http://h:81/d?e/../f");
  CHECK(HttpUrl::parse("http://h/%99?d").value().resolve("../e").value().target == "/e");
  CHECK(to("//other/x") == "http://other/x");
  CHECK(to("https://other") == "https://other/");
  CHECK(to("//u@a@other/@x@y") == "http://other/@x@y");
  CHECK(to("https://u:p@a@other") == "https://other/");
  CHECK(to("/@x@y") == "http://h:81/@x@y");
  CHECK(to("file:///etc/passwd").starts_with("bad: "));
  CHECK(to("/x\r\ny").starts_with("bad: "));
  CHECK(base.resolve("d").value().fragment == "top");
  CHECK(base.resolve("d#x").value().fragment == "x");
  CHECK(base.resolve("d").value().user.empty());
}

TEST_CASE("A port is from 1 to 65535", "[http][url]") {
  CHECK(HttpUrl::parse("http://h:65535/").value().port == 65535);
  CHECK(HttpUrl::parse("http://h:/").value().port == 80);
  for (auto const* const port : {"0", "65536", "65616", "99999", "4294967376", "-1", "80x"})
    CHECK_FALSE(HttpUrl::parse("http://h:" + std::string(port) + "/"));
}

TEST_CASE("One slash behind http: is no host of that name", "[http][url]") {
  CHECK_FALSE(HttpUrl::parse("http:/h/"));
  CHECK_FALSE(HttpUrl::parse("HTTPS:/h/"));
  CHECK(HttpUrl::parse("http:80/").value().host == "http");
}

TEST_CASE("An origin is scheme, host and port", "[http][url]") {
  auto const url = HttpUrl::parse("http://h/a").value();
  CHECK(url.same_origin(HttpUrl::parse("http://H.:80/b").value()));
  CHECK_FALSE(url.same_origin(HttpUrl::parse("https://h/a").value()));
  CHECK_FALSE(url.same_origin(HttpUrl::parse("http://h:81/a").value()));
  CHECK_FALSE(url.same_origin(HttpUrl::parse("http://g/a").value()));
}

}  // namespace
