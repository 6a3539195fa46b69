#include "protocols/http_date.h"

#include <cstdio>
#include <ctime>

#include "protocols/http_cookie_date.h"

namespace twx {

// What servers get wrong in cookies they get wrong here too.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text) {
  return cookie_date(text);
}

std::string http_date_text(std::chrono::sys_seconds time) {
  constexpr char const* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr char const* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto const seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday],
                parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
  return text;
}

}  // namespace twx
