#include "protocols/http_cookie_file.h"

#include <array>

#include "protocols/http.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::string_view http_only_mark = "#HttpOnly_";

// Nothing if it is no number. 0 is the end of the session, as is an empty column.
std::optional<std::optional<CookieTime>> expiry(std::string_view column) {
  std::int64_t seconds = 0;
  if (column.empty()) return std::optional<CookieTime>();
  if (!parse_number(column, seconds)) return std::nullopt;
  if (seconds == 0) return std::optional<CookieTime>();
  return CookieTime(std::chrono::seconds(seconds));
}

std::optional<HttpCookie> cookie_in(std::string_view line) {
  HttpCookie cookie;
  cookie.http_only = line.starts_with(http_only_mark);
  if (cookie.http_only) line.remove_prefix(http_only_mark.size());
  if (line.starts_with('#')) return std::nullopt;
  std::array<std::string_view, 6> columns;
  for (auto& column : columns) column = take_until(line, '\t');
  auto const& [domain, below, path, secure, expires, name] = columns;
  auto const time = expiry(expires);
  if (!time) return std::nullopt;
  cookie.domain = lower_case(domain.substr(domain.starts_with('.') ? 1 : 0));
  cookie.host_only = !same_word(below, "TRUE");
  cookie.path = path;
  cookie.secure = same_word(secure, "TRUE");
  cookie.expires = *time;
  cookie.name = name;
  cookie.value = line;
  return cookie;
}

std::string_view truth(bool value) { return value ? "TRUE" : "FALSE"; }

}  // namespace

void read_cookies(HttpCookieJar& jar, std::string_view text, CookieTime now) {
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto cookie = cookie_in(line)) jar.add(std::move(*cookie), now);
  }
}

std::string cookie_text(HttpCookieJar const& jar, CookieTime now) {
  std::string text = "# Netscape HTTP Cookie File\n# Written by twx.\n\n";
  for (auto const& cookie : jar.cookies(now)) {
    auto const expires = cookie.expires ? cookie.expires->time_since_epoch().count() : 0;
    if (cookie.http_only) text += http_only_mark;
    if (!cookie.host_only) text += '.';
    text.append(cookie.domain).append("\t").append(truth(!cookie.host_only)).append("\t");
    text.append(cookie.path).append("\t").append(truth(cookie.secure)).append("\t");
    text.append(std::to_string(expires)).append("\t");
    text.append(cookie.name).append("\t").append(cookie.value).append("\n");
  }
  return text;
}

}  // namespace twx
