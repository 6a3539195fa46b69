// What is written where an endpoint belongs by who knows other tools: URLs, socat's addresses,
// Twisted's descriptions.
#pragma once

#include <string>
#include <string_view>

namespace twx {

// "'TCP:host:80' is no endpoint: write tcp://host:80"; "" for what Endpoint::parse is to judge.
// `serving`: it says where to listen.
std::string foreign_endpoint(std::string_view text, bool serving);

}  // namespace twx
