// Whatever a response sets, no cookie breaks the limits, none reaches a host that its domain does
// not allow, and a file of them holds the same cookies again.
//
// Input: which URL it comes from; then the values of Set-Cookie, a line each.
#include <string>
#include <string_view>

#include "protocols/http_cookie_file.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

constexpr CookieTime now{std::chrono::seconds(1'700'000'000)};

HttpUrl source(Input& input) {
  constexpr std::string_view all[] = {"https://www.example.co.uk/dir/page?x",
                                      "http://www.example.co.uk/dir/page",
                                      "http://192.0.2.1/",
                                      "https://[2001:db8::1]/",
                                      "http://localhost/a/b/",
                                      "https://co.uk/"};
  return HttpUrl::parse(all[input.number() % std::size(all)]).value();
}

HttpFields response(std::string_view lines) {
  HttpFields fields;
  while (!lines.empty()) {
    auto const line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    fields.push_back({"Set-Cookie", std::string(line)});
  }
  return fields;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void check(HttpCookie const& cookie, HttpUrl const& from) {
  require(!cookie.name.empty(), "a cookie has a name");
  require(cookie.name.size() + cookie.value.size() <= 4096, "name and value are bounded");
  require(!has_control(cookie.name + cookie.value + cookie.path), "no control bytes");
  require(!cookie.expires || (*cookie.expires > now && *cookie.expires <= now + CookieLimits::age),
          "the age is bounded");
  require(!cookie.secure || from.secure(), "secure cookies come by https");
  if (cookie.host_only) return require(cookie.domain == from.host, "its host alone");
  require(cookie.domain == "example.co.uk" || cookie.domain == "www.example.co.uk",
          "the only domains that are above a host and no public suffix");
}

void check_sent(HttpCookieJar const& jar, std::string_view to, bool none) {
  auto const url = HttpUrl::parse(to).value();
  auto const field = jar.field(url, now, "given=1");
  require(field.ends_with("given=1"), "what was given is sent");
  require(field.size() <= 8190 && !has_control(field), "the field is bounded");
  require(!none || field == "given=1", "nothing reaches a stranger");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const from = source(input);
  HttpCookieJar jar;
  jar.take(response(input.rest()), from, now);
  auto const cookies = jar.cookies(now);
  require(cookies.size() <= 50, "50 of a response");
  for (auto const& each : cookies) check(each, from);
  check_sent(jar, from.text(), false);
  check_sent(jar, "https://other.co.uk/dir/page", true);
  check_sent(jar, "https://badexample.co.uk/dir/page", true);
  check_sent(jar, "https://10.0.2.1/", true);

  HttpCookieJar again;
  auto const text = cookie_text(jar, now);
  read_cookies(again, text, now);
  require(cookie_text(again, now) == text, "a file holds the same cookies");
  return 0;
}
