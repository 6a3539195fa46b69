// The four forms; irc_log_format.h says how they look.
#pragma once

#include <memory>
#include <string_view>

#include "clients/irc_log_format.h"

namespace twx {

std::unique_ptr<IrcLogFormat> irc_log_plain(IrcLogStyle);
std::unique_ptr<IrcLogFormat> irc_log_jsonl(IrcLogStyle);
std::unique_ptr<IrcLogFormat> irc_log_irssi(IrcLogStyle);
std::unique_ptr<IrcLogFormat> irc_log_weechat(IrcLogStyle);

// What stands for the text of the event: its own, or that it is not logged.
std::string_view logged_text(IrcLogEvent const&);

}  // namespace twx
