#include "reactor/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace twx {

Mailbox::Mailbox() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
}

Mailbox::~Mailbox() { close(fd_); }

// One after the other: a long chain must not be destroyed by recursion.
Letter::~Letter() {
  while (next) next = std::exchange(next->next, nullptr);
}

bool Mailbox::put(std::unique_ptr<Letter> letter) noexcept {
  std::scoped_lock const lock(mutex_);
  if (shut_) return false;
  auto* const last = std::exchange(last_, letter.get());
  if (last) {
    last->next = std::move(letter);
    return true;
  }
  first_ = std::move(letter);
  std::uint64_t const one = 1;
  // The counter cannot overflow: it is raised only while the box is empty.
  return write(fd_, &one, sizeof one) == sizeof one;
}

std::unique_ptr<Letter> Mailbox::take() noexcept {
  std::scoped_lock const lock(mutex_);
  std::uint64_t count = 0;
  if (read(fd_, &count, sizeof count) < 0) return {};
  last_ = nullptr;
  return std::move(first_);
}

void Mailbox::shut() {
  std::unique_ptr<Letter> unrun;  // destroyed after the lock is gone
  std::scoped_lock const lock(mutex_);
  shut_ = true;
  last_ = nullptr;
  unrun = std::move(first_);
}

}  // namespace twx
