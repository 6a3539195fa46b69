#include "protocols/http_cookies.h"

#include <libpsl.h>

#include <algorithm>
#include <tuple>

#include "protocols/http.h"
#include "protocols/http_cookie_date.h"
#include "protocols/http_words.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

bool has_control(std::string_view text) { return std::ranges::any_of(text, ascii::is_control); }

// Also the old forms that resolvers understand: a name never ends in a number.
bool is_address(std::string_view host) {
  auto label = host.substr(host.rfind('.') + 1);
  auto const hexadecimal = starts_with_word(label, "0x");
  if (hexadecimal) label.remove_prefix(2);
  return host.find(':') != host.npos ||
         label.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") ==
             label.npos;
}

bool is_below(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.' && !is_address(host);
}

bool domain_matches(HttpCookie const& cookie, std::string_view host) {
  return host == cookie.domain || (!cookie.host_only && is_below(host, cookie.domain));
}

// Section 5.1.4.
bool path_matches(std::string_view cookie, std::string_view path) {
  return path.starts_with(cookie) &&
         (path.size() == cookie.size() || cookie.ends_with('/') || path[cookie.size()] == '/');
}

std::string_view path_of(HttpUrl const& url) {
  return std::string_view(url.target).substr(0, url.target.find('?'));
}

std::string default_path(HttpUrl const& url) {
  auto const path = path_of(url);
  auto const slash = path.rfind('/');
  return slash == 0 || slash == path.npos ? "/" : std::string(path.substr(0, slash));
}

bool has_expired(HttpCookie const& cookie, CookieTime now) {
  return cookie.expires && *cookie.expires <= now;
}

bool is_well_formed(HttpCookie const& cookie) {
  for (std::string_view const each : {cookie.name, cookie.value, cookie.domain, cookie.path})
    if (has_control(each)) return false;
  if (cookie.name.empty() || cookie.domain.empty() || !cookie.path.starts_with('/')) return false;
  if (cookie.name.size() + cookie.value.size() > CookieLimits::pair) return false;
  if (!cookie.host_only && !is_cookie_domain(cookie.domain)) return false;
  if (starts_with_word(cookie.name, "__Secure-")) return cookie.secure;
  if (starts_with_word(cookie.name, "__Host-"))
    return cookie.secure && cookie.host_only && cookie.path == "/";
  return true;
}

// Section 5.2.2; what is no number changes nothing.
std::optional<CookieTime> after_max_age(std::string_view text, CookieTime now) {
  auto const negative = text.starts_with('-');
  auto const digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
  std::chrono::seconds age{0};
  for (auto const digit : digits)
    age = std::min<std::chrono::seconds>(age * 10 + std::chrono::seconds(digit - '0'),
                                         CookieLimits::age);
  return negative ? now : now + age;
}

// One Set-Cookie field, section 5.2.
class SetCookie {
 public:
  SetCookie(std::string_view line, HttpUrl const& url, CookieTime now) : url_(url), now_(now) {
    cookie_.domain = url.host;
    cookie_.path = default_path(url);
    auto const pair = take_until(line, ';');
    auto const equals = pair.find('=');
    if (equals == pair.npos) return;
    cookie_.name = trimmed(pair.substr(0, equals));
    cookie_.value = trimmed(pair.substr(equals + 1));
    while (!line.empty()) {
      auto const attribute = take_until(line, ';');
      auto const middle = std::min(attribute.find('='), attribute.size());
      auto const value = attribute.substr(std::min(middle + 1, attribute.size()));
      take(trimmed(attribute.substr(0, middle)), trimmed(value));
    }
    cookie_.expires = max_age_ ? max_age_ : expires_;
  }

  // Nothing where the cookie may not be set from this URL.
  std::optional<HttpCookie> cookie() {
    if (!adopt_domain() || (cookie_.secure && !url_.secure())) return std::nullopt;
    if (starts_with_word(cookie_.name, "__Host-") && !path_given_) return std::nullopt;
    return std::move(cookie_);
  }

 private:
  void take(std::string_view name, std::string_view value) {
    if (value.size() > CookieLimits::attribute) return;
    if (same_word(name, "Secure")) cookie_.secure = true;
    if (same_word(name, "HttpOnly")) cookie_.http_only = true;
    if (same_word(name, "Domain"))
      domain_ = lower_case(value.substr(value.starts_with('.') ? 1 : 0));
    if (same_word(name, "Path")) take_path(value);
    if (same_word(name, "Max-Age"))
      if (auto const time = after_max_age(value, now_)) max_age_ = time;
    if (same_word(name, "Expires"))
      if (auto const time = cookie_date(value)) expires_ = time;
  }
  void take_path(std::string_view value) {
    path_given_ = value.starts_with('/');
    cookie_.path = path_given_ ? std::string(value) : default_path(url_);
  }
  bool adopt_domain() {
    if (domain_.empty()) return true;
    cookie_.host_only = !is_cookie_domain(domain_);
    // A public suffix or an address may name itself, and has the cookie for itself.
    if (domain_ == url_.host) return true;
    if (cookie_.host_only || !is_below(url_.host, domain_)) return false;
    cookie_.domain = domain_;
    return true;
  }

