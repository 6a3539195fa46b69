#include "reactor/standard_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "reactor/loop.h"

namespace twx {
namespace {

bool ready_now(int fd, short events) {
  pollfd wanted{fd, events, 0};
  return poll(&wanted, 1, 0) > 0;
}

}  // namespace

StandardStream::StandardStream(Loop& loop, int input, int output)
    : Stream(loop), in_(*this), out_(*this) {
  in_.open(input, O_RDONLY);
  out_.open(output, O_WRONLY);
}

StandardStream::~StandardStream() { close_descriptors(false); }

void StandardStream::Side::open(int standard, int mode) {
  fd = standard;
  struct stat status{};
  if (fstat(standard, &status) < 0) return;  // reading or writing tells
  auto const terminal = isatty(standard) == 1;
  if (S_ISSOCK(status.st_mode)) {
    sort = Sort::socket;
  } else if (S_ISFIFO(status.st_mode) || terminal) {
    auto const path = "/proc/self/fd/" + std::to_string(standard);
    auto const again = ::open(path.c_str(), mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    sort = again < 0 ? Sort::polled : Sort::opened;
    if (again >= 0) fd = again;
  }
  plain = !terminal && (sort == Sort::file || sort == Sort::opened);
}

int StandardStream::Side::want(EpollSet& set, std::uint32_t events) {
  if (watched) {
    set.change(*this, events);
    return 0;
  }
  auto const error = set.watch(*this, fd, events);
  watched = error == 0;
  return error;
}

void StandardStream::Side::leave(EpollSet& set) {
  set.remove(*this);
  watched = false;
}

void StandardStream::side_ready(Side const& side, std::uint32_t events) {
  if (&side == &in_) return input_ready(events & (EPOLLHUP | EPOLLERR));
  // With a socket for both sides (inetd) input may still be unread: reading and the next write
  // tell.
  auto const gone = in_.sort == Sort::socket ? EPOLLERR : EPOLLERR | EPOLLHUP;
  if (events & gone) return output_failed(EPIPE);  // nobody reads any more
  if (events & EPOLLOUT) return output_ready();
  out_hung_up_ = true;
  out_.leave(loop().set());
}

ssize_t StandardStream::receive(std::span<std::byte> buffer) {
  if (in_.sort == Sort::socket) return recv(in_.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (in_.sort == Sort::polled && !ready_now(in_.fd, POLLIN)) {
    errno = EAGAIN;
    return -1;
  }
  return read(in_.fd, buffer.data(), buffer.size());
}

ssize_t StandardStream::send(iovec const* pieces, int count) {
  if (out_.sort == Sort::socket) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = static_cast<std::size_t>(count);
    return sendmsg(out_.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (out_.sort != Sort::polled) return writev(out_.fd, pieces, count);
  if (!ready_now(out_.fd, POLLOUT)) {
    errno = EAGAIN;
    return -1;
  }
  // A pipe that is ready has room for one page at least.
  return ::write(out_.fd, pieces->iov_base, std::min<std::size_t>(pieces->iov_len, 4096));
}

Failure StandardStream::input_failure(int error) const {
  return Failure::with_message(Error::cannot_read,
                               "standard input: " + std::generic_category().message(error));
}

Failure StandardStream::output_failure(int error) const {
  if (error == EPIPE) return Error::reader_gone;
  return Failure::with_message(Error::cannot_write,
                               "standard output: " + std::generic_category().message(error));
}

void StandardStream::want(bool input, bool output) {
  // Input is in the set only while it is wanted: a pipe without writers hangs up without end.
  if (!input)
    in_.leave(loop().set());
  else if (auto const error = in_.want(loop().set(), EPOLLIN))
    return finish(input_failure(error));
  // Output always: so the end of the reader is noticed while nothing is written.
  if (out_hung_up_ && !output) return;
  if (auto const error = out_.want(loop().set(), output ? EPOLLOUT : 0u)) output_failed(error);
}

void StandardStream::want_nothing() { want(false, false); }

void StandardStream::close_descriptors(bool) {
  for (auto* const side : {&in_, &out_}) {
    side->leave(loop().set());
    if (side->sort == Sort::opened && side->fd >= 0) close(std::exchange(side->fd, -1));
    side->sort = Sort::file;
    side->plain = false;
  }
}

}  // namespace twx
