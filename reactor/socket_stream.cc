#include "reactor/socket_stream.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <tuple>

#include "reactor/log.h"
#include "reactor/loop.h"
#include "reactor/open_file.h"
#include "reactor/tls_session.h"

namespace twx {
namespace {

void set_flag(int fd, int level, int name, bool on) {
  int const value = on;
  // A unix socket has no such option, and nothing depends on it.
  static_cast<void>(setsockopt(fd, level, name, &value, sizeof value));
}

bool flag(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) == 0 && value != 0;
}

ssize_t send_in_clear(int fd, iovec const* pieces, int count) {
  if (count == 1) return ::send(fd, pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

struct SocketStream::Tls {
  TlsSession session;
  std::size_t left_in_clear;  // of the output queued before start_tls
  Build build = {};           // of the protocol, where there is none yet
  TlsSession::Step step = TlsSession::Step::want_input;
  DelayedCall limit = {};
};

SocketStream::SocketStream(Loop& loop, Descriptor socket, Address peer)
    : Stream(loop), socket_(std::move(socket)), peer_(std::move(peer)) {}

SocketStream::~SocketStream() = default;

// --- TLS ---

void SocketStream::start_with_tls(std::shared_ptr<TlsContext> context, std::string const& peer_name,
                                  std::string peer_key, Duration limit, Build build,
                                  StreamOwner* owner) {
  tls_.reset(new Tls{TlsSession(std::move(context), fd(), peer_name, std::move(peer_key)), 0,
                     std::move(build)});
  set_tcp_no_delay(true);
  tls_->limit = handshake_limit(limit);
  set_owner(owner);
  begin_securing();
}

Result<void> SocketStream::start_tls(std::shared_ptr<TlsContext> context,
                                     std::string const& peer_name) {
  if (lost()) return Failure(std::make_error_code(std::errc::not_connected));
  if (tls_) return Failure(std::make_error_code(std::errc::already_connected));
  auto const limit = context->options().handshake_timeout;
  auto key = peer_name.empty() ? std::string() : peer_.to_string();
  std::unique_ptr<Tls> made(
      new Tls{TlsSession(std::move(context), fd(), peer_name, std::move(key)), 0});
  made->limit = handshake_limit(limit);
  tls_ = std::move(made);
  set_tcp_no_delay(true);
  begin_securing();
  tls_->left_in_clear = unsent();  // with what was being forwarded
  return {};
}

DelayedCall SocketStream::handshake_limit(Duration limit) {
  if (limit == Duration::zero()) return {};
  return loop().call_later(limit, [this] { handshake_failed(Error::handshake_timeout); });
}

std::optional<TlsInfo> SocketStream::tls() const {
  if (!tls_ || !tls_->session.established()) return std::nullopt;
  return tls_->session.info();
}

void SocketStream::go_on_securing() {
  using Step = TlsSession::Step;
  if (tls_->left_in_clear > 0) return;
  tls_->step = tls_->session.handshake();
  if (tls_->step == Step::failed)
    return handshake_failed(tls_->session.failure().value_or(Error::tls_handshake));
  if (tls_->step != Step::done) return;
  tls_->limit = {};
  secured();
  if (auto build = std::exchange(tls_->build, {}))
    start(build(), owner());
  else
    guarded([this] { protocol()->handshake_completed(); });
}

void SocketStream::handshake_failed(Failure const& failure) {
  if (tls_->build && !owner()) {
    auto const level = tls_->session.is_worth_a_notice(loop().now()) ? Level::notice : Level::info;
    if (log_enabled(level)) log(level, "TLS with " + peer_.to_string() + ": " + failure.message());
  }
  finish(failure);
}

std::size_t SocketStream::sendable() const {
  return securing() ? tls_->left_in_clear : Stream::sendable();
}

bool SocketStream::input_buffered() const { return tls_ && tls_->session.input_buffered(); }

Failure SocketStream::input_failure(int error) const {
  if (!tls_ || error != EPROTO) return Stream::input_failure(error);
  return tls_->session.failure().value_or(Error::tls_handshake);
}

bool SocketStream::shut_output() {
  if (tls_) return tls_->session.close_notify();
  shut_descriptor();
  return true;
}

bool SocketStream::ready_to_close() { return !tls_ || tls_->session.close_notify(); }

bool SocketStream::may_be_refused() const { return tls_ && tls_->session.may_be_refused(); }

Failure SocketStream::discarded_failure(int error) const {
  auto const refused = tls_ && !tls_->session.is_server() && tls_->session.refused();
  return refused ? input_failure(error) : Stream::discarded_failure(error);
}

// --- the socket ---

void SocketStream::ready(std::uint32_t events) {
  within_memory([&] {
    if (securing() && tls_->left_in_clear == 0) return mark_dirty();
    auto const gone = events & (EPOLLHUP | EPOLLERR);
    auto const input = events & (input_event() | gone);
    if (events & output_event()) output_ready();
    if (input) input_ready(gone);
  });
}

ssize_t SocketStream::receive(std::span<std::byte> buffer) {
  if (!tls_ && passed_ && passed_->accepting()) return receive_beside(buffer);
  if (!tls_) return recv(fd(), buffer.data(), buffer.size(), 0);
  auto const waits_for = [this] {
    return std::tuple(input_event(), output_event(), holds_output());
  };
  auto const before = waits_for();
  auto const count = tls_->session.receive(buffer);
  if (before != waits_for()) mark_dirty();
  return count;
}

ssize_t SocketStream::send(iovec const* pieces, int count) {
  if (tls_ && !securing()) return tls_->session.send(pieces, count);
  if (passed_) return passed_->send(fd(), pieces, count, traffic().sent);
  auto const sent = send_in_clear(fd(), pieces, count);
  if (tls_ && sent > 0) tls_->left_in_clear -= static_cast<std::size_t>(sent);
  return sent;
}

// --- descriptors ---

Result<void> SocketStream::may_pass() const {
  if (lost()) return Failure(std::make_error_code(std::errc::not_connected));
  if (tls_ || !peer_.is_unix())
    return Failure(std::make_error_code(std::errc::operation_not_supported));
  return {};
}

Result<void> SocketStream::send_descriptor(int descriptor) {
  if (auto allowed = may_pass(); !allowed) return allowed;
  auto copy = duplicate(descriptor);
  if (!copy) return Failure::from_errno();
  if (!passed_) passed_ = std::make_unique<PassedDescriptors>();
  passed_->push(std::move(copy), traffic().sent + unsent());
  return {};
}

Result<void> SocketStream::receive_descriptors() {
  if (auto allowed = may_pass(); !allowed) return allowed;
  if (!passed_) passed_ = std::make_unique<PassedDescriptors>();
  passed_->accept();
  return {};
}

ssize_t SocketStream::receive_beside(std::span<std::byte> buffer) {
  std::vector<Descriptor> arrived;
  auto const count = passed_->receive(fd(), buffer, arrived);
  auto const error = errno;
  for (auto& each : arrived) guarded([&] { protocol()->descriptor_received(std::move(each)); });
  errno = error;
  return count;
}

void SocketStream::shut_descriptor() {
  // ENOTCONN: the peer has gone; reading tells how.
  static_cast<void>(shutdown(fd(), SHUT_WR));
}

// What tells that input, or output, can go on.
std::uint32_t SocketStream::input_event() const {
  return tls_ && tls_->session.input_wants_output() ? EPOLLOUT : EPOLLIN;
}

std::uint32_t SocketStream::output_event() const {
  return output_wants_input() ? EPOLLIN : EPOLLOUT;
}

bool SocketStream::holds_output() const { return tls_ && tls_->session.holds_output(); }

bool SocketStream::output_wants_input() const { return tls_ && tls_->session.output_wants_input(); }

// Put into the set when it first waits for anything: a connection that is greeted and closed within
// a turn never is.
void SocketStream::want(bool input, bool output) {
  if (securing() && tls_->left_in_clear == 0) {
    output = tls_->step == TlsSession::Step::want_output;
    input = !output;
  }
  auto const events = (input ? input_event() : 0u) | (output ? output_event() : 0u);
  if (watched_) return loop().set().change(*this, events);
  if (auto const error = loop().set().watch(*this, fd(), events))
    finish(std::error_code(error, std::system_category()));
  else
    watched_ = true;
}

void SocketStream::want_nothing() {
  loop().set().remove(*this);
  watched_ = false;
}

void SocketStream::close_descriptors(bool reset) {
  if (!socket_) return;
  loop().set().remove(*this);
  if (reset) {
    linger const at_once{1, 0};
    static_cast<void>(setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  }
  socket_.reset();
}

int SocketStream::pending_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool SocketStream::input_waits() const {
  std::byte one;
  return recv(fd(), &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// A reset that follows the end of input is not seen by a TCP peer before that end, but by that of
// a unix socket it is: there no more may come once nothing is there.
bool SocketStream::input_left_over() {
  if (input_waits()) return true;
  if (!peer_.is_unix()) return false;
  static_cast<void>(shutdown(fd(), SHUT_RD));  // it fails for a peer that has gone
  return input_waits();
}

Address SocketStream::host() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd(), address, &size) < 0) return {};
  return Address::from(address, size);
}

void SocketStream::set_tcp_no_delay(bool on) { set_flag(fd(), IPPROTO_TCP, TCP_NODELAY, on); }
bool SocketStream::tcp_no_delay() const { return flag(fd(), IPPROTO_TCP, TCP_NODELAY); }
void SocketStream::set_tcp_keep_alive(bool on) { set_flag(fd(), SOL_SOCKET, SO_KEEPALIVE, on); }
bool SocketStream::tcp_keep_alive() const { return flag(fd(), SOL_SOCKET, SO_KEEPALIVE); }

}  // namespace twx
