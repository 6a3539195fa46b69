#include "protocols/http_redirect.h"

#include <algorithm>

#include "protocols/http_words.h"

namespace twx {
namespace {

template <class Unwanted>
void drop(HttpFields& fields, Unwanted unwanted) {
  std::erase_if(fields, [&](HttpField const& field) { return unwanted(field.name); });
}

bool is_of_body(std::string_view name) {
  return same_word(name, "Content-Type") || same_word(name, "Content-Length") ||
         same_word(name, "Transfer-Encoding") || same_word(name, "Expect");
}

// Whether the request goes on as a GET without its body.
bool becomes_get(int status, std::string const& method, RedirectRules const& rules) {
  if (status == 303)
    return method != "GET" && method != "HEAD" && !(method == "POST" && rules.keep_post_303);
  if (method != "POST") return false;
  return (status == 301 && !rules.keep_post_301) || (status == 302 && !rules.keep_post_302);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

bool is_credential(std::string_view name) {
  for (auto const* const each : {"Authorization", "Cookie", "Proxy-Authorization"})
    if (same_word(name, each)) return true;
  return starts_with_word(name, "X-Auth") || ends_with_word(name, "-key") ||
         ends_with_word(name, "-token") || ends_with_word(name, "-secret");
}

Result<std::optional<HttpUrl>> follow_redirect(HttpHead const& head, HttpUrl const& url,
                                               HttpRequest& request, RedirectRules const& rules) {
  auto const* const location = head.fields.find("Location");
  if (!is_redirect(head.status) || !location) return std::optional<HttpUrl>();
  auto next = url.resolve(*location);
  if (!next) return next.failure();
  if (becomes_get(head.status, request.method, rules)) {
    request.method = "GET";
    request.body = nullptr;
    drop(request.fields, is_of_body);
  }
  if (!rules.keep_credentials && !next->same_origin(url)) drop(request.fields, is_credential);
  for (auto& field : request.fields)
    if (same_word(field.name, "Host") &&
        (field.value == url.authority() || !next->same_origin(url)))
      field.value = next->authority();
  request.target = next->target;
  return std::optional<HttpUrl>(std::move(*next));
}

}  // namespace twx
