#include "clients/proxy_settings.h"

#include <map>
#include <string>

#include "protocols/proxy_error.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

using Values = std::map<std::string, std::string>;

HttpUrl url(std::string_view text) { return HttpUrl::parse(text).value(); }

std::string name_of(Proxy::Kind kind) {
  constexpr char const* names[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  return names[static_cast<int>(kind)];
}

// "kind user:password@host:port/path", or "none", or "bad".
std::string told(Result<std::optional<Proxy>> const& proxy) {
  if (!proxy) return proxy.failure().code() == ProxyError::bad_setting ? "bad" : "another failure";
  auto const& found = proxy.value();
  if (!found) return "none";
  auto const login = found->has_login() ? found->user + ":" + found->password + "@" : "";
  return name_of(found->kind) + " " + login + found->host + ":" + std::to_string(found->port) +
         found->path;
}

std::string parsed(std::string_view text, Proxy::Kind usual = Proxy::Kind::http) {
  auto proxy = Proxy::parse(text, usual);
  if (!proxy) return told(Result<std::optional<Proxy>>(proxy.failure()));
  return told(std::optional<Proxy>(proxy.value()));
}

std::string chosen(std::string_view where, ProxySettings const& settings, Values const& values) {
  return told(proxy_for(url(where), settings, [&](std::string const& name) {
    auto const found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
  }));
}

bool without(std::string_view host, std::string_view list) {
  return goes_without_proxy(url("http://" + std::string(host) + "/"), list);
}

TEST_CASE("A proxy has a kind, a login, a host and a port", "[http][proxy]") {
  CHECK(parsed("example.org") == "http example.org:1080");
  CHECK(parsed("example.org:3128") == "http example.org:3128");
  CHECK(parsed("example.org", Proxy::Kind::socks5h) == "socks5h example.org:1080");
  CHECK(parsed("http://example.org/") == "http example.org:1080");
  CHECK(parsed("HTTPS://example.org") == "https example.org:443");
  CHECK(parsed("https://example.org:8443/") == "https example.org:8443");
  CHECK(parsed("socks://h") == "socks4 h:1080");
  CHECK(parsed("socks4a://h") == "socks4a h:1080");
  CHECK(parsed("socks5://[::1]:9050") == "socks5 ::1:9050");
  CHECK(parsed("http://[::1]") == "http ::1:1080");
  CHECK(parsed("socks5h://localhost/run/tor.sock") == "socks5h localhost:1080/run/tor.sock");
  CHECK(parsed("http://localhost/run/tor.sock") == "http localhost:1080");
}

TEST_CASE("The login of a proxy is percent-decoded, up to the last @", "[http][proxy][fetch11]") {
  CHECK(parsed("u:p@h:1") == "http u:p@h:1");
  CHECK(parsed("http://a%20b:c%3Ad@h:1") == "http a b:c:d@h:1");
  CHECK(parsed("http://user@h") == "http user:@h:1080");
  CHECK(parsed("http://u:p@x@h") == "http u:p@x@h:1080");
  CHECK(parsed("http://100%:%zz@h") == "http 100%:%zz@h:1080");
}

TEST_CASE("What is no proxy is refused, without telling its login", "[http][proxy]") {
  for (auto const* const text : {"ftp://h", "foo://h:1", "http://", "http://:80", "h:0", "h:65536",
                                 "h:x", "[::1", "[::1]x", "a b", "http://a%2Fb/", "http://u:p@"}) {
    CAPTURE(text);
    CHECK(parsed(text) == "bad");
  }
  CHECK(Proxy::parse("foo://u:secret@h").failure().message().find("secret") == std::string::npos);
}

TEST_CASE("Option -x is for all URLs, and an empty one for none", "[http][proxy]") {
  Values const values{{"http_proxy", "env"}, {"https_proxy", "env"}};
  CHECK(chosen("http://e/", {.proxy = "opt:1"}, values) == "http opt:1");
  CHECK(chosen("https://e/", {.proxy = "opt:1"}, values) == "http opt:1");
  CHECK(chosen("http://e/", {.proxy = ""}, values) == "none");
  CHECK(chosen("http://e/", {.proxy = "opt", .usual = Proxy::Kind::socks4}, {}) ==
        "socks4 opt:1080");
  CHECK(chosen("http://e/", {.proxy = "u:p@opt", .login = "a:b%40c"}, {}) == "http a:b@c@opt:1080");
  CHECK(chosen("http://e/", {.proxy = "x://opt"}, {}) == "bad");
}

TEST_CASE("Variables name the proxy, HTTP_PROXY excepted", "[http][proxy][fetch37]") {
  CHECK(chosen("http://e/", {}, {{"http_proxy", "a"}}) == "http a:1080");
  CHECK(chosen("http://e/", {}, {{"HTTP_PROXY", "a"}}) == "none");
  CHECK(chosen("http://e/", {}, {{"https_proxy", "a"}}) == "none");
  CHECK(chosen("https://e/", {}, {{"http_proxy", "a"}}) == "none");
  CHECK(chosen("https://e/", {}, {{"HTTPS_PROXY", "a"}}) == "http a:1080");
  CHECK(chosen("https://e/", {}, {{"https_proxy", "a"}, {"HTTPS_PROXY", "b"}}) == "http a:1080");
  CHECK(chosen("http://e/", {}, {{"all_proxy", "socks5h://a"}}) == "socks5h a:1080");
  CHECK(chosen("https://e/", {}, {{"ALL_PROXY", "a"}}) == "http a:1080");
  CHECK(chosen("http://e/", {}, {{"http_proxy", ""}, {"all_proxy", "a"}}) == "http a:1080");
  CHECK(chosen("http://e/", {.login = "u:p"}, {{"http_proxy", "a"}}) == "http u:p@a:1080");
  // What --socks5 says of -x is not said of a variable.
  CHECK(chosen("http://e/", {.usual = Proxy::Kind::socks5}, {{"http_proxy", "a"}}) ==
        "http a:1080");
}

TEST_CASE("Option --noproxy wins over NO_PROXY", "[http][proxy][fetch37]") {
  ProxySettings const given{.proxy = "a"};
  CHECK(chosen("http://e.org/", given, {{"no_proxy", "e.org"}}) == "none");
  CHECK(chosen("http://e.org/", given, {{"NO_PROXY", "e.org"}}) == "none");
  CHECK(chosen("http://e.org/", given, {{"no_proxy", "x"}, {"NO_PROXY", "e.org"}}) ==
        "http a:1080");
  CHECK(chosen("http://e.org/", {.proxy = "a", .no_proxy = ""}, {{"no_proxy", "e.org"}}) ==
        "http a:1080");
  CHECK(chosen("http://e.org/", {.proxy = "a", .no_proxy = "e.org"}, {}) == "none");
}

TEST_CASE("Names without a proxy go by labels", "[http][proxy][fetch37]") {
  CHECK(without("any.where", "*"));
  CHECK_FALSE(without("any.where", ""));
  CHECK(without("example.com", "example.com"));
  CHECK(without("www.example.com", "example.com"));
  CHECK(without("example.com", ".example.com"));
  CHECK(without("www.example.com", ".EXAMPLE.com."));
  CHECK_FALSE(without("nonexample.com", "example.com"));
  CHECK_FALSE(without("example.com", "www.example.com"));
  CHECK_FALSE(without("example.com", "com.example"));
  CHECK(without("b", "a,b"));
  CHECK(without("b", "a b"));
  CHECK(without("b", " a , b ,,"));
  CHECK_FALSE(without("b", "a,*"));
  CHECK_FALSE(without("b", "."));
}

TEST_CASE("Addresses without a proxy: themselves or their network", "[http][proxy][fetch37]") {
  CHECK(without("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(without("192.0.2.10", "192.0.2.1"));
  CHECK(without("192.0.2.200", "192.0.2.0/24"));
  CHECK_FALSE(without("192.0.3.1", "192.0.2.0/24"));
  CHECK(without("192.0.2.129", "192.0.2.128/25"));
  CHECK_FALSE(without("192.0.2.127", "192.0.2.128/25"));
  CHECK(without("10.1.2.3", "0.0.0.0/0"));
  CHECK_FALSE(without("10.1.2.3", "10.0.0.0/33"));
  CHECK_FALSE(without("10.1.2.3", "10.0.0.0/x"));
  CHECK_FALSE(without("1.2.3.4", "3.4"));
  CHECK(without("[::1]", "::1"));
  CHECK(without("[::1]", "[::1]"));
  CHECK(without("[2001:db8::5]", "2001:db8::/32"));
  CHECK_FALSE(without("[2001:db9::5]", "2001:db8::/32"));
  CHECK_FALSE(without("[::1]", "127.0.0.1"));
}

TEST_CASE("A port in the list is for that port only", "[http][proxy]") {
  CHECK(without("example.com:8080", "example.com:8080"));
  CHECK_FALSE(without("example.com:8081", "example.com:8080"));
  CHECK(without("example.com:80", "example.com:80"));
  CHECK(without("[::1]:8080", "[::1]:8080"));
  CHECK_FALSE(without("[::1]:8081", "[::1]:8080"));
  CHECK(without("example.com:8080", "example.com"));
}

}  // namespace
