// Why a word stands where none belongs, or none where one does: it was torn from a value, or taken
// for one.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/assign.h"
#include "cli/command.h"

namespace twx {

// The option that has the next word for its value: "--name", or the q of "-vq"; else nullptr.
Option const* awaiting_value(Options const&, std::string_view word);

// "--drain: a time is one word ..." if there is a time or size without its unit before the word
// that is this unit; else "".
std::string torn_value(Options const&, std::span<std::string_view const> words);

// "; put a value of several words in quotes: ..." if `word` comes behind the value of a text; or
// "".
std::string unquoted_value(Options const&, std::span<std::string_view const> words,
                           std::string_view word);

// "; 'x' is the value of --output", for a command line with no positional at all; or "". `any`:
// also if it does not look like one.
std::string swallowed_word(std::span<Given const>, bool any);

}  // namespace twx
