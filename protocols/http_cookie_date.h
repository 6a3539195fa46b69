// Internal to protocols/. The dates of cookies, which follow no standard but RFC 6265's.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace twx {

// RFC 6265, section 5.1.1: anything that holds a time, a day, a month's name and a year.
std::optional<std::chrono::sys_seconds> cookie_date(std::string_view text);

}  // namespace twx
