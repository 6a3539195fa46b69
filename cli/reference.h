#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace twx {

// All commands, their options, endpoints and exit statuses as one Markdown document: what --help
// says, to be read in a browser.
std::string reference(std::span<Command const* const> commands);

}  // namespace twx
