// Public. Text as JSON has it (RFC 8259, section 7).
#pragma once

#include <string>
#include <string_view>

namespace twx {

// `text` in quotes. Control characters become \u00XX; bytes that are no UTF-8 become U+FFFD, so
// that the result is valid whatever a peer has sent.
std::string json_string(std::string_view text);

}  // namespace twx
