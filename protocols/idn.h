// Internal to protocols/. Host names in other scripts as DNS has them (UTS 46, RFC 5891).
#pragma once

#include <string>

#include "reactor/failure.h"

namespace twx {

// "xn--" labels for those of `host` that are not ASCII; UTF-8 in, non-transitional, and nothing
// else is tried where that fails (CVE-2016-8625): HttpError::bad_url.
Result<std::string> idn_to_ascii(std::string const& host);

}  // namespace twx
