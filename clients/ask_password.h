// A password, from the person at the terminal.
#pragma once

#include <string>

#include "reactor/failure.h"

namespace twx {

// Asks on the terminal, whatever standard input is, and shows nothing of what is typed. Fails with
// Error::cannot_read where there is no terminal.
Result<std::string> ask_password(std::string const& question);

}  // namespace twx
