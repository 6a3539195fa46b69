#include "clients/http_route.h"

#include <set>
#include <string>

#include "protocols/proxy_error.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

HttpUrl url(std::string_view text) { return HttpUrl::parse(text).value(); }

// Of a machine without any variables.
HttpRouteSettings plain() {
  HttpRouteSettings settings;
  settings.variables = [](std::string const&) { return std::nullopt; };
  return settings;
}

HttpRouteSettings through(std::string proxy) {
  auto settings = plain();
  settings.proxy.proxy = std::move(proxy);
  return settings;
}

HttpRoute route(std::string_view where, HttpRouteSettings const& settings) {
  return route_to(url(where), settings).value();
}

ConnectTo connect_to(std::string_view text) { return ConnectTo::parse(text).value(); }
ResolveTo resolve_to(std::string_view text) { return ResolveTo::parse(text).value(); }

TEST_CASE("Without settings the way is the URL's own host", "[http][route]") {
  auto const found = route("https://example.org:8443/x", plain());
  CHECK(found.where().to_string() == "example.org:8443");
  CHECK(found.secure);
  CHECK(found.tls);
  CHECK_FALSE(found.absolute());
  CHECK_FALSE(route("http://example.org/", plain()).tls);
}

TEST_CASE("Connect to: the first that fits is obeyed", "[http][route]") {
  auto settings = plain();
  settings.connect_to = {connect_to("a:81:x:1"), connect_to("::::"), connect_to("A::x:2"),
                         connect_to(":80:[::1]:")};
  CHECK(route("http://a:81/", settings).where().to_string() == "x:1");
  CHECK(route("http://a/", settings).where().to_string() == "x:2");
  CHECK(route("http://b/", settings).where().to_string() == "[::1]:80");
  CHECK(route("http://b:81/", settings).where().to_string() == "b:81");
  CHECK(route("http://a/", settings).host == "a");
  for (auto const* const bad : {"", "a", "a:1:b", "a:x:b:1", "a:1:b:0", "[a:1:b:1", "a:1:b:1:c"})
    CHECK_FALSE(ConnectTo::parse(bad));
}

TEST_CASE("Resolve: the last word about a host and port, or about any host", "[http][route]") {
  auto settings = plain();
  settings.resolve = {resolve_to("a:80:127.0.0.1"), resolve_to("+A:80:127.0.0.2,[::1],::2"),
                      resolve_to("*:80:127.0.0.9"), resolve_to("b:80:127.0.0.3"),
                      resolve_to("-b:80")};
  auto const a = route("http://a/", settings).target_addresses;
  REQUIRE(a.size() == 3);
  CHECK(a[0].host() == "127.0.0.2");
  CHECK(a[1].host() == "::1");
  CHECK(route("http://b/", settings).target_addresses.at(0).host() == "127.0.0.9");
  CHECK(route("http://b:81/", settings).target_addresses.empty());
  settings.connecting.family = AF_INET6;
  CHECK(route("http://a/", settings).target_addresses.size() == 2);
  for (auto const* const bad : {"", "a", "a:80", "a:80:", "a:80:name", "a:x:::1", "-a:80:::1"})
    CHECK_FALSE(ResolveTo::parse(bad));
}

TEST_CASE("A unix socket takes the place of hosts and proxies", "[http][route]") {
  auto settings = through("http://proxy");
  settings.unix_socket = "@hidden";
  auto const found = route("https://example.org/", settings);
  CHECK(found.where().to_string() == "@hidden");
  CHECK_FALSE(found.proxy);
  CHECK(found.tls);
}

TEST_CASE("An HTTP proxy is asked for http URLs, and for tunnels otherwise", "[http][route]") {
  auto settings = through("http://proxy:3128");
  CHECK(route("http://e/", settings).absolute());
  CHECK(route("http://e/", settings).where().to_string() == "proxy:3128");
  CHECK(route("https://e/", settings).tunnel);
  CHECK_FALSE(route("https://e/", settings).absolute());
  settings.tunnel = true;
  CHECK(route("http://e/", settings).tunnel);
  settings.tunnel = false;
  settings.connect_to = {connect_to("e:80:f:81")};
  CHECK(route("http://e/", settings).tunnel_request().target == "f:81");
  auto const socks = route("https://e/", through("socks5h://proxy"));
  CHECK_FALSE(socks.tunnel);
  CHECK_FALSE(socks.absolute());
  CHECK(route("http://e/", through("https://proxy")).proxy_tls);
}

TEST_CASE("CONNECT holds the proxy's fields and no others", "[http][route][fetch8]") {
  auto settings = through("http://u:p@proxy");
  settings.proxy_fields = {{"X-P", "2"}};
  auto const request = route("https://[::1]/", settings).tunnel_request();
  CHECK(head_of(request).value() ==
        "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nProxy-Authorization: Basic dTpw\r\n"
        "User-Agent: twx\r\nProxy-Connection: Keep-Alive\r\nX-P: 2\r\n\r\n");
  settings.proxy_fields = {{"host", "x"}, {"user-agent", ""}, {"Proxy-Connection", ""}};
  settings.proxy_version = 10;
  CHECK(head_of(route("https://e/", settings).tunnel_request()).value() ==
        "CONNECT e:443 HTTP/1.0\r\nProxy-Authorization: Basic dTpw\r\nhost: x\r\n\r\n");
}

