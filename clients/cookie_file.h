// A file that holds cookies: read whole, replaced whole.
#pragma once

#include <string>
#include <string_view>

#include "reactor/failure.h"

namespace twx {

// All of it; "-" is standard input. A file that does not exist holds nothing: it may be written at
// the end. Fails with Error::cannot_read.
Result<std::string> read_cookie_file(std::string const& path);
// Writes a new file beside it, which only the user can read, and puts it in the place of the old
// one, whose mode it takes over. Whatever fails, the old one is as it was. A device or a pipe is
// written to. Fails with Error::cannot_write.
Result<void> write_cookie_file(std::string const& path, std::string_view text);

}  // namespace twx
