#include "reactor/bound_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <string>

#include "reactor/log.h"
#include "reactor/open_file.h"

namespace twx {
namespace {

bool prepare(int fd, Address const& where, BindOptions const& options) {
  // What the system makes for a socket has the mode of the socket, less the umask (bind(2)).
  if (where.is_unix()) return !options.mode || fchmod(fd, *options.mode) == 0;
  if (options.reuse_address && !set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  if (options.reuse_port && !set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
  auto const only = options.ipv6_only || !(where == Address::any(where.port()));
  return where.family() != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, int{only});
}

bool has_file(Address const& where) {
  return where.is_unix() && !where.host().empty() && !where.host().starts_with('@');
}

bool bind_to(int fd, Address const& where, BindOptions const& options) {
  sockaddr_storage storage{};
  auto const size = where.copy_to(storage);
  if (bind(fd, reinterpret_cast<sockaddr*>(&storage), size) < 0) return false;
  // What the umask has taken away.
  if (!options.mode || !has_file(where) || chmod(where.host().c_str(), *options.mode) == 0)
    return true;
  auto const error = errno;
  static_cast<void>(unlink(where.host().c_str()));  // the other error is told
  errno = error;
  return false;
}

Address ask(int (*call)(int, sockaddr*, socklen_t*) noexcept, int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  return call(fd, address, &size) < 0 ? Address() : Address::from(address, size);
}

}  // namespace

Descriptor bound_socket(Address where, BindOptions const& options) {
  auto const type = options.type | SOCK_NONBLOCK | SOCK_CLOEXEC;
  auto fd = socket(where.family(), type, 0);
  if (fd < 0 && errno == EAFNOSUPPORT && !options.ipv6_only &&
      where == Address::any(where.port())) {
    where = Address::any(where.port(), AF_INET);
    fd = socket(AF_INET, type, 0);
  }
  if (fd < 0 || (prepare(fd, where, options) && bind_to(fd, where, options))) return Descriptor(fd);
  auto const error = errno;
  close(fd);
  errno = error;
  return {};
}

Address name_of(int fd) { return ask(&getsockname, fd); }

Address peer_of(int fd) { return ask(&getpeername, fd); }

PathLock::PathLock(Address const& where) {
  if (!has_file(where)) return;
  path_ = where.host() + ".lock";
  error_ = lock();
  if (error_ != 0) file_.reset();
}

PathLock::~PathLock() {
  // While it is locked: the next one that locks it sees that it is no longer there.
  if (file_) static_cast<void>(unlink(path_.c_str()));
}

int PathLock::lock() {
  constexpr auto flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (;;) {
    file_ = Descriptor(open(path_.c_str(), flags, 0600));
    if (!file_) return errno;
    if (flock(file_.get(), LOCK_EX | LOCK_NB) < 0) return errno == EWOULDBLOCK ? EADDRINUSE : errno;
    if (names(path_, file_.get())) return 0;
    // It was removed between the two calls by the one that had it; the next is another.
  }
}

void remove_stale_socket(Address const& where, int type) {
  struct stat status{};
  auto const path = where.host();
  if (!has_file(where) || lstat(path.c_str(), &status) < 0) return;
  if (!S_ISSOCK(status.st_mode)) return;
  Descriptor const probe(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return;
  sockaddr_storage storage{};
  auto const size = where.copy_to(storage);
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (connect(probe.get(), address, size) < 0 && errno == ECONNREFUSED)
    static_cast<void>(unlink(path.c_str()));  // bind tells if it is still there
}

ino_t file_of(Address const& where) {
  struct stat status{};
  auto const path = where.host();
  if (!where.is_unix() || path.starts_with('@') || lstat(path.c_str(), &status) < 0) return 0;
  return status.st_ino;
}

void remove_socket_file(Address const& where, ino_t file) noexcept {
  try {
    if (file != 0 && file_of(where) == file)
      static_cast<void>(unlink(where.host().c_str()));  // it may be gone, or not ours to remove
  } catch (std::bad_alloc const&) {
    log(Level::warning, "a socket's file is left behind: no memory for its path");
  }
}

}  // namespace twx
