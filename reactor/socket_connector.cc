#include "reactor/socket_connector.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "reactor/bound_socket.h"
#include "reactor/built.h"
#include "reactor/socket_stream.h"

namespace twx {

SocketConnector::SocketConnector(Loop& loop, Endpoint destination,
                                 std::shared_ptr<ClientFactory> factory, ConnectOptions options)
    : Connector(loop, std::move(destination), std::move(factory), std::move(options)),
      loop_(loop) {}

SocketConnector::~SocketConnector() { stop_attempt(); }

void SocketConnector::start_attempt() {
  auto const& where = destination();
  if (where.kind == Endpoint::Kind::tcp) return look_up();
  if (where.kind == Endpoint::Kind::fd) return take_descriptor(where.fd);
  if (where.datagram()) return fail_later(std::make_error_code(std::errc::wrong_protocol_type));
  if (auto const address = Address::unix(where.path)) return race({*address});
  fail_later(std::make_error_code(std::errc::filename_too_long));
}

void SocketConnector::take_descriptor(int fd) {
  // Once: by the next time the number may be another descriptor's.
  if (std::exchange(descriptor_used_, true))
    return fail_later(std::make_error_code(std::errc::bad_file_descriptor));
  auto const peer = peer_of(fd);
  if (peer.family() == AF_UNSPEC) return fail_later(Failure::from_errno());
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  later_ = loop_.call_later(Duration::zero(), [this, fd, peer] { made(Descriptor(fd), peer); });
}

void SocketConnector::look_up() {
  if (!options().addresses.empty()) return race(options().addresses);
  // A literal is resolved at once, and nothing may be reported before start_attempt returns; the
  // race keeps to that, and so does fail_later.
  lookup_ = loop_.resolve(destination().host, options().family)
                .add_callback([this](std::vector<Address> const& addresses) {
                  log(Level::debug, destination().host + " has " +
                                        std::to_string(addresses.size()) + " addresses");
                  race(addresses);
                })
                .add_errback([this](Failure const& failure) {
                  if (!failure.is(Error::cancelled)) fail_later(failure);
                });
}

void SocketConnector::race(std::vector<Address> addresses) {
  for (auto& address : addresses) address = address.with_port(destination().port);
  auto done = [this](Result<Race::Winner> result) {
    race_.reset();
    if (result) return made(std::move(result->socket), result->peer);
    connection_failed(result.failure());
  };
  race_.emplace(loop_, std::move(addresses), options().bind, options().bind_port, std::move(done),
                options().interface ? *options().interface : std::string());
}

void SocketConnector::stop_attempt() {
  lookup_.cancel();
  later_ = {};
  race_.reset();
  if (auto* const stream = std::exchange(stream_, nullptr)) {  // in its TLS handshake
    stream->disown();
    stream->abort_connection();
  }
}

Failure SocketConnector::timeout_failure() const {
  if (stream_) return Error::handshake_timeout;
  return race_ ? race_->timed_out() : Failure(Error::lookup_timeout);
}

void SocketConnector::made(Descriptor socket, Address const& peer) noexcept {
  auto build = [this, peer] { return built([&] { return connected(peer); }); };
  auto const& tls = options().tls;
  std::unique_ptr<SocketStream> owned;
  try {
    owned = std::make_unique<SocketStream>(loop_, std::move(socket), peer);
    // The connector's own time-out is the limit of the handshake.
    if (tls)
      owned->start_with_tls(tls, destination().host, destination().to_string(), Duration::zero(),
                            build, this);
  } catch (std::bad_alloc const&) {
    return connection_failed(Failure::no_memory());
  }
  stream_ = owned.get();
  loop_.add(std::move(owned), true);
  if (!tls) stream_->start(build(), this);
}

void SocketConnector::close_connection() { stream_->lose_connection(); }

void SocketConnector::stream_lost(Failure const& reason) {
  stream_ = nullptr;
  state() == State::connecting ? connection_failed(reason) : connection_lost(reason);
}

void SocketConnector::hold(bool busy) {
  if (busy)
    loop_.hold(shared_from_this());
  else
    loop_.let_go(*this);
}

}  // namespace twx
