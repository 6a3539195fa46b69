// What can be parsed prints, and that parses again to the same; neither target nor authority ever
// holds a control character or a space. The same for where a Location leads. A scheme in capitals,
// with which no URL is a plain one, changes nothing.
//
// Input: a URL; behind a line end, a Location.
#include <algorithm>
#include <string>
#include <string_view>

#include "protocols/http_url.h"
#include "reactor/ascii.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

bool visible(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

void check(HttpUrl const& url) {
  require(url.scheme == "http" || url.scheme == "https", "a scheme that is fetched");
  require(visible(url.target) && url.target.front() == '/', "a clean target");
  require(url.target.find('#') == url.target.npos, "no fragment in the target");
  require(visible(url.authority()), "a clean authority");
  require(url.authority().find_first_of("/?#@\\") == std::string::npos,
          "nothing but host and port");
  require(url.port != 0 && !url.host.empty(), "a host and a port");
  auto again = HttpUrl::parse(url.text());
  require(static_cast<bool>(again), "what is printed can be parsed");
  require(again->text() == url.text() && again->same_origin(url) && again->target == url.target,
          "and is the same");
}

std::string described(std::string_view text) {
  auto url = HttpUrl::parse(text);
  return url ? url->text() + " " + url->user + " " + url->password + " " + url->fragment
             : url.failure().message();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const all = Input(data, size).rest();
  auto const end = std::min(all.find('\n'), all.size());
  auto url = HttpUrl::parse(all.substr(0, end));
  for (std::string_view const scheme : {"http", "https"})
    if (all.starts_with(std::string(scheme) + "://")) {
      auto capitals = std::string(all.substr(0, end));
      std::ranges::transform(scheme, capitals.begin(), ascii::upper);
      require(described(capitals) == described(all.substr(0, end)), "capitals change nothing");
    }
  if (!url) return 0;
  check(*url);
  if (end == all.size()) return 0;
  if (auto const next = url->resolve(all.substr(end + 1))) check(*next);
  return 0;
}
