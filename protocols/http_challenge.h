// Public. What a server wants to be told before it answers: the challenges in WWW-Authenticate and
// Proxy-Authenticate (RFC 9110, section 11).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/http.h"

namespace twx {

struct HttpChallenge {
  std::string scheme;     // "Basic", in the server's own case
  std::string token;      // of a scheme that has one in place of parameters; else empty
  HttpFields parameters;  // with quotes and escapes undone
};

// All of them, in their order, from all fields of that name. What breaks the grammar is left out.
std::vector<HttpChallenge> challenges(HttpFields const& fields, std::string_view name);

// The first of that scheme; nullptr if there is none. Valid as long as the list.
HttpChallenge const* find_challenge(std::vector<HttpChallenge> const&, std::string_view scheme);

// In double quotes, with what needs it escaped (RFC 9110, section 5.6.4).
std::string quoted_string(std::string_view text);

}  // namespace twx
