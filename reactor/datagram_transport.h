// Public. DatagramTransport: what a datagram protocol sees of its socket, the same for UDP (RFC
// 768) and unix datagrams. A datagram arrives whole or not at all; it may be lost, doubled or
// overtaken.
#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/deferred.h"

namespace twx {

// How a datagram socket is made and read.
struct DatagramOptions {
  // Bytes that are taken of one datagram, at most 65,536; the rest of a longer one is cut off. UDP
  // carries up to 65,507 over IPv4 and 65,527 over IPv6, unix sockets more.
  std::size_t max_size = 65535;
  // listenMultiple: several sockets may have the same address and port if all of them say this.
  // What is sent to a group reaches each of them, anything else one.
  bool reuse_address = false;
  bool ipv6_only = false;  // the IPv6 wildcard takes IPv4 datagrams too, unless this is set
  // Memory for datagrams that wait until the system takes them, in bytes; beyond it they are
  // dropped.
  std::size_t queue_limit = 256 * 1024;
};
// Counts of one socket, from its start on; bytes are those of whole datagrams.
struct DatagramTraffic {
  std::uint64_t sent = 0;  // datagrams that the system has taken
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;  // datagrams handed to the protocol
  std::uint64_t received_bytes = 0;
  std::uint64_t dropped = 0;  // datagrams written that will never be sent
  std::uint64_t cut = 0;      // datagrams received that were longer than max_size
};

// No call here runs a callback of the protocol: what it causes comes in a later turn of the
// reactor. Owned by its reactor and valid until stop_protocol has returned. For use in the
// reactor's thread only.
class DatagramTransport {
 public:
  virtual ~DatagramTransport() = default;

  // Sends one datagram, which may be empty. It goes to the system inside this call; where that
  // takes none for now (EAGAIN) the datagram is copied and waits, in order, within queue_limit.
  // What does not leave at once and does not fit is dropped and counted, and a line of log tells,
  // once a second at most. Returns the error that kept the datagram from being sent:
  //   message_size                  longer than a datagram can be
  //   address_family_not_supported  `to` is no address of this socket's family; an IPv4 address is
  //                                 one for a socket that takes both
  //   destination_address_required  without `to` before connect()
  //   already_connected             `to` is another than the peer
  //   no_buffer_space               no room to wait in
  //   permission_denied             to a broadcast address before set_broadcast(true)
  //   bad_file_descriptor           after stop_listening()
  // or the system's own, such as network_unreachable. Success says nothing about arrival.
  //
  // Inside datagram_received an answer to the sender leaves from the address that it had asked,
  // also on a socket for all interfaces (RFC 1122, section 4.1.3.5).
  virtual std::error_code write(Bytes data, Address const& to) = 0;
  // From `source`, an address of this machine (its port is ignored): for answers that come later.
  // It is what destination() was.
  virtual std::error_code write(Bytes data, Address const& to, Address const& source) = 0;
  // To the peer, after connect().
  virtual std::error_code write(Bytes data) = 0;
  std::error_code write(std::string_view data, Address const& to) { return write(bytes(data), to); }
  std::error_code write(std::string_view data) { return write(bytes(data)); }
  // Bytes of datagrams that wait for the system. DatagramProtocol::resume_writing follows.
  virtual std::size_t unsent() const = 0;

  // Of the datagram in hand, inside datagram_received only: the address that it was sent to, with
  // the port of host(). Nowhere for unix sockets.
  virtual Address destination() const = 0;
  // It was sent to a broadcast or multicast address: one answer may be one of many.
  virtual bool sent_to_many() const = 0;

  // From now on only datagrams of `peer` are seen, and connection_refused may come. For UDP nothing
  // is sent. Fails with already_connected the second time, address_family_not_supported,
  // bad_file_descriptor, or the system's code.
  virtual Result<void> connect(Address const& peer) = 0;
  virtual Address peer() const = 0;  // nowhere unless connected
  // Where it is bound: a port asked for as 0 has its number. Kept after stop_listening.
  virtual Address host() const = 0;

  // Sends what the system takes of the datagrams that wait, drops the others, closes the socket and
  // removes the file of a unix socket. No datagram is received any more. Fires after stop_protocol,
  // in a later turn; at once if it was stopped before.
  virtual Deferred<void> stop_listening() = 0;
  virtual bool listening() const = 0;

  // Stops and restarts reading; what comes meanwhile waits in the system, as much as it has room
  // for.
  virtual void pause_producing() = 0;
  virtual void resume_producing() = 0;

  // Permits writing to broadcast addresses. Off at first.
  virtual void set_broadcast(bool) = 0;

  // Multicast (RFC 1112, RFC 3678). An interface is its name or one of its IP addresses; empty lets
  // the system choose by its routes. Joining and leaving fail with Error::cannot_join_group: not a
  // group, no such interface, joined twice, never joined.
  virtual Result<void> join_group(Address const& group, std::string_view interface = {}) = 0;
  virtual Result<void> leave_group(Address const& group, std::string_view interface = {}) = 0;
  // How many routers a datagram to a group may pass, less one; 0 keeps it on this machine. 1 at
  // first.
  virtual void set_multicast_ttl(std::uint8_t) = 0;
  // Whether what is sent to a group comes back to members on this machine. It does at first.
  virtual void set_multicast_loopback(bool) = 0;
  // Where datagrams to a group leave. Fails with the system's code.
  virtual Result<void> set_multicast_interface(std::string_view interface) = 0;

  virtual DatagramTraffic traffic() const = 0;
};

}  // namespace twx
