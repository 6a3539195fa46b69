// Public. The dates of HTTP's fields: Last-Modified, Date, Retry-After, Expires.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace twx {

// All three forms of RFC 9110, section 5.6.7, and what looks like them; nothing for other text.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text);
// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date_text(std::chrono::sys_seconds time);

}  // namespace twx
