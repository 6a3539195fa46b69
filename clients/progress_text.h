// The words of the progress line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/clock.h"

namespace twx {

// "512 B", "1.5 MiB": powers of 1024, at most ten characters.
std::string size_text(std::uint64_t bytes);
// "0:00:12": hours, minutes, seconds, rounded down; at most 999 hours.
std::string time_text(Duration);

// Cut to `columns` of a terminal, or filled up with spaces; a name that is cut ends with "...".
// `text` holds no control characters (see escaped); East Asian characters count as two columns.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace twx
