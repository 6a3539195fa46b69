// Public. Masks: "nick!user@host" with wildcards, "*" for any text and "?" for any one byte.
#pragma once

#include <string>
#include <string_view>

#include "protocols/irc_case_mapping.h"

namespace twx {

// `text` is all of it what `mask` means. There are no escapes: "\" is a letter of nicks. Takes no
// memory; at most as many steps as the product of the two lengths, two or three times the text for
// masks as people write them.
bool irc_mask_matches(IrcCaseMapping, std::string_view mask, std::string_view text);

// What a person means who leaves parts out: "nick" becomes "nick!*@*", "*@host" "*!*@host", "a!b"
// "a!b@*"; a text with a dot or colon and none of ! and @ stays what it is: a server's name.
std::string irc_full_mask(std::string_view mask);

}  // namespace twx
