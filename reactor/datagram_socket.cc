#include "reactor/datagram_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "reactor/datagram_multicast.h"
#include "reactor/datagrams.h"
#include "reactor/loop.h"

namespace twx {
namespace {

constexpr int datagrams_per_turn = 128;
constexpr std::size_t bytes_per_turn = 256 * 1024;
constexpr auto input_rest = std::chrono::milliseconds(100);

std::error_code system_error(int error) { return {error, std::system_category()}; }

// What the network reports of an earlier datagram (udp(7), icmp(7)). The next one may be well; any
// other error would come again at once.
bool of_one_datagram(int error) {
  switch (error) {
    case EACCES:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EMSGSIZE:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO: return true;
    default: return false;
  }
}

bool has_input(int fd) {
  pollfd asked{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&asked, 1, 0) > 0 && (asked.revents & POLLIN);
}

Address const* pointer(std::optional<Address> const& address) {
  return address ? &*address : nullptr;
}

}  // namespace

DatagramSocket::DatagramSocket(Loop& loop, Datagrams& owner, Descriptor socket,
                               std::unique_ptr<DatagramProtocol> protocol,
                               DatagramOptions const& options)
    : loop_(loop),
      owner_(owner),
      socket_(std::move(socket)),
      protocol_(std::move(protocol)),
      options_(options),
      queue_(options.queue_limit),
      host_(name_of(socket_.get())),
      peer_(peer_of(socket_.get())),
      file_(file_of(host_)) {}

DatagramSocket::~DatagramSocket() { close_socket(); }

// --- its life ---

Result<void> DatagramSocket::open() {
  if (!ask_for_destinations(socket_.get(), host_.family())) return Failure::from_errno();
  if (auto const error = loop_.set().watch(*this, socket_.get(), EPOLLIN))
    return Failure(system_error(error));
  later_ = loop_.call_later(Duration::zero(), [this] { start(); });
  return {};
}

// False if what it calls has failed.
template <class Call>
bool DatagramSocket::tell(Call call) {
  try {
    call();
    return true;
  } catch (...) {
    log_failure("a datagram protocol failed", Failure::from_current_exception());
    return false;
  }
}

void DatagramSocket::start() {
  started_ = true;
  if (!tell([this] { protocol_->make_connection(*this); })) finish();
}

Deferred<void> DatagramSocket::stop_listening() {
  if (!socket_) return succeed();
  settle();
  Deferred<void> closed;
  later_ = loop_.call_later(Duration::zero(), [this] { finish(); });
  closed_ = closed.promise();
  close_socket();
  return closed;
}

void DatagramSocket::finish() {
  close_socket();
  later_ = {};
  if (started_) tell([this] { protocol_->stop_protocol(); });
  protocol_.reset();
  auto closed = std::move(closed_);
  owner_.ended(*this);
  if (!closed.fired()) closed.callback();
}

void DatagramSocket::close_socket() {
  if (!socket_) return;
  send_waiting();
  if (!queue_.empty()) drop(queue_.count(), EAGAIN, Level::warning);
  while (!queue_.empty()) queue_.pop();
  resting_ = {};
  loop_.set().remove(*this);
  socket_.reset();
  remove_socket_file(host_, file_);
}

Result<void> DatagramSocket::connect(Address const& peer) {
  if (!socket_) return Failure(std::make_error_code(std::errc::bad_file_descriptor));
  if (connected()) return Failure(std::make_error_code(std::errc::already_connected));
  auto const to = host_.family() == AF_INET6 ? peer.mapped() : peer;
  if (to.family() != host_.family())
    return Failure(std::make_error_code(std::errc::address_family_not_supported));
  sockaddr_storage storage{};
  auto const size = to.copy_to(storage);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&storage), size) < 0)
    return Failure::from_errno();
  auto const named = peer_of(socket_.get());
  peer_ = named.family() == AF_UNSPEC ? to : named;  // a path may be spelled in several ways
  host_ = name_of(socket_.get());
  return {};
}

// --- input ---

void DatagramSocket::ready(std::uint32_t events) {
  if (!started_) return;
  try {
    if (events & EPOLLERR) take_error();
    tell_refusal();
    if (events & EPOLLOUT) send_queue();
    if (events & EPOLLIN) read();
  } catch (std::bad_alloc const&) {
    log_failure("a datagram was lost", Failure::no_memory());
  }
  update_interest();
}

void DatagramSocket::read() {
  auto const buffer = loop_.read_buffer().first(std::min(options_.max_size, Loop::read_size));
  std::size_t bytes = 0;
  for (int i = 0; i < datagrams_per_turn && bytes < bytes_per_turn && reading(); ++i) {
    Arrival arrival;
    auto const size = receive_datagram(socket_.get(), buffer, arrival);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return input_failed(errno);
    bytes += arrival.size;
    // Others' that came before connect() are still there to be read.
    if (!connected() || arrival.from == peer_)
      received(buffer.first(static_cast<std::size_t>(size)), arrival);
  }
}

