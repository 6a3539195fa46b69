#include "reactor/reactor.h"

#include <csignal>
#include <stdexcept>

namespace twx {
namespace {

using Ports = std::vector<ListeningPort*>;

// On each of `addresses`, or on none: those already open are closed when one fails.
Result<Ports> listen_on_all(Reactor& reactor, std::vector<Address> const& addresses,
                            std::shared_ptr<Factory> const& factory, ListenOptions const& options) {
  Ports ports;
  for (auto address : addresses) {
    // Port 0 is chosen once, then the same for all.
    if (address.port() == 0 && !ports.empty())
      address = address.with_port(ports.front()->host().port());
    auto port = reactor.listen(address, factory, options);
    if (!port) {
      for (auto* const open : ports) reactor.forget(*open);
      return port.failure();
    }
    ports.push_back(*port);
  }
  return ports;
}

Result<Ports> as_list(Result<ListeningPort*> port) {
  if (!port) return port.failure();
  return Ports{*port};
}

// An endpoint that wants TLS is never served without.
Result<void> secure(Endpoint const& where, ListenOptions& options) {
  if (!where.tls || options.tls) return {};
  auto context = TlsContext::server(*where.tls);
  if (!context) return context.failure();
  options.tls = std::move(*context);
  return {};
}

[[noreturn]] void not_hosted() {
  throw std::logic_error("this reactor does not run on another loop");
}

}  // namespace

void Reactor::start(Function<void()>) { not_hosted(); }
int Reactor::descriptor() const { not_hosted(); }
std::optional<Time> Reactor::turn_due() const { not_hosted(); }
bool Reactor::take_turn() { not_hosted(); }

Deferred<Ports> Reactor::listen(Endpoint const& where, std::shared_ptr<Factory> factory,
                                ListenOptions options, int family) {
  options.backlog = where.backlog.value_or(options.backlog);
  if (where.mode) options.mode = where.mode;
  if (auto secured = secure(where, options); !secured) return fail<Ports>(secured.failure());
  auto const at_once = [](Result<Ports> ports) {
    return ports ? succeed(std::move(*ports)) : fail<Ports>(ports.failure());
  };
  if (where.kind == Endpoint::Kind::fd)
    return at_once(as_list(listen_descriptor(where.fd, std::move(factory), options)));
  if (where.kind == Endpoint::Kind::unix)
    return at_once(as_list(listen_unix(where.path, std::move(factory), options)));
  if (where.datagram())
    return fail<Ports>(Failure(std::make_error_code(std::errc::wrong_protocol_type),
                               "listen " + where.to_string()));
  if (where.host.empty()) {
    options.ipv6_only |= family == AF_INET6;
    auto const any = Address::any(where.port, family == AF_INET ? AF_INET : AF_INET6);
    return at_once(as_list(listen(any, std::move(factory), options)));
  }
  return resolve(where.host, family)
      .add_callback([this, where, factory, options](std::vector<Address> addresses) {
        for (auto& address : addresses) address = address.with_port(where.port);
        return listen_on_all(*this, addresses, factory, options);
      })
      .add_errback([name = where.to_string()](Failure failure) -> Result<Ports> {
        if (failure.is(Error::name_not_found) || failure.is(Error::name_lookup_failed))
          return Failure(failure.code(), "listen " + name);
        return failure;
      });
}

Result<ListeningPort*> Reactor::listen_tcp(std::uint16_t port, std::shared_ptr<Factory> factory,
                                           ListenOptions options, std::string_view interface) {
  auto const address = interface.empty() ? Address::any(port) : Address::ip(interface, port);
  if (!address)
    return Failure(std::make_error_code(std::errc::invalid_argument),
                   "listen " + std::string(interface));
  return listen(*address, std::move(factory), std::move(options));
}

Result<ListeningPort*> Reactor::listen_unix(std::string_view path, std::shared_ptr<Factory> factory,
                                            ListenOptions options) {
  auto const address = Address::unix(path);
  if (!address)
    return Failure(std::make_error_code(std::errc::filename_too_long),
                   "listen " + std::string(path));
  return listen(*address, std::move(factory), std::move(options));
}

void Reactor::on_termination(Function<void(int)> call) {
  auto const shared = std::make_shared<Function<void(int)>>(std::move(call));
  for (auto const number : {SIGINT, SIGTERM}) {
    struct sigaction present{};
    if (sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN) continue;
    on_signal(number, [shared, number] { (*shared)(number); });
  }
}

std::shared_ptr<Connector> Reactor::connect_tcp(std::string host, std::uint16_t port,
                                                std::shared_ptr<ClientFactory> factory,
                                                ConnectOptions options) {
  return connect(Endpoint::tcp(std::move(host), port), std::move(factory), std::move(options));
}

std::shared_ptr<Connector> Reactor::connect_unix(std::string path,
                                                 std::shared_ptr<ClientFactory> factory,
                                                 ConnectOptions options) {
  return connect(Endpoint::unix(std::move(path)), std::move(factory), std::move(options));
}

}  // namespace twx
