// For whom a server's own certificate is made.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reactor/endpoint.h"

namespace twx {

// localhost, this host's name, the loopback addresses, and then the hosts of the endpoints, each
// once. Of an endpoint on all interfaces these are the addresses that this machine has now, those
// that are good on one link only (fe80::) left out; of an inherited socket its address.
std::vector<std::string> certificate_names(std::span<Endpoint const>);

}  // namespace twx
