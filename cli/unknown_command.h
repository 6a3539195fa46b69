#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace twx {

// What a person is told whose first words, one at least, are no command: "there is no command
// 'ecoh'; did you mean 'serve echo'?".
std::string unknown_command(std::span<Command const* const>, std::span<char const* const> words);

// The same of "serve" and what followed it instead of the name of a server.
std::string unknown_name(std::span<Command const* const>, std::string_view group,
                         std::string_view word);

// The same of an option that stands before the command.
std::string option_before_command(std::string_view word);

// The first words of all commands, and the names that follow one of these.
std::vector<std::string_view> first_words(std::span<Command const* const>);
std::vector<std::string_view> names_in(std::span<Command const* const>, std::string_view group);

// "serve echo" of these words.
std::string joined_words(std::span<char const* const>);

}  // namespace twx
