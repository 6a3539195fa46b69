#include "reactor/datagram_multicast.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>

#include "reactor/bound_socket.h"

namespace twx {
namespace {

// The interface that has this address; 0 if there is none.
unsigned interface_with(Address const& wanted) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) < 0) return 0;
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> const owned(first, &freeifaddrs);
  for (auto const* each = first; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != wanted.family()) continue;
    auto const size = wanted.family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    auto const address = Address::from(each->ifa_addr, static_cast<socklen_t>(size));
    if (address.host() == wanted.host()) return if_nametoindex(each->ifa_name);
  }
  return 0;
}

// 0 for the system's choice; nothing if there is no such interface.
std::optional<unsigned> index_of(std::string_view interface) {
  if (interface.empty()) return 0;
  auto index = if_nametoindex(std::string(interface).c_str());
  auto const address = index == 0 ? Address::ip(interface, 0) : std::nullopt;
  if (address) index = interface_with(*address);
  return index == 0 ? std::nullopt : std::optional(index);
}

}  // namespace

Result<void> change_membership(int fd, Membership change, Address const& group,
                               std::string_view interface) {
  auto const index = index_of(interface);
  group_req request{};
  if (group.family() == AF_INET || group.family() == AF_INET6) group.copy_to(request.gr_group);
  request.gr_interface = index.value_or(0);
  auto const level = group.family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  auto const join = change == Membership::join;
  errno = ENODEV;
  if (index && set_option(fd, level, join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, request))
    return {};
  auto const why = Failure::from_errno().message();
  return Failure::with_message(Error::cannot_join_group,
                               (join ? "join " : "leave ") + group.host() +
                                   (interface.empty() ? "" : " on " + std::string(interface)) +
                                   ": " + why);
}

Result<void> set_multicast_interface(int fd, int family, std::string_view interface) {
  auto const index = index_of(interface);
  auto const number = static_cast<int>(index.value_or(0));
  ip_mreqn ipv4{};
  ipv4.imr_ifindex = number;
  errno = ENODEV;
  if (index && set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, ipv4) &&
      (family != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, number)))
    return {};
  return Failure(std::error_code(errno, std::system_category()),
                 "multicast on " + std::string(interface));
}

// These cannot fail on an IP socket; others have no groups.
void set_multicast_ttl(int fd, int family, std::uint8_t hops) {
  set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, int{hops});
  if (family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, int{hops});
}

void set_multicast_loopback(int fd, int family, bool on) {
  set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, int{on});
  if (family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, int{on});
}

}  // namespace twx
