#pragma once

#include <string_view>
#include <system_error>

#include "cli/exit_status.h"

namespace twx {

// Writes all of `text`, with one write(2) if the system takes it at once, and waits where the
// descriptor does not block.
std::error_code write_all(int descriptor, std::string_view text);

// The same to stdout, and what that comes to. A reader that went away has seen what it wanted: then
// the outcome is SIGPIPE, without a message.
Outcome print(std::string_view text);

// The same to stderr, where nobody is left to be told of a failure.
void tell(std::string_view text);

}  // namespace twx
