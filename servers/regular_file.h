// Files that a server reads while it serves.
#pragma once

#include <string>

#include "reactor/failure.h"

namespace twx {

// The whole file. Never waits for another program, as for the writer of a pipe: a failure if
// `path` names anything but a regular file, or one of more than 64 MiB.
Result<std::string> read_regular_file(std::string const& path);

}  // namespace twx