void DatagramSocket::received(Bytes data, Arrival const& arrival) {
  candidates_.reset();
  ++traffic_.received;
  traffic_.received_bytes += data.size();
  if (data.size() < arrival.size && ++traffic_.cut > 0 && complaints_.may_complain(loop_.now()))
    log(Level::warning, host_.datagram_uri() + ": a datagram of " + std::to_string(arrival.size) +
                            " bytes from " + arrival.from.to_string() + " was cut to " +
                            std::to_string(data.size()));
  in_hand_ = &arrival;
  tell([&] { protocol_->datagram_received(data, arrival.from); });
  in_hand_ = nullptr;
}

Address DatagramSocket::destination() const {
  auto const known = in_hand_ && in_hand_->destination.family() != AF_UNSPEC;
  return known ? in_hand_->destination.with_port(host_.port()) : Address();
}

// The one that the system holds for this socket; asking clears it.
void DatagramSocket::take_error() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) input_failed(error);
}

void DatagramSocket::input_failed(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return;
  if (error == ECONNREFUSED && connected()) {
    refused_ = true;
    return;
  }
  if (!of_one_datagram(error))
    resting_ = loop_.call_later(input_rest, [this] { update_interest(); });
  if (complaints_.may_complain(loop_.now()))
    log(of_one_datagram(error) ? Level::info : Level::error,
        host_.datagram_uri() + ": " + system_error(error).message());
}

// --- to another address ---

void DatagramSocket::tell_refusal() {
  if (!std::exchange(refused_, false)) return;
  auto const waited = !queue_.empty();
  if (!move_on())
    tell([this] { protocol_->connection_refused(); });
  else if (waited && queue_.empty())
    tell([this] { protocol_->resume_writing(); });
}

// The peer has refused. False if there is no other to be tried: an answer is there, too much was
// sent to send it again, or the system has no route to any.
bool DatagramSocket::move_on() {
  auto candidates = std::move(candidates_);
  if (!candidates || has_input(socket_.get())) return false;
  auto const left = peer_;
  while (auto next = candidates->next()) {
    if (!move_to(std::move(next))) continue;
    queue_.prepend(candidates->held());
    if (candidates->more()) candidates_ = std::move(candidates);
    send_waiting();
    if (log_enabled(Level::info))
      log(Level::info, left.datagram_uri() + " refuses datagrams; on to " + peer_.datagram_uri());
    return true;
  }
  return false;
}

bool DatagramSocket::move_to(Descriptor next) {
  auto const host = name_of(next.get());
  if (!ask_for_destinations(next.get(), host.family())) return false;
  loop_.set().remove(*this);
  auto const moved = loop_.set().watch(*this, next.get(), EPOLLIN) == 0;
  if (moved)
    socket_ = std::move(next);
  else
    loop_.set().watch(*this, socket_.get(), EPOLLIN);  // it had its place a moment ago
  host_ = name_of(socket_.get());
  peer_ = peer_of(socket_.get());
  return moved;
}

// Before the end: what was sent and is known to be refused goes to the next address.
void DatagramSocket::settle() noexcept {
  try {
    while (candidates_) {
      take_error();
      if (!std::exchange(refused_, false) || !move_on()) return;
    }
  } catch (std::bad_alloc const&) {
    log_failure("datagrams were lost", Failure::no_memory());
  }
}

void DatagramSocket::pause_producing() {
  paused_ = true;
  update_interest();
}

void DatagramSocket::resume_producing() {
  paused_ = false;
  update_interest();
}

// A refusal to be told comes in the next turn: the socket is writable then.
void DatagramSocket::update_interest() {
  if (!socket_) return;
  auto const output = refused_ || !queue_.empty();
  loop_.set().change(*this, (reading() ? EPOLLIN : 0u) | (output ? EPOLLOUT : 0u));
}

// --- output ---

std::error_code DatagramSocket::write(Bytes data) {
  if (!connected()) return std::make_error_code(std::errc::destination_address_required);
  return send(data, nullptr, nullptr);
}

std::error_code DatagramSocket::write(Bytes data, Address const& to) {
  auto const answers = in_hand_ && in_hand_->reply_source.family() != AF_UNSPEC;
  return send_to(to, data, answers && to == in_hand_->from ? &in_hand_->reply_source : nullptr);
}

std::error_code DatagramSocket::write(Bytes data, Address const& to, Address const& source) {
  if (source.family() == host_.family()) return send_to(to, data, &source);
  auto const mapped = source.mapped();
  if (mapped.family() != host_.family())
    return std::make_error_code(std::errc::address_family_not_supported);
  return send_to(to, data, &mapped);
}

