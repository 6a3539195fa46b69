// The arguments of one command. The only place that knows CLI11 is parse.cc.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "cli/command.h"
#include "cli/usage_error.h"

namespace twx {

struct Parsed {};     // every value was given to its option, and the checks hold
struct HelpAsked {};  // --help was among the arguments; no value was looked at
using ParseResult = std::variant<Parsed, HelpAsked, UsageError>;

// Gives the values in `args` (what follows the command's path) to the options, in the order of the
// command line and then the positionals. Options may follow positionals; "--" ends them.
// What is left for positionals goes to the required ones first: of "[HOST] PORT", one word is PORT.
ParseResult parse(Command const&, Options const&, std::span<char const* const> args);

// Of the CLI11 that parse.cc was compiled with.
std::string_view cli11_version();

}  // namespace twx
