#include "reactor/datagrams.h"

#include "reactor/datagram_candidates.h"
#include "reactor/datagram_socket.h"
#include "reactor/loop.h"

namespace twx {

Datagrams::Datagrams(Loop& loop) : loop_(loop) {}

Datagrams::~Datagrams() = default;

Result<DatagramTransport*> Datagrams::keep(Descriptor socket,
                                           std::unique_ptr<DatagramProtocol> protocol,
                                           DatagramOptions const& options,
                                           std::unique_ptr<DatagramCandidates> candidates) {
  auto owned = std::make_unique<DatagramSocket>(loop_, *this, std::move(socket),
                                                std::move(protocol), options);
  auto* const made = owned.get();
  if (auto opened = made->open(); !opened) return opened.failure();
  if (candidates && candidates->more()) made->set_candidates(std::move(candidates));
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
  auto kept = socket ? keep(std::move(socket), std::move(protocol), options, {})
                     : Result<DatagramTransport*>(Failure::from_errno());
  if (kept) return kept;
  return Failure(kept.failure().code(), "listen " + where.datagram_uri());
}

Result<DatagramTransport*> Datagrams::connect(std::span<Address const> candidates,
                                              std::unique_ptr<DatagramProtocol> protocol,
                                              ConnectOptions const& options,
                                              DatagramOptions const& datagram_options) {
  auto all = std::make_unique<DatagramCandidates>(candidates, options);
  auto socket = all->next();
  if (!socket) return Failure::from_errno();
  return keep(std::move(socket), std::move(protocol), datagram_options, std::move(all));
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
