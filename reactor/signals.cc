#include "reactor/signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "reactor/failure.h"
#include "reactor/log.h"

namespace twx {
namespace {

// Signals belong to the process: one reactor at a time listens to them.
std::atomic<int> wake_fd{-1};
std::array<std::atomic<bool>, NSIG> came{};

extern "C" void note_signal(int signal) {
  auto const error = errno;
  came[static_cast<std::size_t>(signal)] = true;
  std::uint64_t const one = 1;
  auto const written = write(wake_fd, &one, sizeof one);
  static_cast<void>(written);  // full means that the loop will wake anyway
  errno = error;
}

extern "C" void do_nothing(int) {}

}  // namespace

Signals::Signals(EpollSet& set) : set_(set), fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  if (auto const error = set_.watch(*this, fd_, EPOLLIN)) {
    close(fd_);
    throw std::system_error(error, std::system_category(), "epoll_ctl");
  }
  previous_fd_ = wake_fd.exchange(fd_);
}

Signals::~Signals() {
  for (auto const& [signal, handled] : calls_) sigaction(signal, &handled.old, nullptr);
  int mine = fd_;
  wake_fd.compare_exchange_strong(mine, previous_fd_);
  set_.remove(*this);
  close(fd_);
}

void Signals::on(int signal, Function<void()> call) {
  auto const known = calls_.contains(signal);
  auto& handled = calls_[signal];
  handled.call = std::make_shared<Function<void()>>(std::move(call));
  if (known) return;
  struct sigaction action{};
  action.sa_handler = &note_signal;
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  came[static_cast<std::size_t>(signal)] = false;
  if (sigaction(signal, &action, &handled.old) < 0)
    throw std::system_error(errno, std::system_category(), "sigaction");
}

void survive_failed_writes() {
  struct sigaction action{};
  action.sa_handler = &do_nothing;
  action.sa_flags = SA_RESTART;
  for (auto const number : {SIGPIPE, SIGXFSZ})
    if (sigaction(number, &action, nullptr) < 0)
      throw std::system_error(errno, std::system_category(), "sigaction");
}

void Signals::ready(std::uint32_t) {
  std::uint64_t count = 0;
  auto const got = read(fd_, &count, sizeof count);
  static_cast<void>(got);  // EAGAIN: somebody was quicker; the flags below say what to do
  for (auto& [signal, handled] : calls_) {
    if (!came[static_cast<std::size_t>(signal)].exchange(false)) continue;
    try {
      auto const call = handled.call;
      (*call)();
    } catch (...) {
      log_failure("a signal handler failed", Failure::from_current_exception());
    }
  }
}

}  // namespace twx