std::error_code DatagramSocket::send_to(Address const& to, Bytes data, Address const* source) {
  if (to.family() != host_.family()) {
    auto const mapped = to.mapped();
    if (mapped.family() != host_.family() || mapped.family() == to.family())
      return std::make_error_code(std::errc::address_family_not_supported);
    return send_to(mapped, data, source);
  }
  if (!connected()) return send(data, &to, source);
  if (!(to == peer_)) return std::make_error_code(std::errc::already_connected);
  return send(data, nullptr, source);
}

std::error_code DatagramSocket::send(Bytes data, Address const* to, Address const* source) {
  if (!socket_) return std::make_error_code(std::errc::bad_file_descriptor);
  if (!queue_.empty()) return enqueue(data, to, source);
  auto const error = send_now(data, to, source);
  if (error == 0) return {};
  if (error == EAGAIN || error == EWOULDBLOCK) return enqueue(data, to, source);
  drop(1, error, error == ENOBUFS ? Level::warning : Level::info);
  return system_error(error);
}

// 0 or the error.
int DatagramSocket::send_now(Bytes data, Address const* to, Address const* source) {
  for (auto once_more = !is_unix();;) {
    auto const error = send_datagram(socket_.get(), data, to, source);
    if (error == 0) {
      ++traffic_.sent;
      traffic_.sent_bytes += data.size();
      if (candidates_ && !candidates_->hold(data)) candidates_.reset();
    }
    if (error == EINTR) continue;
    if (error != ECONNREFUSED || !connected()) return error;
    refused_ = true;
    update_interest();
    if (candidates_) return EAGAIN;  // to be sent to the next address
    // UDP reports an earlier datagram's refusal in place of sending this one.
    if (!std::exchange(once_more, false)) return error;
  }
}

std::error_code DatagramSocket::enqueue(Bytes data, Address const* to, Address const* source) {
  try {
    if (queue_.push(data, to, source)) {
      update_interest();
      return {};
    }
  } catch (std::bad_alloc const&) {
    drop(1, ENOMEM, Level::warning);
    return std::make_error_code(std::errc::not_enough_memory);
  }
  drop(1, ENOBUFS, Level::warning);
  return std::make_error_code(std::errc::no_buffer_space);
}

// As much as the system takes.
void DatagramSocket::send_waiting() {
  while (!queue_.empty()) {
    auto const& next = queue_.front();
    auto const error = send_now(bytes(next.data), pointer(next.to), pointer(next.source));
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    if (error != 0) drop(1, error, Level::warning);
    queue_.pop();
  }
}

void DatagramSocket::send_queue() {
  if (!socket_ || queue_.empty()) return;
  auto const before = queue_.count();
  send_waiting();
  // An unconnected unix socket is writable although a receiver is full; nobody tells when it is no
  // more, and the others should not wait for it.
  if (queue_.count() == before && is_unix() && !connected()) {
    drop(1, EAGAIN, Level::warning);
    queue_.pop();
  }
  if (queue_.empty()) tell([this] { protocol_->resume_writing(); });
}

void DatagramSocket::drop(std::size_t count, int error, Level level) {
  traffic_.dropped += count;
  try {
    if (log_enabled(level) && complaints_.may_complain(loop_.now()))
      log(level, host_.datagram_uri() + ": " + std::to_string(traffic_.dropped) +
                     " datagrams not sent so far: " + system_error(error).message());
  } catch (std::bad_alloc const&) {
    log(level, "datagrams are not sent");
  }
}

// --- options ---
// A socket that has any stays where it is: the next one would be without.

void DatagramSocket::set_broadcast(bool on) {
  candidates_.reset();
  int const value = on;
  setsockopt(socket_.get(), SOL_SOCKET, SO_BROADCAST, &value, sizeof value);
}

Result<void> DatagramSocket::join_group(Address const& group, std::string_view interface) {
  candidates_.reset();
  return change_membership(socket_.get(), Membership::join, group, interface);
}

Result<void> DatagramSocket::leave_group(Address const& group, std::string_view interface) {
  return change_membership(socket_.get(), Membership::leave, group, interface);
}

void DatagramSocket::set_multicast_ttl(std::uint8_t hops) {
  candidates_.reset();
  twx::set_multicast_ttl(socket_.get(), host_.family(), hops);
}

void DatagramSocket::set_multicast_loopback(bool on) {
  candidates_.reset();
  twx::set_multicast_loopback(socket_.get(), host_.family(), on);
}

Result<void> DatagramSocket::set_multicast_interface(std::string_view interface) {
  candidates_.reset();
  return twx::set_multicast_interface(socket_.get(), host_.family(), interface);
}

}  // namespace twx
