// --report json: what is known about a transfer, as one line of JSON.
#pragma once

#include <string>

#include "clients/fetch_result.h"

namespace twx {

// One object (RFC 8259) and a newline; docs/fetch-report.md lists its members. It is valid whatever
// the server has sent: bytes that are no UTF-8 become U+FFFD. URLs are shown without login.
std::string fetch_report(FetchResult const&);

// `url` without the user and password that stand before its host.
std::string without_login(std::string_view url);

}  // namespace twx
