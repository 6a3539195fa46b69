#pragma once

#include <string_view>

namespace twx {

// Shows `page`, in mdoc(7), on the terminal: this process goes on as man(1). Comes back only if
// there is none, or no memory for it.
void become_man(std::string_view page);

}  // namespace twx
