// The options that every command has.
#pragma once

#include <string>

#include "cli/command.h"

namespace twx {

// Their group.
inline constexpr char common_heading[] = "Common options";

struct CommonOptions {
  int verbose = 0;
  bool quiet = false;
  std::string log_format = "text";
  std::string color = "auto";
  bool help = false;
};

// Adds them to a command's own, which keep the names that they have taken: a common option has the
// names that are left, and is absent if there are none. `values` must outlive the parsing.
void declare_common(Options&, CommonOptions& values);

// From now on log() writes to stderr: errors always, warnings and notices unless quiet, info with
// -v, debug with -vv; one write(2) a line.
void install_log_sink(CommonOptions const&);

}  // namespace twx
