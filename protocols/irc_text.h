// Public. What people write on IRC as text that can be put into a file or shown: without colours,
// in UTF-8, without anything that moves a cursor, turns the direction or ends a line.
//
// visible.h does the like for a stream of bytes that go to a terminal; here a text is whole, has an
// encoding, and becomes UTF-8 whatever it was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace twx {

// How bytes are read.
enum class IrcEncoding : std::uint8_t {
  utf8_or_latin1,  // a text that is not UTF-8 is ISO 8859-1; one that is cut in its last character
                   // is UTF-8 up to there
  utf8,            // bytes that are not UTF-8 become U+FFFD each
  latin1,          // ISO 8859-1
};

// What becomes of a character that must not be shown as it is.
enum class IrcControls : std::uint8_t {
  escape,  // \xNN up to U+009F, \uNNNN above
  remove,
};

// All three append to `out`, so that one buffer serves for all lines.

// `text` without mIRC's formatting: bold 02, colour 03 and 04 with the digits that belong to them,
// reset 0F, monospace 11, reverse 16, italic 1D, struck out 1E, underlined 1F (hex). All other
// bytes stay.
void plain_text(std::string& out, std::string_view text);

// `text` in valid UTF-8. A tab becomes a space. These are escaped or removed: other control
// characters (C0, DEL, C1), U+2028 and U+2029, the bidirectional controls (U+061C, U+200E, U+200F,
// U+202A to U+202E, U+2066 to U+2069).
void printable_utf8(std::string& out, std::string_view text,
                    IrcEncoding encoding = IrcEncoding::utf8_or_latin1,
                    IrcControls controls = IrcControls::escape);

// First the one, then the other; quicker than both.
void printable_plain_text(std::string& out, std::string_view text,
                          IrcEncoding encoding = IrcEncoding::utf8_or_latin1,
                          IrcControls controls = IrcControls::escape);

}  // namespace twx
