// Internal to reactor/. Multicast options of a socket (ip(7), ipv6(7), RFC 3678). An interface is
// its name or one of its IP addresses; empty is the system's choice. `family` is the socket's: one
// for IPv6 that takes IPv4 too has the options of both.
#pragma once

#include <cstdint>
#include <string_view>

#include "reactor/address.h"
#include "reactor/failure.h"

namespace twx {

enum class Membership { join, leave };

Result<void> change_membership(int fd, Membership, Address const& group,
                               std::string_view interface);
Result<void> set_multicast_interface(int fd, int family, std::string_view interface);
void set_multicast_ttl(int fd, int family, std::uint8_t hops);
void set_multicast_loopback(int fd, int family, bool on);

}  // namespace twx
