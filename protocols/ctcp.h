// Public. CTCP: what clients say to each other inside PRIVMSG and NOTICE (draft-oakley-irc-ctcp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace twx {

// Views of the text that it came in.
struct CtcpMessage {
  std::string_view command;    // as it was sent; clients send capitals
  std::string_view text = {};  // what follows the space behind it
};

// `text` of a PRIVMSG (a query) or a NOTICE (a reply) that begins with \x01; the last \x01 may be
// missing, as servers cut long lines, and what stands behind it is dropped. Nothing if it is plain
// text, or if there is no command.
std::optional<CtcpMessage> ctcp_message(std::string_view text);

// The text of a PRIVMSG or NOTICE that says so. \x01 in the parts is left out. No quoting: nobody
// undoes it.
std::string ctcp_text(std::string_view command, std::string_view text = {});

}  // namespace twx
