// Internal to reactor/. One datagram in and out: recvmsg(2) and sendmsg(2) with the control data
// that carries local addresses (ip(7) IP_PKTINFO; RFC 3542, section 6).
#pragma once

#include <sys/types.h>

#include <span>

#include "reactor/address.h"
#include "reactor/bytes.h"

namespace twx {

struct Arrival {
  std::size_t size = 0;  // of the whole datagram, also of what the buffer had no room for
  Address from;
  Address destination;   // without a port; nowhere for unix sockets
  Address reply_source;  // what an answer is to leave from; nowhere: the system's choice
  bool sent_to_many = false;
};

// Asks the system to tell the destination of what arrives. True, or false and errno.
bool ask_for_destinations(int fd, int family);

// How many bytes of `buffer` were filled, or -1 and errno.
ssize_t receive_datagram(int fd, std::span<std::byte> buffer, Arrival&);

// `to` is nullptr on a connected socket, `source` where the system is to choose. Of the socket's
// family, both. 0 or the error.
int send_datagram(int fd, Bytes, Address const* to, Address const* source);

}  // namespace twx
