// What --help prints, made from a command's declaration; no line is wider than 80 columns as long
// as no single word is.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/columns.h"
#include "cli/command.h"

namespace twx {

// "twx serve echo ENDPOINT... [OPTION]..."
std::string usage(Command const&, Options const&);

// All that --help prints for a command.
std::string help_text(Command const&, Options const&);

// The names and summaries of those `commands` whose path begins with the word `group`; of all if it
// is empty. This is what twx prints that was told no command.
std::string list_text(std::span<Command const* const> commands, std::string_view group);

// The table of exit statuses, with what an end by a signal gives.
std::vector<Row> exit_status_rows();

// Whether one of the arguments is an endpoint, so that their description is worth a look.
bool takes_endpoints(Options const&);

}  // namespace twx
