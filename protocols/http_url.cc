#include "protocols/http_url.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "protocols/http.h"
#include "protocols/http_words.h"
#include "protocols/idn.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

namespace urls = boost::urls;

constexpr std::size_t longest = 8'000'000;

Failure bad_url(std::string_view why) {
  return Failure::with_message(HttpError::bad_url, std::string(why));
}

bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// What a browser would make of it: bytes that no URL holds, percent-encoded.
std::string encoded(std::string_view text, bool spaces) {
  auto const stays = [spaces](char c) {
    constexpr std::string_view never = "\"<>\\^`{|}";
    if ((c >= 'a' && c <= 'z') || (c >= '-' && c <= ':')) return true;
    return !is_foreign(c) && !(spaces && c == ' ') && std::ranges::find(never, c) == never.end();
  };
  if (std::ranges::all_of(text, stays)) return std::string(text);
  std::string url;
  for (auto const c : text) {
    if (stays(c))
      url += c;
    else
      ascii::append_hex(url += '%', c, ascii::capital_hex_digits);
  }
  return url;
}

bool has_scheme(std::string_view text) {
  auto const end = text.find("://");
  return end != text.npos && std::ranges::all_of(text.substr(0, end), [](unsigned char c) {
           return std::isalnum(c) || c == '+' || c == '-' || c == '.';
         });
}

// The host begins behind the last "@" of the authority: what is before it belongs to the login. And
// a name may begin as an IPv4 address does, where Boost.URL 1.81 ends it: so it is not shown a
// digit.
void encode_authority(std::string& url) {
  auto const slashes = url.find("//");
  if (slashes == url.npos || (slashes != 0 && !has_scheme(url))) return;
  auto const begin = slashes + 2;
  auto const authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  auto const last = authority.rfind('@');
  auto const host = last == authority.npos ? 0 : last + 1;
  if (host < authority.size() && ascii::is_digit(authority[host])) url.insert(begin + host, "%3");
  for (auto at = last; at != authority.npos && at > 0;) {
    at = authority.rfind('@', at - 1);
    if (at != authority.npos) url.replace(begin + at, 1, "%40");
  }
}

// RFC 3986, section 5.2.4, of a path that begins with "/". "%2e" is a dot as well.
std::string without_dots(std::string_view path) {
  if (path.find('.') == path.npos && path.find('%') == path.npos) return std::string(path);
  std::vector<std::string_view> kept;
  auto folder = false;  // the last segment stood for one
  while (!path.empty()) {
    path.remove_prefix(1);
    auto const segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    auto dots = lower_case(segment);
    for (std::size_t at; (at = dots.find("%2e")) != dots.npos;) dots.replace(at, 3, ".");
    folder = dots == "." || dots == "..";
    if (!folder) kept.push_back(segment);
    if (dots == ".." && !kept.empty()) kept.pop_back();
  }
  std::string result;
  for (auto const segment : kept) result.append("/").append(segment);
  return folder || result.empty() ? result + "/" : result;
}

void remove_dots(std::string& target) {
  auto const query = std::min(target.find('?'), target.size());
  target = without_dots(target.substr(0, query)) + target.substr(query);
}

Result<std::uint16_t> port_of(urls::url_view_base const& url, bool secure) {
  if (!url.has_port() || url.port().empty()) return static_cast<std::uint16_t>(secure ? 443 : 80);
  // Boost.URL 1.81 does not notice one that is too large.
  std::uint16_t number = 0;
  if (!parse_number({url.port().data(), url.port().size()}, number) || number == 0)
    return bad_url("the port is from 1 to 65535");
  return number;
}

Result<std::string> host_of(urls::url_view_base const& url) {
  auto host =
      lower_case(url.host_type() == urls::host_type::name ? url.host_name() : url.host_address());
  if (std::ranges::any_of(host, is_foreign)) {
    auto name = idn_to_ascii(host);
    if (!name) return name;
    host = std::move(*name);
  }
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.ends_with('.')) return bad_url("it has no host");
  // What Boost.URL has decoded; those of the URL standard that no host may hold.
  if (host.find_first_of("/?#@ \\[]<>^|") != host.npos ||
      std::ranges::any_of(host, ascii::is_control) ||
      (url.host_type() == urls::host_type::name && host.find_first_of(":%") != host.npos))
    return bad_url("the host holds what no host can");
  return host;
}

Result<HttpUrl> take_apart(urls::url_view_base const& url) {
  HttpUrl result;
  result.scheme = lower_case(url.scheme());
  if (result.scheme != "http" && result.scheme != "https")
    return bad_url("'" + result.scheme +
                   "' is not a scheme that can be fetched; http and https are");
  auto host = host_of(url);
  if (!host) return host.failure();
  auto port = port_of(url, result.secure());
  if (!port) return port.failure();
  result.host = std::move(*host);
  result.port = *port;
  result.user = url.user();
  result.password = url.password();
  if (std::ranges::any_of(result.user + result.password, ascii::is_control))
    return bad_url("control characters in the login");
  result.target = std::string(url.encoded_path());
  if (result.target.empty()) result.target = "/";
  // Boost.URL 1.81 takes what follows the digits of a port for a path.
  if (result.target.front() != '/') return bad_url("the port is no number");
  if (url.has_query()) result.target += "?" + std::string(url.encoded_query());
  result.fragment = std::string(url.encoded_fragment());
  return result;
}

