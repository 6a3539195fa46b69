// Internal to the library. What RFC 9110 calls the parts of a message, and words of any case.
#pragma once

#include <string_view>

#include "reactor/ascii.h"

namespace twx {

class HttpFields;

// Section 5.6.2.
bool is_token_char(char c);
bool is_token(std::string_view word);

// Section 5.5: no control characters but tabs.
constexpr bool is_field_char(char c) { return c == '\t' || !ascii::is_control(c); }
bool is_field_text(std::string_view value);

// RFC 9112, section 5.2: goes on with the value before.
constexpr bool is_folded(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}
// What one line, without its end, of a head or a trailer says (RFC 9112, section 5). False where
// it is no field: then one without a name is added.
bool add_field_line(HttpFields&, std::string_view line);

// Section 9.2.2: may be sent again where it is not known whether it has arrived.
bool is_idempotent(std::string_view method);

// As same_word does.
bool starts_with_word(std::string_view text, std::string_view word);
bool ends_with_word(std::string_view text, std::string_view word);

}  // namespace twx
