// The manual, made from what commands declare, in mdoc(7).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/declared.h"

namespace twx {

struct ManPage {
  std::string name;  // "twx-serve-echo"
  int section = 1;
  std::string text;
};

// "twx-serve-echo" of "serve echo", "twx" of "".
std::string man_page_name(std::string_view path);

ManPage man_page(Declared const&);

// All that are made: of the program, of groups of commands, of each command, of topics. That of the
// library is written by hand.
std::vector<ManPage> man_pages(std::span<Command const* const> commands);

}  // namespace twx
