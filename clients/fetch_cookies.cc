#include "clients/fetch_cookies.h"

#include <algorithm>

#include "clients/cookie_file.h"
#include "protocols/http_cookie_file.h"

namespace twx {
namespace {

// As with curl: without a file cookies are neither kept nor sent.
bool in_use(FetchOptions const& options) {
  return !options.cookie_files.empty() || !options.cookie_jar.empty();
}

CookieTime now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<void> FetchCookies::read(FetchOptions const& options) {
  for (auto const& file : options.cookie_files) {
    if (file.empty()) continue;  // -b "" says only that cookies are wanted
    auto const text = read_cookie_file(file);
    if (!text) return text.failure();
    read_cookies(jar_, *text, now());
  }
  if (options.junk_session_cookies) jar_.end_session();
  return {};
}

void FetchCookies::take(HttpFields const& answer, HttpUrl const& url, FetchOptions const& options) {
  if (in_use(options)) jar_.take(answer, url, now());
}

void FetchCookies::add(HttpRequest& request, HttpUrl const& url,
                       FetchOptions const& options) const {
  auto const* const unwanted = options.fields.find("Cookie");
  if (!in_use(options) || (unwanted && unwanted->empty())) return;
  auto& fields = request.fields;
  auto const given = std::ranges::find_if(fields, [](HttpField const& field) {
    return same_word(field.name, "Cookie");
  });
  auto value = jar_.field(url, now(), given == fields.end() ? "" : given->value);
  if (given != fields.end())
    given->value = std::move(value);
  else if (!value.empty())
    fields.push_back({"Cookie", std::move(value)});
}

std::string FetchCookies::text() const { return cookie_text(jar_, now()); }

Result<void> FetchCookies::write(std::string const& file) const {
  return write_cookie_file(file, text());
}

}  // namespace twx
