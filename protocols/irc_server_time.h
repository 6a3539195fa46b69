// Public. The time that a server says a message was sent at (IRCv3 server-time).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace twx {

// In UTC.
using IrcTime = std::chrono::sys_time<std::chrono::milliseconds>;

// "2011-10-19T16:40:51.620Z", also with no fraction or a longer one. A leap second is the second
// after it. Nothing if it is not in that form.
std::optional<IrcTime> irc_server_time(std::string_view text);

}  // namespace twx
