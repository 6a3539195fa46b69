// A line of one client, where others are to see it.
#pragma once

#include <string>
#include <string_view>

namespace twx {

// Control characters (C0 but for the tab, DEL, C1; so each CR, LF and escape sequence) become \xNN.
std::string shown_line(std::string_view line);

}  // namespace twx
