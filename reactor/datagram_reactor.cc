// The part of Reactor that is about endpoints of datagrams.
#include "reactor/reactor.h"

namespace twx {
namespace {

using Sockets = std::vector<DatagramTransport*>;

// Whether datagrams can be sent and received there.
Result<void> check(Endpoint const& where, std::string const& context) {
  if (!where.datagram())
    return Failure(std::make_error_code(std::errc::wrong_protocol_type), context);
  if (where.tls)
    return Failure::with_message(Error::tls_configuration,
                                 context + ": there is no TLS for datagrams");
  return {};
}

Result<Address> unix_address(Endpoint const& where) {
  if (auto address = Address::unix(where.path)) return *address;
  return Failure(std::make_error_code(std::errc::filename_too_long));
}

// On each of `addresses`, or on none: those already open are closed when one fails.
Result<Sockets> listen_on_all(Reactor& reactor, std::vector<Address> const& addresses,
                              DatagramFactory& build, DatagramOptions const& options) {
  Sockets sockets;
  for (auto address : addresses) {
    // Port 0 is chosen once, then the same for all.
    if (address.port() == 0 && !sockets.empty())
      address = address.with_port(sockets.front()->host().port());
    auto socket = reactor.listen_datagram(address, build(), options);
    if (!socket) {
      for (auto* const open : sockets) open->stop_listening().release();
      return socket.failure();
    }
    sockets.push_back(*socket);
  }
  return sockets;
}

Deferred<std::vector<Address>> addresses_of(Reactor& reactor, Endpoint const& where, int family) {
  return reactor.resolve(where.host, family)
      .add_callback([port = where.port](std::vector<Address> addresses) {
        for (auto& address : addresses) address = address.with_port(port);
        return addresses;
      });
}

template <class T>
Deferred<T> at_once(Result<T> result) {
  return result ? succeed(std::move(*result)) : fail<T>(result.failure());
}

}  // namespace

Result<DatagramTransport*> Reactor::listen_udp(std::uint16_t port,
                                               std::unique_ptr<DatagramProtocol> protocol,
                                               DatagramOptions options,
                                               std::string_view interface) {
  auto const address = interface.empty() ? Address::any(port) : Address::ip(interface, port);
  if (!address)
    return Failure(std::make_error_code(std::errc::invalid_argument),
                   "listen udp://" + std::string(interface));
  return listen_datagram(*address, std::move(protocol), options);
}

Deferred<Sockets> Reactor::listen_datagram(Endpoint const& where, DatagramFactory build,
                                           DatagramOptions options, int family) {
  auto const context = "listen " + where.to_string();
  if (auto fit = check(where, context); !fit) return fail<Sockets>(fit.failure());
  if (where.kind == Endpoint::Kind::unix_datagram) {
    auto const address = unix_address(where);
    if (!address) return fail<Sockets>(Failure(address.failure().code(), context));
    return at_once(listen_on_all(*this, {*address}, build, options));
  }
  if (where.host.empty()) {
    options.ipv6_only |= family == AF_INET6;
    auto const any = Address::any(where.port, family == AF_INET ? AF_INET : AF_INET6);
    return at_once(listen_on_all(*this, {any}, build, options));
  }
  return addresses_of(*this, where, family)
      .add_callbacks(
          [this, build = std::move(build), options](std::vector<Address> const& addresses) mutable {
            return listen_on_all(*this, addresses, build, options);
          },
          [context](Failure const& failure) -> Result<Sockets> {
            return Failure(failure.code(), context);
          });
}

Deferred<DatagramTransport*> Reactor::connect_datagram(Endpoint const& where,
                                                       std::unique_ptr<DatagramProtocol> protocol,
                                                       ConnectOptions options,
                                                       DatagramOptions datagram_options) {
  using Socket = DatagramTransport*;
  if (auto fit = check(where, "connect " + where.to_string()); !fit)
    return fail<Socket>(fit.failure());
  if (where.kind == Endpoint::Kind::unix_datagram) {
    auto const address = unix_address(where);
    if (!address) return fail<Socket>(address.failure());
    return at_once(
        connect_datagram({&*address, 1}, std::move(protocol), options, datagram_options));
  }
  auto addresses = addresses_of(*this, where, options.family);
  if (options.timeout)
    addresses = std::move(addresses)
                    .add_timeout(*options.timeout, *this)
                    .add_errback([](Failure const& failure) -> Result<std::vector<Address>> {
                      if (failure.code() == Error::timed_out) return Error::lookup_timeout;
                      return failure;
                    });
  return std::move(addresses).add_callback(
      [this, protocol = std::move(protocol), options = std::move(options),
       datagram_options](std::vector<Address> const& found) mutable {
        return connect_datagram(found, std::move(protocol), options, datagram_options);
      });
}

Deferred<DatagramTransport*> Reactor::connect_udp(std::string host, std::uint16_t port,
                                                  std::unique_ptr<DatagramProtocol> protocol,
                                                  ConnectOptions options) {
  return connect_datagram(Endpoint::udp(std::move(host), port), std::move(protocol),
                          std::move(options));
}

}  // namespace twx
