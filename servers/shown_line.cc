#include "servers/shown_line.h"

#include <algorithm>

#include "reactor/visible.h"

namespace twx {
namespace {

bool is_plain(std::string_view line) {
  return std::ranges::all_of(line, [](char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; });
}

}  // namespace

std::string shown_line(std::string_view line) {
  if (is_plain(line)) return std::string(line);
  std::string shown;
  for (;;) {
    auto const tab = std::min(line.find('\t'), line.size());
    shown += escaped(line.substr(0, tab));
    if (tab == line.size()) return shown;
    shown += '\t';
    line.remove_prefix(tab + 1);
  }
}

}  // namespace twx
