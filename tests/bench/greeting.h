// The quote of the connection-rate benchmark, as `twx serve qotd` sends it by default.
#pragma once

#include <string_view>

namespace bench {

inline constexpr std::string_view greeting = "An apple a day keeps the doctor away\r\n";

}  // namespace bench
