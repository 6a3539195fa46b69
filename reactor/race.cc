#include "reactor/race.h"

#include <ifaddrs.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <new>

#include "reactor/bound_socket.h"
#include "reactor/log.h"
#include "reactor/loop.h"

namespace twx {
namespace {

// The listening queue of a unix socket was full; there is nothing to wait for but time.
constexpr auto unix_retry = std::chrono::milliseconds(10);

void add_reason(std::string& reasons, Address const& peer, Failure const& failure) {
  if (!reasons.empty()) reasons += "; ";
  reasons += peer.to_string() + ": " + failure.message();
}

// The first of that family.
std::optional<Address> address_of(std::string const& interface, int family) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) < 0) return std::nullopt;
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> const owned(first, &freeifaddrs);
  auto const size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  for (auto const* each = first; each; each = each->ifa_next)
    if (each->ifa_addr && each->ifa_addr->sa_family == family && interface == each->ifa_name)
      return Address::from(each->ifa_addr, static_cast<socklen_t>(size));
  return std::nullopt;
}

bool connected_to_itself(int fd, Address const& peer) {
  return !peer.is_unix() && name_of(fd) == peer;
}

}  // namespace

// Without memory for what is to be done the race is lost.
template <class Call>
void Race::within_memory(Call call) {
  try {
    call();
  } catch (std::bad_alloc const&) {
    lose(Failure::no_memory());
  }
}

// One address, one socket.
class Race::Attempt final : public Watched {
 public:
  Attempt(Race& race, Address peer) : race_(race), loop_(race.loop_), peer_(std::move(peer)) {}
  ~Attempt() override { give_up(); }

  Address const& peer() const { return peer_; }
  Descriptor release() {
    leave();
    return std::move(socket_);
  }
  void give_up() {
    leave();
    socket_.reset();
  }
  // Reports in a later turn, whatever happens.
  void start() {
    if (auto failure = begin())
      later_ = race_.later(Duration::zero(),
                           [this, failure = *failure] { race_.failed(*this, failure); });
  }

