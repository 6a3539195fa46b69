#include "reactor/splicer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace twx {
namespace {

constexpr std::size_t most = 1 << 20;  // a step, and the size to which a busy pipe grows
constexpr std::size_t busy = 32768;    // a step that moves so much shows a busy direction
// At once into a file, for whose pages the system then looks for as much in one piece: of that a
// virtual machine is soon short, and gets more from its host at many times the cost of the copy.
constexpr std::size_t most_written = 65536;
constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

bool is_pipe(int fd) {
  struct stat status{};
  return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

// A socket may be somebody else's too, and then block.
ssize_t take(int input, std::span<std::byte> buffer) {
  auto const count = recv(input, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count >= 0 || errno != ENOTSOCK) return count;
  return read(input, buffer.data(), buffer.size());
}

// How many of the bytes are in the file: all of them, unless errno tells why not.
std::size_t write_all(int file, std::span<std::byte const> bytes) {
  std::size_t given = 0;
  while (given < bytes.size()) {
    auto const size = std::min(bytes.size() - given, most_written);
    auto const count = write(file, bytes.data() + given, size);
    if (count < 0 && errno != EINTR) break;
    if (count > 0) given += static_cast<std::size_t>(count);
  }
  return given;
}

ssize_t move(int from, int to, std::size_t count) {
  for (;;) {
    auto const moved = splice(from, nullptr, to, nullptr, count, flags);
    if (moved >= 0 || errno != EINTR) return moved;
  }
}

}  // namespace

Splicer::Splicer(int input, int output)
    : input_(input),
      output_(output),
      input_is_pipe_(is_pipe(input)),
      output_is_pipe_(is_pipe(output)) {
  // Without a pipe of its own step() answers State::unsupported.
  if (!input_is_pipe_ && !output_is_pipe_ && pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) < 0)
    pipe_[0] = pipe_[1] = -1;
}

Splicer::~Splicer() {
  for (auto const fd : pipe_)
    if (fd >= 0) close(fd);
}

Splicer::Step Splicer::step(std::uint64_t limit) {
  auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(most, limit));
  if (input_is_pipe_ || output_is_pipe_) return straight(count);
  if (pipe_[0] < 0) return {State::unsupported};
  return through_own_pipe(count);
}

Splicer::Step Splicer::straight(std::size_t limit) {
  auto const moved = move(input_, output_, limit);
  if (moved == 0) return {State::ended};
  if (moved > 0) {
    auto const count = static_cast<std::size_t>(moved);
    grow(input_is_pipe_ ? input_ : output_, count);
    return {State::moved, count, count};
  }
  if (errno == EAGAIN) return {State::output_full};
  if (errno == EINVAL) return {State::unsupported};
  // One call, two sides: these are the errors that only reading from a socket gives.
  auto const from_input = !input_is_pipe_ && errno != EPIPE && errno != ENOSPC;
  return {from_input ? State::input_failed : State::output_failed, 0, 0, errno};
}

Splicer::Step Splicer::through_own_pipe(std::size_t limit) {
  if (held_ > 0) return empty_own_pipe(0);
  auto const taken = move(input_, pipe_[1], limit);
  if (taken == 0) return {State::ended};
  if (taken < 0 && errno == EAGAIN) return {State::moved};
  if (taken < 0 && errno == EINVAL) return {State::unsupported};
  if (taken < 0) return {State::input_failed, 0, 0, errno};
  held_ = static_cast<std::size_t>(taken);
  grow(pipe_[0], held_);
  return empty_own_pipe(held_);
}

Splicer::Step Splicer::empty_own_pipe(std::size_t taken) {
  std::size_t given = 0;
  while (held_ > 0) {
    auto const moved = move(pipe_[0], output_, held_);
    if (moved <= 0) {
      auto const state = errno == EAGAIN   ? State::output_full
                         : errno == EINVAL ? State::unsupported
                                           : State::output_failed;
      return {state, taken, given, errno};
    }
    held_ -= static_cast<std::size_t>(moved);
    given += static_cast<std::size_t>(moved);
  }
  return {State::moved, taken, given};
}

ssize_t Splicer::take_back(std::span<std::byte> buffer) {
  auto count = read(pipe_[0], buffer.data(), buffer.size());
  while (count < 0 && errno == EINTR) count = read(pipe_[0], buffer.data(), buffer.size());
  if (count > 0) held_ -= static_cast<std::size_t>(count);
  return count;
}

void Splicer::grow(int pipe, std::size_t moved) {
  if (grown_ || moved < busy) return;
  grown_ = true;
  // Refused above the user's limit (fs.pipe-max-size): then it stays as it is.
  if (fcntl(pipe, F_SETPIPE_SZ, static_cast<int>(most)) < 0) return;
}

Splicer::Step copy_to_file(int input, int file, std::span<std::byte> buffer) {
  using State = Splicer::State;
  auto const count = take(input, buffer);
  if (count == 0) return {State::ended};
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {State::moved};
  if (count < 0) return {State::input_failed, 0, 0, errno};
  auto const taken = static_cast<std::size_t>(count);
  auto const given = write_all(file, buffer.first(taken));
  if (given < taken) return {State::output_failed, taken, given, errno};
  return {State::moved, taken, given};
}

}  // namespace twx
