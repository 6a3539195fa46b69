// What --help prints, made from a command's declaration; no line is wider than 80 columns as long
// as no single word is.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace twx {

// "twx serve echo ENDPOINT... [OPTION]..."
std::string usage(Command const&, Options const&);

// All that --help prints for a command.
std::string help_text(Command const&, Options const&);

// The names and summaries of those `commands` whose path begins with the word `group`; of all if it
// is empty. This is what twx prints that was told no command.
std::string list_text(std::span<Command const* const> commands, std::string_view group);

}  // namespace twx
