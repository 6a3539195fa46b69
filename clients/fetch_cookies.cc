#include "clients/fetch_cookies.h"

#include <algorithm>

#include "clients/cookie_file.h"
#include "protocols/http_cookie_file.h"

namespace twx {
namespace {

CookieTime now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<void> FetchCookies::read() {
  for (auto const& file : arguments_.cookie_files) {
    if (file.empty()) continue;  // -b "" says only that cookies are wanted
    auto const text = read_cookie_file(file);
    if (!text) return text.failure();
    read_cookies(jar_, *text, now());
  }
  if (arguments_.junk_session_cookies) jar_.end_session();
  return {};
}

void FetchCookies::take(HttpFields const& answer, HttpUrl const& url) {
  if (in_use()) jar_.take(answer, url, now());
}

HttpRequest FetchCookies::with_cookies(HttpRequest request, HttpUrl const& url) const {
  auto const* const unwanted = arguments_.fields.find("Cookie");
  if (!in_use() || (unwanted && unwanted->empty())) return request;
  auto& fields = request.fields;
  auto const given = std::ranges::find_if(fields, [](HttpField const& field) {
    return same_word(field.name, "Cookie");
  });
  auto value = jar_.field(url, now(), given == fields.end() ? "" : given->value);
  if (given != fields.end())
    given->value = std::move(value);
  else if (!value.empty())
    fields.push_back({"Cookie", std::move(value)});
  return request;
}

std::string FetchCookies::text() const { return cookie_text(jar_, now()); }

Result<void> FetchCookies::write() const {
  return write_cookie_file(arguments_.cookie_jar, text());
}

}  // namespace twx
