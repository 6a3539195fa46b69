// Internal to the library. A time as programs exchange it.
#pragma once

#include <chrono>
#include <string>

namespace twx {

// "2011-10-19T16:40:51.620Z" (RFC 3339), always with three digits behind the point.
std::string utc_text(std::chrono::sys_time<std::chrono::milliseconds>);

}  // namespace twx
