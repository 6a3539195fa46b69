// Internal to reactor/. Sockets that are bound to an address, and the files that unix sockets leave
// behind.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include "reactor/address.h"
#include "reactor/descriptor.h"

namespace twx {

struct BindOptions {
  int type = SOCK_STREAM;
  bool ipv6_only = false;
  bool reuse_address = true;
  bool reuse_port = false;
};

// A non-blocking socket, bound; none and errno. The wildcard takes both families, or IPv4 alone
// where the system has no IPv6.
Descriptor bound_socket(Address where, BindOptions const&);

// What the socket is bound to, and connected to; nowhere if it is not.
Address name_of(int fd);
Address peer_of(int fd);

// A unix socket's file outlives a killed server. It is stale, and removed, if nobody answers there.
void remove_stale_socket(Address const& where, int type);
// The inode of a socket's file, 0 if there is none.
ino_t file_of(Address const& where);
// Removes the file unless it is another's by now.
void remove_socket_file(Address const& where, ino_t file) noexcept;

}  // namespace twx
