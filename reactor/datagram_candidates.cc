#include "reactor/datagram_candidates.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "reactor/bound_socket.h"

namespace twx {
namespace {

// An autobound name, so that a unix socket can be answered (unix(7)).
Address unnamed() {
  sockaddr const nothing{.sa_family = AF_UNIX, .sa_data = {}};
  return Address::from(&nothing, sizeof(sa_family_t));
}

// What a socket that is to be connected to `peer` is bound to.
Address own_address(Address const& peer, ConnectOptions const& options) {
  if (options.bind) return *options.bind;
  return peer.is_unix() ? unnamed() : Address::any(options.bind_port, peer.family());
}

// None and errno.
Descriptor connected_socket(Address const& peer, ConnectOptions const& options) {
  auto const own = own_address(peer, options);
  if (own.family() != peer.family()) {
    errno = EAFNOSUPPORT;
    return {};
  }
  auto socket = bound_socket(own, {.type = SOCK_DGRAM, .ipv6_only = true, .reuse_address = false});
  if (!socket) return {};
  sockaddr_storage storage{};
  auto const size = peer.copy_to(storage);
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0) return socket;
  auto const error = errno;
  socket.reset();
  errno = error;
  return {};
}

}  // namespace

Descriptor DatagramCandidates::next() {
  errno = EDESTADDRREQ;  // if there is none
  while (more())
    if (auto socket = connected_socket(all_[next_++], options_)) return socket;
  return {};
}

bool DatagramCandidates::hold(Bytes data) noexcept {
  if (held_.count() == most_datagrams || held_.bytes() + data.size() > most_bytes) return false;
  try {
    return held_.push(data, nullptr, nullptr);
  } catch (std::bad_alloc const&) {
    return false;
  }
}

}  // namespace twx