  HttpUrl const& url_;
  CookieTime const now_;
  HttpCookie cookie_;
  std::string domain_;
  bool path_given_ = false;
  std::optional<CookieTime> max_age_, expires_;
};

bool may_be_read(std::string_view line) {
  return line.size() <= CookieLimits::line && is_field_text(line);
}

}  // namespace

bool is_cookie_domain(std::string_view domain) {
  auto const usual = [](char c) { return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'); };
  if (domain.empty() || domain.starts_with('.') || domain.ends_with('.')) return false;
  if (domain.find("..") != domain.npos || !std::ranges::all_of(domain, usual)) return false;
  auto const* const list = psl_builtin();
  return !is_address(domain) && list &&
         psl_is_public_suffix(list, std::string(domain).c_str()) == 0;
}

bool HttpCookieJar::Identity::operator()(HttpCookie const& a, HttpCookie const& b) const {
  auto const key = [](HttpCookie const& c) {
    return std::tie(c.domain, c.path, c.name, c.host_only);
  };
  return key(a) < key(b);
}

// RFC 6265bis, section 5.7: plain http can neither replace nor hide what came by https.
bool HttpCookieJar::shadows_secure(HttpCookie const& cookie) const {
  return std::ranges::any_of(cookies_, [&](HttpCookie const& other) {
    return other.secure && other.name == cookie.name && path_matches(other.path, cookie.path) &&
           (other.domain == cookie.domain || is_below(other.domain, cookie.domain) ||
            is_below(cookie.domain, other.domain));
  });
}

void HttpCookieJar::take(HttpFields const& response, HttpUrl const& url, CookieTime now) {
  std::size_t count = 0;
  for (auto const& field : response) {
    if (!same_word(field.name, "Set-Cookie") || !may_be_read(field.value)) continue;
    auto cookie = SetCookie(field.value, url, now).cookie();
    if (!cookie || (!url.secure() && shadows_secure(*cookie))) continue;
    if (add(std::move(*cookie), now) && ++count == CookieLimits::per_response) return;
  }
}

bool HttpCookieJar::add(HttpCookie cookie, CookieTime now) {
  if (!is_well_formed(cookie)) return false;
  if (cookie.expires) cookie.expires = std::min(*cookie.expires, now + CookieLimits::age);
  auto const old = cookies_.find(cookie);
  cookie.number = old == cookies_.end() ? next_number_++ : old->number;
  if (old != cookies_.end()) cookies_.erase(old);
  if (!has_expired(cookie, now)) cookies_.insert(std::move(cookie));
  return true;
}

std::string HttpCookieJar::field(HttpUrl const& url, CookieTime now, std::string_view given) const {
  std::vector<HttpCookie const*> wanted;
  for (auto const& each : cookies_)
    if (domain_matches(each, url.host) && path_matches(each.path, path_of(url)) &&
        (url.secure() || !each.secure) && !has_expired(each, now))
      wanted.push_back(&each);
  std::ranges::sort(wanted, [](auto const* a, auto const* b) {
    return a->path.size() != b->path.size() ? a->path.size() > b->path.size()
                                            : a->number < b->number;
  });
  if (wanted.size() > CookieLimits::per_request) wanted.resize(CookieLimits::per_request);
  std::string field;
  for (auto const* const each : wanted) {
    auto const pair = each->name + "=" + each->value;
    if (field.size() + pair.size() + given.size() + 4 > CookieLimits::field) break;
    field += (field.empty() ? "" : "; ") + pair;
  }
  if (!field.empty() && !given.empty()) field += "; ";
  return field += given;
}

std::vector<HttpCookie> HttpCookieJar::cookies(CookieTime now) const {
  std::vector<HttpCookie> all;
  for (auto const& each : cookies_)
    if (!has_expired(each, now)) all.push_back(each);
  std::ranges::sort(all, {}, &HttpCookie::number);
  return all;
}

void HttpCookieJar::end_session() {
  std::erase_if(cookies_, [](HttpCookie const& each) { return !each.expires; });
}

}  // namespace twx
