// The Authorization field of a login by name and password (RFC 7617).
#pragma once

#include <string>
#include <string_view>

namespace twx {

// "Basic" and the two in base64; in UTF-8, as they stand.
std::string basic_login(std::string_view user, std::string_view password);

}  // namespace twx
