#pragma once

#include <string_view>

namespace twx {

// Whether text on `descriptor` is coloured: `choice` (of --color) decides unless it is "auto"; then
// NO_COLOR, CLICOLOR_FORCE, CLICOLOR=0 and TERM=dumb in this order, then whether it is a terminal.
bool wants_color(std::string_view choice, int descriptor);

}  // namespace twx
