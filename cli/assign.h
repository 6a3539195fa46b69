// Gives values to the options that they are meant for. Functions answer "" or what is wrong and
// what would be right, as Option::set does.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace twx {

// One value of an option, or "" for a flag.
struct Given {
  Option const* option;
  std::string value;
  bool unset = false;  // a flag as --no-X
};

// In the order of the command line. One that cannot be repeated must be given once, unless the
// last one counts.
std::string assign_options(std::vector<Given> const&, bool last_counts = false);

struct Misplaced {
  std::string wrong;       // "" if nothing is
  std::string_view value;  // what it is about; nothing: one that is missing
};
// `values` to the positionals, the required ones first: of "[HOST] PORT", one value is PORT.
Misplaced assign_positionals(Command const&, Options const&,
                             std::span<std::string_view const> values);

}  // namespace twx
