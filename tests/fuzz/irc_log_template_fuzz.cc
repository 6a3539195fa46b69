// A name that a peer chose is one safe part of a path, and names that differ stay different; so a
// template never leads anywhere but below its fixed folder.
//
// Input: template, network and channel, with FE between them.
#include <string>
#include <string_view>

#include "clients/irc_log_template.h"
#include "reactor/utf8.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

std::string check_name(std::string_view name) {
  auto const safe = safe_name(name);
  require(!safe.empty() && safe.size() <= 120, "it has a length that can be used");
  require(safe.find('/') == safe.npos && safe.front() != '.', "it is one part");
  for (std::string_view rest = safe; !rest.empty(); rest.remove_prefix(utf8_length(rest)))
    require(utf8_length(rest) > 0 && static_cast<unsigned char>(rest.front()) >= 0x20,
            "it is printable UTF-8");
  return safe;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto rest = Input(data, size).rest();
  auto const text = next_text(rest);
  auto const network = next_text(rest);
  auto const one = check_name(network);
  auto const other = check_name(rest);
  require((one == other) == (network == rest), "different names stay different");
  auto const parsed = IrcLogTemplate::parse(text);
  if (!parsed) return 0;
  std::tm date{};
  date.tm_mday = 1;
  auto const& path = *parsed;
  auto const expanded = path.expand(network, rest, date);
  auto const fixed = path.expand("", "", date).substr(0, path.fixed_folders());
  require(fixed.empty() || fixed.back() == '/', "folders end with a slash");
  require(expanded.substr(0, fixed.size()) == fixed, "the fixed part is fixed");
  return 0;
}
