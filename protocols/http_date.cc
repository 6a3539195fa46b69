#include "protocols/http_date.h"

#include "protocols/http_cookie_date.h"

namespace twx {

// What servers get wrong in cookies they get wrong here too.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text) {
  return cookie_date(text);
}

}  // namespace twx
