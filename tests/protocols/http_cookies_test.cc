#include "protocols/http_cookies.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

constexpr CookieTime now{1'700'000'000s};  // 14 November 2023, 22:13:20

HttpUrl url(std::string const& text) { return HttpUrl::parse(text).value(); }

struct Jar : HttpCookieJar {
  Jar() = default;
  Jar(std::string const& from, std::string const& line) { set(from, line); }
  void set(std::string const& from, std::string const& line) {
    take({{"set-cookie", line}}, url(from), now);
  }
  std::string sent(std::string const& to, CookieTime when = now) const {
    return field(url(to), when);
  }
};

TEST_CASE("A cookie without Domain is for its host alone", "[http][cookies]") {
  Jar const jar("http://www.example.com/", "a=b");
  CHECK(jar.sent("http://www.example.com/x?y") == "a=b");
  CHECK(jar.sent("http://www.example.com:8080/") == "a=b");
  CHECK(jar.sent("https://WWW.example.COM./") == "a=b");
  CHECK(jar.sent("http://example.com/").empty());
  CHECK(jar.sent("http://a.www.example.com/").empty());
}

TEST_CASE("Domain reaches the labels below, not other names that end alike (CVE-2013-1944)",
          "[http][cookies]") {
  for (auto const* const line : {"a=b; Domain=example.com", "a=b; domain=.EXAMPLE.com"}) {
    Jar const jar("http://www.example.com/", line);
    CHECK(jar.sent("http://www.example.com/") == "a=b");
    CHECK(jar.sent("http://example.com/") == "a=b");
    CHECK(jar.sent("http://x.y.example.com/") == "a=b");
    CHECK(jar.sent("http://badexample.com/").empty());
    CHECK(jar.sent("http://example.com.evil.org/").empty());
  }
  for (auto const* const foreign : {"ample.com", "example.org", "a.www.example.com", ".ample.com",
                                    "..example.com", "www.example.com.evil.org"})
    CHECK(
        Jar("http://www.example.com/", std::string("a=b; Domain=") + foreign).cookies(now).empty());
}

TEST_CASE("The last Domain counts, and an empty one is none", "[http][cookies]") {
  CHECK(Jar("http://a.example.com/", "a=b; Domain=example.com; Domain=")
            .sent("http://b.example.com/")
            .empty());
  CHECK(Jar("http://a.example.com/", "a=b; Domain=; Domain=example.com")
            .sent("http://b.example.com/") == "a=b");
}

TEST_CASE("No part of an address is a domain (CVE-2014-3613)", "[http][cookies]") {
  struct {
    char const *from, *domain, *to;
  } const cases[] = {{"http://192.0.2.1/", "2.1", "http://192.0.2.1/"},
                     {"http://192.0.2.1/", ".0.2.1", "http://10.0.2.1/"},
                     {"http://127.1/", "1", "http://126.1/"},
                     {"http://1.2.0x7f/", "2.0x7f", "http://3.2.0x7f/"},
                     {"http://[2001:db8::1]/", "db8::1", "http://[2002:db8::1]/"}};
  for (auto const& each : cases) {
    INFO(each.from);
    Jar const jar(each.from, std::string("a=b; Domain=") + each.domain);
    CHECK(jar.sent(each.from).empty());
    CHECK(jar.sent(each.to).empty());
  }
  Jar const itself("http://192.0.2.1/", "a=b; Domain=192.0.2.1");
  CHECK(itself.sent("http://192.0.2.1/") == "a=b");
  CHECK(itself.sent("http://x.192.0.2.1/").empty());
}

TEST_CASE("No cookie for a public suffix, in any case (CVE-2014-3620, CVE-2023-46218)",
          "[http][cookies]") {
  struct {
    char const *host, *domain;
  } const cases[] = {{"example.com", "com"},       {"example.com", "COM"},
                     {"example.co.uk", "co.uk"},   {"example.co.UK", "Co.uK"},
                     {"a.github.io", "github.io"}, {"a.foo.ck", "foo.ck"},
                     {"a.nosuchtld", "nosuchtld"}, {"a.xn--p1ai", "xn--p1ai"},
                     {"a.localhost", "localhost"}, {"a.xn--55qx5d.cn", "XN--55QX5D.cn"}};
  for (auto const& each : cases) {
    INFO(each.domain);
    Jar const jar("http://" + std::string(each.host) + "/",
                  std::string("a=b; Domain=") + each.domain);
    CHECK(jar.cookies(now).empty());
  }
}

TEST_CASE("A dot behind a suffix does not make it a domain (CVE-2022-27779, CVE-2026-8924)",
          "[http][cookies]") {
  for (auto const* const from : {"http://a.example.co.uk/", "http://a.example.co.uk./"})
    for (auto const* const domain : {"co.uk.", ".uk.", ".", "..", "example.co.uk.", "me."}) {
      INFO(domain);
      Jar const jar(from, std::string("a=b; Domain=") + domain);
      CHECK(jar.sent("http://b.example.co.uk/").empty());
      CHECK(jar.sent("http://other.co.uk/").empty());
    }
}

TEST_CASE("A public suffix that names itself has the cookie for itself", "[http][cookies]") {
  Jar const jar("http://localhost/", "a=b; Domain=localhost");
  CHECK(jar.sent("http://localhost/") == "a=b");
  CHECK(jar.sent("http://x.localhost/").empty());
  CHECK(Jar("http://github.io/", "a=b; Domain=github.io").sent("http://x.github.io/").empty());
}

TEST_CASE("Where a Path reaches", "[http][cookies]") {
  struct {
    char const *from, *path, *to;
    bool sent;
  } const cases[] = {
      {"/", "", "/anything", true},
      {"/dir/page?a/b", "", "/dir/", true},
      {"/dir/page", "", "/dir", true},
      {"/dir/page", "", "/dirt", false},
      {"/dir/page", "", "/", false},
      {"/dir/page", "; Path=/", "/", true},
      {"/dir/page", "; Path=", "/dir/x", true},
      {"/dir/page", "; Path=no/slash", "/", false},
      {"/", "; Path=/a", "/a", true},
      {"/", "; Path=/a", "/a/b", true},
      {"/", "; Path=/a", "/a?b", true},
      {"/", "; Path=/a", "/ab", false},
      {"/", "; Path=/a/", "/a/b", true},
      {"/", "; Path=/a/", "/a", false},
      {"/", "; Path=/a; Path=/b", "/b", true},
      {"/", "; Path=/a", "/A", false},
  };
  for (auto const& each : cases) {
    INFO(each.from << each.path << " to " << each.to);
    Jar const jar("http://h.example" + std::string(each.from), std::string("a=b") + each.path);
    CHECK(jar.sent("http://h.example" + std::string(each.to)) == (each.sent ? "a=b" : ""));
  }
}

TEST_CASE("Secure is for https, and loopback is no exception", "[http][cookies]") {
  CHECK(Jar("http://localhost/", "a=b; Secure").cookies(now).empty());
  CHECK(Jar("http://127.0.0.1/", "a=b; secure").cookies(now).empty());
  Jar const jar("https://localhost/", "a=b; SECURE");
  CHECK(jar.sent("https://localhost/") == "a=b");
  CHECK(jar.sent("http://localhost/").empty());
}

TEST_CASE("Plain http neither replaces nor hides what came by https", "[http][cookies]") {
  Jar jar("https://www.example.com/", "a=secret; Secure");
  jar.set("http://www.example.com/", "a=fixed");
  jar.set("http://x.www.example.com/", "a=fixed; Domain=example.com");
  jar.set("http://www.example.com/", "a=; Max-Age=0");
  CHECK(jar.cookies(now).size() == 1);
  CHECK(jar.sent("https://www.example.com/") == "a=secret");
  jar.set("http://www.example.com/", "other=1");
  CHECK(jar.sent("http://www.example.com/") == "other=1");
}

TEST_CASE("What the names of cookies promise", "[http][cookies]") {
  struct {
    char const *from, *line;
    bool taken;
  } const cases[] = {
      {"https://h.example.com/", "__Secure-a=b; Secure", true},
      {"https://h.example.com/", "__Secure-a=b", false},
      {"http://h.example.com/", "__Secure-a=b; Secure", false},
      {"https://h.example.com/", "__SECURE-a=b", false},
      {"https://h.example.com/", "__Host-a=b; Secure; Path=/", true},
      {"https://h.example.com/", "__Host-a=b; Secure", false},
      {"https://h.example.com/", "__Host-a=b; Path=/", false},
      {"https://h.example.com/", "__Host-a=b; Secure; Path=/x", false},
      {"https://h.example.com/", "__host-a=b; Secure; Path=/; Domain=example.com", false},
  };
  for (auto const& each : cases) {
    INFO(each.line);
    CHECK(Jar(each.from, each.line).cookies(now).size() == (each.taken ? 1 : 0));
  }
}

TEST_CASE("How long a cookie lives", "[http][cookies]") {
  struct {
    char const* attributes;
    std::optional<std::chrono::seconds> age;  // none: the session
  } const cases[] = {
      {"", {}},
      {"; Max-Age=10", 10s},
      {"; Max-Age=0", 0s},
      {"; Max-Age=-1", 0s},
      {"; Max-Age=ten", {}},
      {"; Max-Age=", {}},
      {"; Max-Age=+1", {}},
      {"; Max-Age=5; Max-Age=7", 7s},
      {"; Max-Age=99999999999999999999999999", std::chrono::days(400)},
      {"; Expires=Tue, 14 Nov 2023 22:13:30 GMT", 10s},
      {"; Expires=Tue, 14 Nov 2023 22:13:20 GMT", 0s},
      {"; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0s},
      {"; Expires=Fri, 31 Dec 9999 23:59:59 GMT", std::chrono::days(400)},
      {"; Expires=Mon, 01 Jan 1601 00:00:00 GMT", 0s},
      {"; Expires=tomorrow", {}},
      {"; Max-Age=5; Expires=Tue, 14 Nov 2023 22:13:50 GMT", 5s},
      {"; Expires=Tue, 14 Nov 2023 22:13:50 GMT; Max-Age=5", 5s},
  };
  for (auto const& each : cases) {
    INFO(each.attributes);
    Jar const jar("http://h.example/", std::string("a=b") + each.attributes);
    auto const held = [&](CookieTime when) { return jar.sent("http://h.example/", when) == "a=b"; };
    if (!each.age) {
      CHECK(held(now + std::chrono::days(4000)));
      continue;
    }
    CHECK(held(now + *each.age - 1s) == (*each.age > 0s));
    CHECK_FALSE(held(now + *each.age));
  }
}

TEST_CASE("Longer paths first, then older ones, and what is replaced keeps its place",
          "[http][cookies]") {
  Jar jar("http://h.example/", "a=1");
  jar.set("http://h.example/", "b=2");
  jar.set("http://h.example/", "c=3; Path=/dir");
  jar.set("http://h.example/", "a=4");
  CHECK(jar.sent("http://h.example/dir/x") == "c=3; a=4; b=2");
  jar.set("http://h.example/", "a=; Max-Age=0");
  CHECK(jar.sent("http://h.example/dir/x") == "c=3; b=2");
  CHECK(jar.field(url("http://h.example/"), now, "given=1") == "b=2; given=1");
  CHECK(jar.field(url("http://other.example/"), now, "given=1") == "given=1");
}

TEST_CASE("Names and values as they stand", "[http][cookies]") {
  struct {
    std::string line, sent;
  } const cases[] = {{"a=b=c", "a=b=c"},
                     {"  a  =  b c  ;x", "a=b c"},
                     {"a=", "a="},
                     {"a=\"b c\"", "a=\"b c\""},
                     {"=b", ""},
                     {"ab", ""},
                     {"", ""},
                     {";a=b", ""},
                     {"a=\xc3\xa9", "a=\xc3\xa9"}};
  for (auto const& each : cases) {
    INFO(each.line);
    CHECK(Jar("http://h.example/", each.line).sent("http://h.example/") == each.sent);
  }
}

TEST_CASE("Control bytes drop the cookie (CVE-2022-35252)", "[http][cookies]") {
  for (int byte = 0; byte < 0x20; ++byte)
    for (auto const* const where : {"a?b=c", "a=b?c", "a=b; Path=/x?y"}) {
      std::string line(where);
      line[line.find('?')] = static_cast<char>(byte);
      INFO(byte << " in " << where);
      CHECK(Jar("http://h.example/", line).cookies(now).empty());
    }
  CHECK(Jar("http://h.example/", "a=b\x7f").cookies(now).empty());
  CHECK(Jar("http://h.example/", "a=\tb\t;\tPath=/").sent("http://h.example/") == "a=b");
}

TEST_CASE("A line of 5000 bytes, and 4096 for name and value (CVE-2022-32205)", "[http][cookies]") {
  auto const taken = [](std::string const& line) {
    return !Jar("http://h.example/", line).cookies(now).empty();
  };
  CHECK(taken("a=" + std::string(4095, 'x')));
  CHECK_FALSE(taken("a=" + std::string(4096, 'x')));
  CHECK_FALSE(taken(std::string(4096, 'x') + "=a"));
  CHECK(taken("a=b;" + std::string(4996, 'x')));
  CHECK_FALSE(taken("a=b;" + std::string(4997, 'x')));
}

TEST_CASE("50 cookies are taken from a response, 150 sent (CVE-2022-32205)", "[http][cookies]") {
  Jar jar;
  for (char letter = 'a'; letter <= 'd'; ++letter) {
    HttpFields fields{{"Set-Cookie", "no pair"}};
    for (int i = 0; i < 60; ++i)
      fields.push_back({"Set-Cookie", std::string(1, letter) + std::to_string(i) + "=1"});
    jar.take(fields, url("http://h.example/"), now);
  }
  CHECK(jar.cookies(now).size() == 200);
  auto const sent = jar.sent("http://h.example/");
  CHECK(std::ranges::count(sent, '=') == 150);
  CHECK(sent.find("a49=1") != sent.npos);
  CHECK(sent.find("a50=1") == sent.npos);
}

TEST_CASE("8190 bytes are sent, what was given counted (CVE-2022-32205)", "[http][cookies]") {
  Jar jar;
  for (int i = 0; i < 9; ++i)
    jar.set("http://h.example/", std::to_string(i) + "=" + std::string(998, 'x'));
  auto const size = [&](std::string const& given) {
    return jar.field(url("http://h.example/"), now, given).size();
  };
  CHECK(size("") == 8 * 1000 + 7 * 2);
  CHECK(size(std::string(500, 'y')) == 7 * 1000 + 7 * 2 + 500);
}

TEST_CASE("The session's end leaves what has a date", "[http][cookies]") {
  Jar jar("http://h.example/", "a=b");
  jar.set("http://h.example/", "c=d; Max-Age=10");
  jar.end_session();
  CHECK(jar.sent("http://h.example/") == "c=d");
}

}  // namespace