// "http://::1:80/"; the colon of a login does not count.
bool lacks_brackets(std::string_view text) {
  auto const begin = text.find("://") == text.npos ? 0 : text.find("://") + 3;
  auto const authority = text.substr(begin, text.find_first_of("/?#", begin) - begin);
  auto const host = authority.substr(authority.rfind('@') + 1);
  return std::ranges::count(host, ':') > 1 &&
         std::ranges::all_of(host, [](char c) { return ascii::is_hex_digit(c) || c == ':'; });
}

// What was meant for a scheme where none is.
std::string_view broken_scheme(std::string_view text) {
  for (std::string_view const word : {"http", "https"}) {
    if (!starts_with_word(text, word)) continue;
    auto const rest = text.substr(word.size());
    if (rest.starts_with("//")) return "write a colon behind the scheme";
    if (rest.starts_with(':') && (rest.size() == 1 || !ascii::is_digit(rest[1])))
      return "write two slashes behind the scheme";
  }
  return "";
}

bool is_plain_in_host(char c) {
  return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '-' || c == '.';
}

// All that may stand in a path or a query as it is, but no "%", which says more than it seems.
bool is_plain_in_target(char c) {
  return ascii::is_letter(c) || (c >= '&' && c <= ';') || c == '?' || c == '@' || c == '=' ||
         c == '_' || c == '~' || c == '!' || c == '$';
}

// Most URLs want nothing decoded, encoded or resolved, and need no grammar. Nothing where this one
// is not as plain as that, be it right or wrong.
std::optional<HttpUrl> plain(std::string_view text) {
  auto const secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(secure ? 8 : 7);
  auto const end = std::min({text.find('/'), text.find('?'), text.size()});
  auto const target = text.substr(end);
  auto port = text.substr(0, end);
  auto const host = take_until(port, ':');
  std::optional<HttpUrl> result(std::in_place);
  auto& url = *result;
  url.port = secure ? 443 : 80;
  if (host.size() < end && (!parse_number(port, url.port) || url.port == 0)) return std::nullopt;
  if (host.empty() || host.ends_with('.') || !std::ranges::all_of(host, is_plain_in_host) ||
      !std::ranges::all_of(target, is_plain_in_target) || target.find("/.") != target.npos)
    return std::nullopt;
  url.scheme = secure ? "https" : "http";
  url.host = host;
  if (!target.starts_with('/')) url.target = '/';
  url.target += target;
  return result;
}

void add_authority(std::string& text, HttpUrl const& url) {
  auto const literal = url.host.find(':') != url.host.npos;
  if (literal) text += '[';
  text += url.host;
  if (literal) text += ']';
  if (!url.usual_port()) text.append(1, ':').append(std::to_string(url.port));
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(std::string_view text, bool as_it_is) {
  if (text.empty()) return bad_url("the URL is empty");
  if (text.size() > longest) return bad_url("it is too long");
  if (auto url = plain(text)) return std::move(*url);
  if (std::ranges::any_of(text, ascii::is_control)) return bad_url("control characters");
  if (text.find(' ') != text.npos) return bad_url("a space; write it as %20");
  auto const bare = !has_scheme(text);
  if (auto const why = bare ? broken_scheme(text) : ""; !why.empty()) return bad_url(why);
  if (lacks_brackets(text)) return bad_url("write an IPv6 address in brackets: http://[::1]:80/");
  auto whole = (bare ? "http://" : "") + encoded(text, false);
  encode_authority(whole);
  auto const url = urls::parse_uri(whole);
  if (!url && text.find_first_of("[]") != text.npos && text.find("://[") == text.npos)
    return bad_url("a bracket; write it as %5B or %5D, for nothing is expanded");
  if (!url) return bad_url("it cannot be understood");
  auto result = take_apart(*url);
  if (result && !as_it_is) remove_dots(result->target);
  return result;
}

Result<HttpUrl> HttpUrl::resolve(std::string_view reference) const {
  if (reference.size() > longest || std::ranges::any_of(reference, ascii::is_control))
    return bad_url("control characters");
  auto here = text();
  encode_authority(here);
  auto const base = urls::parse_uri(here);
  auto whole = encoded(reference, true);
  encode_authority(whole);
  auto const relative = urls::parse_uri_reference(whole);
  if (!base || !relative) return bad_url("it cannot be understood");
  urls::url url;
  if (!urls::resolve(*base, *relative, url)) return bad_url("it leads nowhere");
  auto result = take_apart(url);
  if (result) remove_dots(result->target);  // Boost.URL 1.81 leaves those above the root
  if (result && result->fragment.empty()) result->fragment = fragment;
  return result;
}

std::string HttpUrl::authority() const {
  std::string text;
  add_authority(text, *this);
  return text;
}

std::string HttpUrl::text() const {
  std::string text;
  text.reserve(scheme.size() + host.size() + target.size() +
               std::string_view("://[]:65535").size());
  text.append(scheme).append("://");
  add_authority(text, *this);
  text += target;
  return text;
}

bool HttpUrl::same_origin(HttpUrl const& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

}  // namespace twx
