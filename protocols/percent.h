// Public. Percent-encoding of what is put into URLs and forms (RFC 3986, section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace twx {

// Every byte but letters, digits and "-._~" as %XX, in capitals.
std::string percent_encoded(std::string_view text);
// The same with "+" for a space, as forms have it (application/x-www-form-urlencoded).
std::string form_encoded(std::string_view text);
// %XX undone; what is no two hexadecimal digits stays as it is.
std::string percent_decoded(std::string_view text);
// Of one hexadecimal digit, of either case; -1 of anything else.
int hex_value(char c);

}  // namespace twx
