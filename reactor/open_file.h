// Internal to the library. What an open descriptor is, and all of a text into it.
#pragma once

#include <string>
#include <string_view>

namespace twx {

bool is_regular_file(int fd);
// Whether `path`, not followed if it is a link, is the name of that open file.
bool names(std::string const& path, int fd);
// Waits where the descriptor does not. False and errno where it fails.
bool write_whole(int fd, std::string_view text);

}  // namespace twx
