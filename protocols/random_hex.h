// Internal to protocols/. Text that nobody can guess.
#pragma once

#include <cstddef>
#include <string>

namespace twx {

// Two lower-case hexadecimal digits for each of `bytes` bytes of the system's random source. Throws
// std::system_error if that fails.
std::string random_hex(std::size_t bytes);

}  // namespace twx
