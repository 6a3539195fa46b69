// What options of twx fetch read before anything is sent: files, and standard input.
#pragma once

#include <string>

#include "reactor/failure.h"

namespace twx {

// All of a file's bytes, of standard input's where it is "-". Error::cannot_read names it.
Result<std::string> fetch_input(std::string const& file);

}  // namespace twx
