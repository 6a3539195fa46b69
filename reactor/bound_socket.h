// Internal to reactor/. Sockets that are bound to an address, and the files that unix sockets leave
// behind.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "reactor/address.h"
#include "reactor/descriptor.h"

namespace twx {

struct BindOptions {
  int type = SOCK_STREAM;
  bool ipv6_only = false;
  bool reuse_address = true;
  bool reuse_port = false;
  std::optional<mode_t> mode = {};  // of a unix socket's file; nothing: as the umask says
};

// A non-blocking socket, bound; none and errno. The wildcard takes both families, or IPv4 alone
// where the system has no IPv6. A unix socket's file has its mode before anybody could connect.
Descriptor bound_socket(Address where, BindOptions const&);

// False and errno where it fails.
template <class Value>
bool set_option(int fd, int level, int option, Value const& value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// What the socket is bound to, and connected to; nowhere if it is not.
Address name_of(int fd);
Address peer_of(int fd);

// Held by a server while it takes the path of a unix socket, from looking for a stale file to
// listening: before it listens its file looks stale to others. A file beside it, PATH.lock, mode
// 0600, locked with flock(2) and removed at the end. One that a killed server has left means
// nothing. Nothing for other addresses.
class PathLock {
 public:
  explicit PathLock(Address const&);
  ~PathLock();
  PathLock(PathLock const&) = delete;
  PathLock& operator=(PathLock const&) = delete;

  // 0, or why it is not held; EADDRINUSE: another server is taking the path just now.
  int error() const { return error_; }

 private:
  int lock();

  std::string path_;
  Descriptor file_;
  int error_ = 0;
};

// A unix socket's file outlives a killed server. It is stale, and removed, if nobody answers there.
void remove_stale_socket(Address const& where, int type);
// The inode of a socket's file, 0 if there is none.
ino_t file_of(Address const& where);
// Removes the file unless it is another's by now.
void remove_socket_file(Address const& where, ino_t file) noexcept;

}  // namespace twx
