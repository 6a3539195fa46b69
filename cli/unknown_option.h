#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace twx {

// What a person is told who gave this word for an option: "there is no option '--tsl'; did you mean
// '--tls'?". What was meant is looked for among the spellings of other tools, the positionals, the
// options, and those of other commands, in this order.
std::string unknown_option(Command const&, Options const&, std::string_view word);

}  // namespace twx
