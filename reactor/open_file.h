// Internal to the library. What an open descriptor is, another for it, and all of a text into it.
#pragma once

#include <string>
#include <string_view>

#include "reactor/descriptor.h"

namespace twx {

bool is_regular_file(int fd);
// The same open file under a number of its own. None, and errno, where that cannot be.
Descriptor duplicate(int fd);
// Whether `path`, not followed if it is a link, is the name of that open file.
bool names(std::string const& path, int fd);
// Waits where the descriptor does not. False and errno where it fails.
bool write_whole(int fd, std::string_view text);

}  // namespace twx
