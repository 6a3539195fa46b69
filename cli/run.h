#pragma once

#include <span>

#include "cli/command.h"

namespace twx {

// Does what the command line asks for and returns the exit status; ends the program by a signal if
// that is how the command ended. `args` are without the program's name.
int run(std::span<Command const* const> commands, std::span<char const* const> args);

}  // namespace twx
