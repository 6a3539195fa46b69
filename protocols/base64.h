// Internal to the library. Base64 (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace twx {

// With padding, without line ends.
std::string base64_encoded(std::string_view bytes);
// Nothing if it is not what base64_encoded could have made: a line end, a missing "=".
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace twx