 private:
  std::optional<Failure> begin() {
    socket_ = Descriptor(socket(peer_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) return Failure::from_errno();
    auto local = race_.bind_ ? *race_.bind_ : Address::any(race_.bind_port_, peer_.family());
    auto needed = race_.bind_ || local.port() != 0;
    auto const& interface = race_.interface_;
    if (!interface.empty() && !peer_.is_unix() && !race_.bind_ && !leave_by(interface)) {
      auto const own = address_of(interface, peer_.family());
      if (!own) return Failure::with_message(Error::bind_failed, "cannot leave by " + interface);
      local = own->with_port(local.port());
      needed = true;
    }
    if (!needed || bind_to(local)) return try_connect();
    return Failure::with_message(Error::bind_failed, "cannot use local address " +
                                                         local.to_string() + ": " +
                                                         Failure::from_errno().message());
  }
  bool leave_by(std::string const& interface) {
    return setsockopt(fd(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                      static_cast<socklen_t>(interface.size())) == 0;
  }
  bool bind_to(Address const& address) {
    sockaddr_storage storage{};
    auto const size = address.copy_to(storage);
    return set_option(fd(), SOL_SOCKET, SO_REUSEADDR, 1) &&
           bind(fd(), reinterpret_cast<sockaddr*>(&storage), size) == 0;
  }
  std::optional<Failure> try_connect() {
    sockaddr_storage storage{};
    auto const size = peer_.copy_to(storage);
    auto const status = connect(fd(), reinterpret_cast<sockaddr*>(&storage), size);
    if (status < 0 && errno == EAGAIN && peer_.is_unix()) {
      later_ = race_.later(unix_retry, [this] {
        if (auto const failure = try_connect()) race_.failed(*this, *failure);
      });
      return {};
    }
    if (status < 0 && errno != EINPROGRESS) return Failure::from_errno();
    if (auto const error = loop_.set().watch(*this, fd(), EPOLLOUT))
      return Failure(std::error_code(error, std::system_category()));
    return {};
  }
  void ready(std::uint32_t) override {
    race_.within_memory([this] { tell(); });
  }
  void tell() {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
    // A port of this machine that nobody listens on can be chosen as our own and answer itself.
    if (error == 0 && connected_to_itself(fd(), peer_)) error = ECONNREFUSED;
    if (error == 0) return race_.won(*this);
    race_.failed(*this, std::error_code(error, std::system_category()));
  }
  int fd() const { return socket_.get(); }
  void leave() {
    later_ = {};
    loop_.set().remove(*this);
  }

  Race& race_;  // gone when this is buried
  Loop& loop_;
  Address peer_;
  Descriptor socket_;
  DelayedCall later_;
};

Race::Race(Loop& loop, std::vector<Address> addresses, std::optional<Address> bind,
           std::uint16_t bind_port, Done done, std::string interface)
    : loop_(loop),
      addresses_(by_turns(std::move(addresses))),
      bind_(std::move(bind)),
      bind_port_(bind_port),
      interface_(std::move(interface)),
      done_(std::move(done)) {
  if (bind_)
    std::erase_if(addresses_, [&](auto const& each) { return each.family() != bind_->family(); });
  start_next();
}

Race::~Race() { give_up(); }

std::vector<Address> Race::by_turns(std::vector<Address> addresses) {
  auto const second = std::ranges::stable_partition(
      addresses, [&](int family) { return family == addresses.front().family(); },
      &Address::family);
  std::vector<Address> const others(second.begin(), second.end());
  auto const firsts = addresses.size() - others.size();
  std::vector<Address> mixed;
  for (std::size_t i = 0; i < std::max(firsts, others.size()); ++i) {
    if (i < firsts) mixed.push_back(addresses[i]);
    if (i < others.size()) mixed.push_back(others[i]);
  }
  return mixed;
}

DelayedCall Race::later(Duration after, Function<void()> call) {
  return loop_.call_later(after, [this, call = std::move(call)]() mutable {
    within_memory(std::ref(call));
  });
}

void Race::start_next() {
  if (next_ == addresses_.size()) {
    if (addresses_.empty())
      next_attempt_ = later(Duration::zero(), [this] {
        lose(bind_ ? Failure::with_message(Error::bind_failed,
                                           "no address of the family of " + bind_->host())
                   : Failure(Error::name_not_found));
      });
    return;
  }
  log(Level::debug, "trying " + addresses_[next_].to_string());
  running_.push_back(std::make_unique<Attempt>(*this, addresses_[next_++]));
  running_.back()->start();
  if (next_ < addresses_.size()) next_attempt_ = later(attempt_delay, [this] { start_next(); });
}

void Race::failed(Attempt& attempt, Failure const& failure) {
  attempt.give_up();
  log(Level::debug, attempt.peer().to_string() + ": " + failure.message());
  add_reason(reasons_, attempt.peer(), failure);
  auto const place = std::ranges::find(running_, &attempt, &std::unique_ptr<Attempt>::get);
  loop_.bury(std::move(*place));
  running_.erase(place);
  if (next_ < addresses_.size()) return start_next();
  if (!running_.empty()) return;
  lose(lost(failure, std::move(reasons_)));
}

void Race::lose(Failure const& reason) {
  give_up();
  auto done = std::move(done_);
  done(reason);
}

// With one address its name is the destination's, which whoever tells of the failure will say.
Failure Race::lost(Failure const& last, std::string reasons) const {
  return addresses_.size() == 1 ? last : Failure::with_message(last.code(), std::move(reasons));
}

Failure Race::timed_out() const {
  Failure failure = Error::connect_timeout;
  try {
    auto reasons = reasons_;
    for (auto const& attempt : running_) add_reason(reasons, attempt->peer(), failure);
    return lost(failure, std::move(reasons));
  } catch (std::bad_alloc const&) {
    return failure;
  }
}

void Race::won(Attempt& attempt) {
  Winner winner{attempt.release(), attempt.peer()};
  give_up();
  auto done = std::move(done_);
  done(std::move(winner));
}

void Race::give_up() {
  next_attempt_ = {};
  for (auto& attempt : running_) {
    attempt->give_up();
    loop_.bury(std::move(attempt));
  }
  running_.clear();
}

}  // namespace twx
