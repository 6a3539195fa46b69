#include "reactor/datagrams.h"

#include <cerrno>

#include "reactor/datagram_socket.h"
#include "reactor/loop.h"

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

Datagrams::Datagrams(Loop& loop) : loop_(loop) {}

Datagrams::~Datagrams() = default;

Result<DatagramTransport*> Datagrams::keep(Descriptor socket,
                                           std::unique_ptr<DatagramProtocol> protocol,
                                           DatagramOptions const& options) {
  auto owned = std::make_unique<DatagramSocket>(loop_, *this, std::move(socket),
                                                std::move(protocol), options);
  auto* const made = owned.get();
  if (auto opened = made->open(); !opened) return opened.failure();
  sockets_.emplace(made, std::move(owned));
  return made;
}

Result<DatagramTransport*> Datagrams::listen(Address const& where,
                                             std::unique_ptr<DatagramProtocol> protocol,
                                             DatagramOptions const& options) {
  if (where.is_unix()) remove_stale_socket(where, SOCK_DGRAM);
  auto socket = bound_socket(where, {.type = SOCK_DGRAM,
                                     .ipv6_only = options.ipv6_only,
                                     .reuse_address = options.reuse_address,
                                     .reuse_port = options.reuse_address});
  auto kept = socket ? keep(std::move(socket), std::move(protocol), options)
                     : Result<DatagramTransport*>(Failure::from_errno());
  if (kept) return kept;
  return Failure(kept.failure().code(), "listen " + where.datagram_uri());
}

Result<DatagramTransport*> Datagrams::connect(std::span<Address const> candidates,
                                              std::unique_ptr<DatagramProtocol> protocol,
                                              ConnectOptions const& options,
                                              DatagramOptions const& datagram_options) {
  errno = EDESTADDRREQ;  // if there is none
  for (auto const& peer : candidates)
    if (auto socket = connected_socket(peer, options))
      return keep(std::move(socket), std::move(protocol), datagram_options);
  return Failure::from_errno();
}

void Datagrams::stop_all() {
  for (auto const& [socket, owned] : sockets_) socket->stop_listening().release();
}

void Datagrams::finish_all() {
  auto const all = std::exchange(sockets_, {});
  for (auto const& [socket, owned] : all) socket->finish();
}

void Datagrams::ended(DatagramSocket& socket) noexcept {
  if (auto node = sockets_.extract(&socket)) loop_.bury(std::move(node.mapped()));
}

}  // namespace twx
