#pragma once

#include <span>
#include <string_view>

namespace twx {

// Whether text on `descriptor` is coloured: `choice` (of --color) decides unless it is "auto"; then
// NO_COLOR, CLICOLOR_FORCE, CLICOLOR=0 and TERM=dumb in this order, then whether it is a terminal.
bool wants_color(std::string_view choice, int descriptor);

// What --color says among these arguments, before anything is known to be right about them; "auto"
// if it says nothing.
std::string_view color_choice(std::span<char const* const> arguments);

}  // namespace twx
