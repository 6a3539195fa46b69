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

bool Mailbox::put(Function<void()> call) {
  std::scoped_lock const lock(mutex_);
  if (shut_) return false;
  calls_.push_back(std::move(call));
  std::uint64_t const one = 1;
  // The counter cannot overflow: it is raised only while the box is empty.
  return calls_.size() > 1 || write(fd_, &one, sizeof one) == sizeof one;
}

std::vector<Function<void()>> Mailbox::take() {
  std::scoped_lock const lock(mutex_);
  std::uint64_t count = 0;
  if (read(fd_, &count, sizeof count) < 0) return {};
  return std::exchange(calls_, {});
}

void Mailbox::shut() {
  std::vector<Function<void()>> unrun;  // destroyed after the lock is gone
  std::scoped_lock const lock(mutex_);
  shut_ = true;
  unrun.swap(calls_);
}

}  // namespace twx