TEST_CASE("A request to a proxy names the URL, one through a tunnel does not",
          "[http][route][fetch8]") {
  auto settings = through("http://u:p@proxy");
  settings.proxy_fields = {{"X-P", "2"}};
  HttpRequest const request{.target = "/a?b", .fields = {{"Host", "e"}, {"X-A", "1"}}};
  auto const there = url("http://me:secret@e/a?b");
  CHECK(head_of(on_route(route("http://e/", settings), there, request)).value() ==
        "GET http://e/a?b HTTP/1.1\r\nHost: e\r\nProxy-Authorization: Basic dTpw\r\nX-A: 1\r\n"
        "Proxy-Connection: Keep-Alive\r\nX-P: 2\r\n\r\n");
  settings.tunnel = true;
  auto const tunnelled = on_route(route("http://e/", settings), there, request);
  CHECK(head_of(tunnelled).value() == head_of(request).value());
}

TEST_CASE("The option --interface names an interface, an address or a host", "[http][route]") {
  auto settings = plain();
  auto const with = [&](std::string text) {
    settings.interface = std::move(text);
    return route("http://e/", settings);
  };
  CHECK(*with("lo").connecting.interface == "lo");
  CHECK(*with("if!eth9").connecting.interface == "eth9");
  CHECK(with("127.0.0.5").connecting.bind->host() == "127.0.0.5");
  CHECK(with("host!::1").connecting.bind->host() == "::1");
  CHECK(with("host!lo").local_host == "lo");
  CHECK(with("some.name").local_host == "some.name");
  settings.connecting.bind_port = 4000;
  CHECK(with("127.0.0.5").connecting.bind->port() == 4000);
}

TEST_CASE("Whatever sets two connections apart is in the key", "[http][route][fetch34][fetch35]") {
  std::vector<HttpRoute> routes;
  auto const add = [&](std::string_view where, HttpRouteSettings const& settings) {
    routes.push_back(route(where, settings));
  };
  auto const changed = [&](std::string_view where, auto change) {
    auto settings = through("socks5h://p");
    change(settings);
    add(where, settings);
  };
  add("http://e/", plain());
  add("http://e:81/", plain());
  add("https://e:80/", plain());
  add("http://f/", plain());
  for (auto const* const proxy :
       {"http://p", "http://p:1", "http://q", "https://p:1080", "http://u@p", "http://u:v@p",
        "socks5://p", "socks5h://p", "socks4://p", "socks4a://p", "socks5://localhost/a"})
    add("http://e/", through(proxy));
  changed("http://e/", [](auto& each) { each.connecting.family = AF_INET; });
  changed("http://e/", [](auto& each) { each.connecting.family = AF_INET6; });
  changed("http://e/", [](auto& each) { each.interface = "lo"; });
  changed("http://e/", [](auto& each) { each.interface = "127.0.0.1"; });
  changed("http://e/", [](auto& each) { each.interface = "host!lo"; });
  changed("http://e/", [](auto& each) { each.connecting.bind_port = 5; });
  changed("http://e/", [](auto& each) { each.unix_socket = "/a"; });
  changed("http://e/", [](auto& each) { each.connect_to = {connect_to("e:80:f:80")}; });
  changed("http://e/", [](auto& each) { each.resolve = {resolve_to("e:80:127.0.0.1")}; });
  changed("http://e/", [](auto& each) { each.resolve = {resolve_to("p:1080:127.0.0.1")}; });
  changed("http://e/", [](auto& each) { each.proxy_fields = {{"a", "b"}}; });
  changed("http://e/", [](auto& each) { each.user_agent = "x"; });
  changed("http://e/", [](auto& each) {
    each.proxy.proxy = "p";
    each.tunnel = true;
  });
  for (auto const& options : {TlsOptions{}, TlsOptions{.insecure = true}, TlsOptions{.alpn = {"a"}},
                              TlsOptions{.pins = {std::string(64, 'a')}}})
    changed("https://e/", [&](auto& each) { each.tls = TlsContext::client(options).value(); });
  changed("https://e/", [](auto& each) {
    each.proxy.proxy = "https://p";
    each.proxy_tls = TlsContext::client({.insecure = true}).value();
  });
  changed("https://e/", [](auto& each) { each.proxy.proxy = "https://p"; });
  std::set<std::string> keys;
  for (auto const& each : routes) keys.insert(each.key());
  CHECK(keys.size() == routes.size());
  // Paths and contexts made of the same options do not.
  CHECK(route("https://e/a", plain()).key() == route("https://E/b", plain()).key());
}

}  // namespace
