// Internal to the library. Characters in UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace twx {

// The length of the character that `text` begins with; 0 if it begins with none: no overlong form,
// no surrogate, nothing beyond U+10FFFF.
std::size_t utf8_length(std::string_view text);

// `text` is not empty and is the beginning of a character whose rest is missing.
bool is_cut_utf8(std::string_view text);

// Of a character of 1 to 4 bytes that utf8_length has found.
char32_t utf8_code_point(std::string_view character);

// Controls (C0, DEL, C1), the marks that turn the direction of what follows (UAX 9, section 2:
// U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) and the separators of lines and
// paragraphs.
bool is_unprintable(char32_t code_point);

// Appends one up to U+07FF.
void append_utf8(std::string& out, unsigned short_code_point);

}  // namespace twx
