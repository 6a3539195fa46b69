// Whatever stands in a netrc file, a login that is found stands in it, and one that is asked for by
// its user is that user's.
//
// Input: the file.
#include <string>
#include <string_view>

#include "clients/netrc.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

// Words without quotes stand in the file as they are.
void check(std::string_view file, std::string_view word) {
  auto const quoted = file.find('"') != file.npos;
  require(quoted || file.find(word) != file.npos, "it stands in the file");
  require(word.size() <= file.size(), "nothing is made up");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const file = Input(data, size).rest();
  auto const netrc = Netrc::parse(file);
  if (!netrc) return require(file.find('"') != file.npos, "only quotes can be wrong"), 0;
  for (auto const* const host : {"a", "example.org"}) {
    auto const login = (*netrc).find(host);
    if (!login) continue;
    check(file, login->user);
    if (login->password) check(file, *login->password);
    if (login->user.empty()) continue;
    auto const again = (*netrc).find(host, login->user);
    require(again.has_value() && again == login, "by its user it is found again");
  }
  auto const other = (*netrc).find("a", "u");
  require(!other || other->user == "u", "nobody else's");
  return 0;
}
