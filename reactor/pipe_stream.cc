#include "reactor/pipe_stream.h"

#include <cerrno>

#include "reactor/loop.h"

namespace twx {

void PipeStream::ready(std::uint32_t events) {
  auto const gone = events & (EPOLLHUP | EPOLLERR);
  within_memory([&] {
    if (use_ == Use::writes && gone) return output_failed(EPIPE);  // nobody reads any more
    if (events & EPOLLOUT) output_ready();
    if (use_ != Use::writes && (events & EPOLLIN || gone)) input_ready(gone);
  });
}

ssize_t PipeStream::receive(std::span<std::byte> buffer) {
  auto const count = read(fd(), buffer.data(), buffer.size());
  if (count > 0 && std::exchange(deserted_, false)) want(true, false);
  if (count >= 0 || errno != EIO || use_ != Use::terminal) return count;
  return child_exited_ ? 0 : deserted();
}

ssize_t PipeStream::send(iovec const* pieces, int count) {
  auto const sent = writev(fd(), pieces, count);
  if (sent >= 0 || errno != EIO || use_ != Use::terminal) return sent;
  if (!child_exited_) return deserted();
  errno = EPIPE;
  return -1;
}

// Not ready for now.
ssize_t PipeStream::deserted() {
  deserted_ = true;
  want(false, false);
  errno = EAGAIN;
  return -1;
}

void PipeStream::child_exited() {
  child_exited_ = true;
  if (!std::exchange(deserted_, false) || !pipe_) return;
  want(true, true);  // reading or writing tells
}

// An end that is written to is always in the set: so the end of the reader is noticed. A deserted
// terminal hangs up all the time, of which only the changes are of interest.
void PipeStream::want(bool input, bool output) {
  auto events = (input && use_ != Use::writes ? EPOLLIN : 0u) | (output ? EPOLLOUT : 0u);
  if (deserted_) events = EPOLLIN | EPOLLET;
  if (watched_) return loop().set().change(*this, events);
  if (auto const error = loop().set().watch(*this, fd(), events))
    finish(std::error_code(error, std::system_category()));
  else
    watched_ = true;
}

void PipeStream::want_nothing() {
  loop().set().remove(*this);
  watched_ = false;
}

void PipeStream::close_descriptors(bool) {
  if (!pipe_) return;
  loop().set().remove(*this);
  pipe_.reset();
}

}  // namespace twx
