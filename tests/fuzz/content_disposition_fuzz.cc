// Whatever a server proposes, what comes out is a name in this folder: short, visible, without a
// dot in front, and the same once more.
//
// Input: the value of a Content-Disposition field.
#include "protocols/content_disposition.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

bool hidden(unsigned char c) { return c < 0x20 || c == 0x7f || c == '/' || c == '\\'; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const proposed = disposition_name(Input(data, size).rest());
  if (!proposed) return 0;
  auto const safe = safe_file_name(*proposed);
  if (!safe) return 0;
  require(!safe->empty() && safe->size() <= longest_file_name, "a length that file systems take");
  require(safe->front() != '.', "no dot in front");
  require(std::ranges::none_of(*safe, hidden), "no folder, no control character");
  require(safe_file_name(*safe) == safe, "the same once more");
  auto const again = disposition_name("attachment; filename=\"" + *safe);
  require(safe->find('"') != safe->npos || again == safe, "valid UTF-8");
  return 0;
}
