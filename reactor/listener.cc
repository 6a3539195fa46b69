#include "reactor/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "reactor/bound_socket.h"
#include "reactor/log.h"
#include "reactor/loop.h"
#include "reactor/reactor_pool.h"

namespace twx {
namespace {

constexpr int accepts_per_turn = 64;
constexpr auto rest_time = std::chrono::milliseconds(100);

// An error of the one connection that was waiting (accept(2)); the next one may be well. Any other
// is of this process or of the listening socket, which trying at once again would not mend.
bool of_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

}  // namespace

Listener::Listener(Loop& loop, Address where, std::shared_ptr<Factory> factory,
                   ListenOptions options)
    : loop_(loop),
      where_(std::move(where)),
      factory_(std::move(factory)),
      options_(std::move(options)) {}

Listener::Listener(Loop& loop, int fd, std::shared_ptr<Factory> factory, ListenOptions options)
    : loop_(loop), factory_(std::move(factory)), options_(std::move(options)), inherited_(fd) {}

Listener::~Listener() { close_socket(); }

Result<void> Listener::start_listening() {
  if (fd_ >= 0) return {};
  auto opened = open();
  if (opened) factory_->do_start();
  return opened;
}

Result<void> Listener::open() {
  if (inherited_ >= 0) return use(inherited_);
  PathLock const lock(where_);
  if (lock.error() != 0) return failure(lock.error());
  if (where_.is_unix()) remove_stale_socket(where_, SOCK_STREAM);
  auto socket = bound_socket(where_, {.ipv6_only = options_.ipv6_only, .mode = options_.mode});
  if (!socket) return failure(errno);
  file_ = file_of(where_);
  if (::listen(socket.get(), options_.backlog) < 0) {
    auto const error = errno;
    remove_socket_file(where_, file_);
    return failure(error);
  }
  auto used = use(socket.get());
  used ? static_cast<void>(socket.release()) : remove_socket_file(where_, file_);
  return used;
}

Failure Listener::failure(int error) const {
  return {std::error_code(error, std::system_category()), "listen " + where_.to_string()};
}

Result<void> Listener::use(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  auto const name = "listen fd:" + std::to_string(fd);
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0)
    return Failure({errno, std::system_category()}, name);
  if (!listening)
    return Failure::with_message(Error::cannot_listen, name + ": not a listening socket");
  // An inherited socket may be blocking; accepting must not be.
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (auto const error = loop_.set().watch(*this, fd, EPOLLIN))
    return Failure({error, std::system_category()}, name);
  fd_ = fd;
  host_ = name_of(fd);
  return {};
}

void Listener::ready(std::uint32_t) {
  try {
    for (int i = 0; i < accepts_per_turn && fd_ >= 0 && !resting_.active(); ++i)
      if (!accept_one()) return;
  } catch (std::bad_alloc const&) {
    rest(ENOMEM);
  }
}

// False when no connection is waiting.
bool Listener::accept_one() {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  Descriptor socket(accept4(fd_, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    if (!of_one_connection(errno)) rest(errno);
    return true;
  }
  auto const peer = Address::from(address, size);
  if (options_.pool)
    options_.pool->dispatch(socket.release(), peer, factory_, options_.tls);
  else
    loop_.accepted(std::move(socket), peer, factory_, options_.tls);
  return true;
}

void Listener::rest(int error) noexcept {
  try {
    resting_ = loop_.call_later(rest_time, [this] { go_on(); });
    loop_.set().remove(*this);
  } catch (std::bad_alloc const&) {
    error = ENOMEM;  // not even for the timer: tries again in the next turn
  }
  if (!complaints_.may_complain(loop_.now())) return;
  log_failure("cannot accept for now", std::error_code(error, std::system_category()));
}

void Listener::go_on() {
  if (auto const error = loop_.set().watch(*this, fd_, EPOLLIN)) rest(error);
}

Deferred<void> Listener::stop_listening() {
  if (fd_ < 0) return succeed();
  Deferred<void> closed;
  auto call = loop_.call_later(Duration::zero(), [this, promise = closed.promise()]() mutable {
    factory_->do_stop();
    promise.callback();
  });
  close_socket();
  call.release();
  return closed;
}

void Listener::close_socket() {
  if (fd_ < 0) return;
  resting_ = {};
  loop_.set().remove(*this);
  close(std::exchange(fd_, -1));
  if (inherited_ >= 0) where_ = host_;  // to listen again, a socket of our own
  inherited_ = -1;
  remove_socket_file(where_, file_);
}

}  // namespace twx
