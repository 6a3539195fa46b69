#include "reactor/datagram_message.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace twx {
namespace {

// Room for what both families say of one datagram.
union Control {
  char bytes[CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo))];
  cmsghdr aligned;
};

Address address_of(in_addr const& ip) {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr = ip;
  return Address::from(reinterpret_cast<sockaddr const*>(&inet), sizeof inet);
}

Address address_of(in6_addr const& ip, unsigned interface) {
  sockaddr_in6 inet{};
  inet.sin6_family = AF_INET6;
  inet.sin6_addr = ip;
  if (IN6_IS_ADDR_LINKLOCAL(&ip) || IN6_IS_ADDR_MC_LINKLOCAL(&ip)) inet.sin6_scope_id = interface;
  return Address::from(reinterpret_cast<sockaddr const*>(&inet), sizeof inet);
}

// Our own address is another than the destination where that stands for several hosts: so
// broadcasts are known. It is missing for what came before ask_for_destinations.
bool is_of_many(in_pktinfo const& info) {
  auto const destination = info.ipi_addr.s_addr;
  if (IN_MULTICAST(ntohl(destination)) || destination == INADDR_BROADCAST) return true;
  return info.ipi_spec_dst.s_addr != INADDR_ANY && info.ipi_spec_dst.s_addr != destination;
}

void take_ipv4(in_pktinfo const& info, bool both_families, Arrival& arrival) {
  auto const spelled = [both_families](in_addr const& ip) {
    return both_families ? address_of(ip).mapped() : address_of(ip);
  };
  arrival.destination = spelled(info.ipi_addr);
  arrival.sent_to_many = is_of_many(info);
  if (info.ipi_spec_dst.s_addr != INADDR_ANY) arrival.reply_source = spelled(info.ipi_spec_dst);
}

void take_ipv6(in6_pktinfo const& info, Arrival& arrival) {
  if (IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr)) return;  // told better by take_ipv4
  arrival.destination = address_of(info.ipi6_addr, info.ipi6_ifindex);
  arrival.sent_to_many = IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
  if (!arrival.sent_to_many) arrival.reply_source = arrival.destination;
}

template <class Info>
Info read_info(cmsghdr* header) {
  Info info{};
  std::memcpy(&info, CMSG_DATA(header), sizeof info);
  return info;
}

void take_control(msghdr& message, Arrival& arrival) {
  auto const both_families = arrival.from.family() == AF_INET6;
  for (auto* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO)
      take_ipv4(read_info<in_pktinfo>(each), both_families, arrival);
    if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO)
      take_ipv6(read_info<in6_pktinfo>(each), arrival);
  }
}

template <class Info>
void put_control(msghdr& message, Control& control, int level, int type, Info const& info) {
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(sizeof info);
  auto* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

void put_source(msghdr& message, Control& control, Address const& source) {
  sockaddr_storage storage{};
  source.copy_to(storage);
  if (source.family() == AF_INET) {
    in_pktinfo info{};
    info.ipi_spec_dst = reinterpret_cast<sockaddr_in&>(storage).sin_addr;
    put_control(message, control, IPPROTO_IP, IP_PKTINFO, info);
  } else if (source.family() == AF_INET6) {
    auto const& inet = reinterpret_cast<sockaddr_in6&>(storage);
    in6_pktinfo const info{inet.sin6_addr, inet.sin6_scope_id};
    put_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

}  // namespace

bool ask_for_destinations(int fd, int family) {
  int const on = 1;
  if (family != AF_INET && family != AF_INET6) return true;
  if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) < 0)
    return false;
  return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
}

ssize_t receive_datagram(int fd, std::span<std::byte> buffer, Arrival& arrival) {
  sockaddr_storage from{};
  Control control{};
  iovec piece{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  auto const size = recvmsg(fd, &message, MSG_TRUNC);
  if (size < 0) return -1;
  arrival = {};
  arrival.size = static_cast<std::size_t>(size);
  if (message.msg_namelen > sizeof(sa_family_t))
    arrival.from = Address::from(reinterpret_cast<sockaddr const*>(&from), message.msg_namelen);
  take_control(message, arrival);
  return static_cast<ssize_t>(std::min(arrival.size, buffer.size()));
}

int send_datagram(int fd, Bytes data, Address const* to, Address const* source) {
  sockaddr_storage name{};
  Control control{};
  iovec piece{const_cast<std::byte*>(data.data()), data.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (to) {
    message.msg_namelen = to->copy_to(name);
    message.msg_name = &name;
  }
  if (source) put_source(message, control, *source);
  return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

}  // namespace twx
