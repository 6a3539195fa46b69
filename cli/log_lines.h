// Log events as lines on stderr.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "reactor/log.h"

namespace twx {

// "twx: MESSAGE\n"; with `color`, the prefix of an error is red and that of a warning yellow.
std::string text_line(Level, std::string_view message, bool color);

// {"time":"2026-01-01T00:00:00.000Z","level":"info","message":"..."} and a newline. The time is
// UTC. Bytes that are no UTF-8 become U+FFFD.
std::string json_line(Level, std::string_view message, std::chrono::system_clock::time_point);

}  // namespace twx
