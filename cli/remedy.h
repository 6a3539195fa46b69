// What a person can do about a failure to listen or to connect, where the system's message does not
// tell.
#pragma once

#include <string>

#include "reactor/endpoint.h"
#include "reactor/failure.h"

namespace twx {

// "; ports below 1024 ..." or "". `family` is AF_INET or AF_INET6 if only that one was asked for.
std::string remedy(Failure const&, Endpoint const&, int family);

}  // namespace twx
