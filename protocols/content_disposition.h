// Public. The file name that a server proposes (RFC 6266), made safe to write to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace twx {

// The longest name that file systems take, in bytes.
inline constexpr std::size_t longest_file_name = 255;

// What the value of a Content-Disposition field calls the file, as it stands there: `filename*`
// (RFC 8187, percent-decoded, from UTF-8 or ISO-8859-1), where that is in order, otherwise
// `filename` with its quotes undone. Always valid UTF-8: bytes that are not are taken for
// ISO-8859-1. Lenient: the type may be missing, semicolons may be too many. Nothing where no name
// is given.
std::optional<std::string> disposition_name(std::string_view value);

// What follows the last slash or backslash of `name`, without control characters (C0, DEL, C1, and
// those that turn the direction of text) and cut to longest_file_name between two characters.
// Nothing where that is empty or begins with a dot. `name` is valid UTF-8, as from
// disposition_name.
std::optional<std::string> safe_file_name(std::string_view name);

}  // namespace twx
