#pragma once

#include <string>

namespace twx {

// "twx VERSION", and on a line of its own the versions of the libraries it was compiled with.
std::string version_text();

}  // namespace twx
