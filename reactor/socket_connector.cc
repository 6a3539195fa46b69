#include "reactor/socket_connector.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "reactor/log.h"
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
  later_ = loop_.call_later(Duration::zero(), [this, &where] {
    if (where.kind == Endpoint::Kind::unix) {
      if (auto const address = Address::unix(where.path)) return race({*address});
      return connection_failed(std::make_error_code(std::errc::filename_too_long));
    }
    // Once: by the next time the number may be another descriptor's.
    if (std::exchange(descriptor_used_, true))
      return connection_failed(std::make_error_code(std::errc::bad_file_descriptor));
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const address = reinterpret_cast<sockaddr*>(&storage);
    if (getpeername(where.fd, address, &size) < 0) return connection_failed(Failure::from_errno());
    fcntl(where.fd, F_SETFL, fcntl(where.fd, F_GETFL) | O_NONBLOCK);
    made(where.fd, Address::from(address, size));
  });
}

void SocketConnector::look_up() {
  lookup_ = loop_.resolve(destination().host, options().family)
                .add_callbacks(
                    [this](std::vector<Address> const& addresses) {
                      log(Level::debug, destination().host + " has " +
                                            std::to_string(addresses.size()) + " addresses");
                      // A literal is resolved at once, and nothing may be reported before
                      // start_attempt returns; the race keeps to that.
                      race(addresses);
                    },
                    [this](Failure const& failure) {
                      if (failure.is(Error::cancelled)) return;
                      later_ = loop_.call_later(Duration::zero(),
                                                [this, failure] { connection_failed(failure); });
                    });
}

void SocketConnector::race(std::vector<Address> addresses) {
  for (auto& address : addresses) address = address.with_port(destination().port);
  auto done = [this](Result<Race::Winner> result) {
    race_.reset();
    if (result) return made(result->fd, result->peer);
    connection_failed(result.failure());
  };
  race_.emplace(loop_, std::move(addresses), options().bind, options().bind_port, std::move(done));
}

void SocketConnector::stop_attempt() {
  lookup_.cancel();
  later_ = {};  // cancelling may have set these
  race_.reset();
}

Failure SocketConnector::timeout_failure() const {
  return race_ ? race_->timed_out() : Failure(Error::lookup_timeout);
}

void SocketConnector::made(int fd, Address const& peer) {
  auto owned = std::make_unique<SocketStream>(loop_, fd, peer);
  auto& stream = *owned;
  stream_ = &stream;
  loop_.add(std::move(owned), true);
  std::unique_ptr<Protocol> protocol;
  try {
    protocol = connected(peer);
  } catch (...) {
    log(Level::error, "a factory failed: " + Failure::from_current_exception().message());
  }
  stream.start(std::move(protocol), this);
}

void SocketConnector::close_connection() { stream_->lose_connection(); }

void SocketConnector::stream_lost(Failure const& reason) {
  stream_ = nullptr;
  connection_lost(reason);
}

void SocketConnector::hold(bool busy) {
  if (busy)
    loop_.hold(shared_from_this());
  else
    loop_.let_go(*this);
}

}  // namespace twx
