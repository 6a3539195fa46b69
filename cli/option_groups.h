// The options of a command under their headings, in the order in which help, manual and reference
// show them.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace twx {

struct OptionGroup {
  std::string heading;
  std::vector<Option const*> options;  // at least one; they point into the Options
};
// Arguments first, then the command's own options, then the others in the order of declaration.
std::vector<OptionGroup> option_groups(Options const&);

// What it is for, and whether it may be repeated where that is not seen otherwise.
std::string full_help(Option const&);

}  // namespace twx
