#include "reactor/epoll_set.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>

namespace twx {

EpollSet::EpollSet() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

EpollSet::~EpollSet() { close(fd_); }

int EpollSet::watch(Watched& watched, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  if (epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0) {
    watched.always_ready_ = false;
  } else if (errno == EPERM) {
    try {
      always_ready_.push_back(&watched);
    } catch (std::bad_alloc const&) {
      return ENOMEM;
    }
    watched.always_ready_ = true;
    wanted_always_ready_ += events != 0;
  } else {
    return errno;
  }
  watched.watched_fd_ = fd;
  watched.wanted_ = events;
  return 0;
}

void EpollSet::change(Watched& watched, std::uint32_t events) {
  if (watched.watched_fd_ < 0 || watched.wanted_ == events) return;
  if (watched.always_ready_) {
    wanted_always_ready_ += (events != 0) - (watched.wanted_ != 0);
  } else {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watched;
    // Cannot fail for a descriptor that is in the set.
    epoll_ctl(fd_, EPOLL_CTL_MOD, watched.watched_fd_, &event);
  }
  watched.wanted_ = events;
}

void EpollSet::remove(Watched& watched) {
  if (watched.watched_fd_ < 0) return;
  if (watched.always_ready_) {
    wanted_always_ready_ -= watched.wanted_ != 0;
    std::erase(always_ready_, &watched);
  } else {
    epoll_ctl(fd_, EPOLL_CTL_DEL, watched.watched_fd_, nullptr);
  }
  watched.watched_fd_ = -1;
  watched.wanted_ = 0;
}

void EpollSet::wait(int timeout) {
  if (wanted_always_ready_ > 0) timeout = 0;
  // -1 is EINTR: a signal, told through its own descriptor.
  count_ = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), timeout);
}

void EpollSet::tell() {
  for (int i = 0; i < count_; ++i) {
    auto const& event = events_[static_cast<std::size_t>(i)];
    auto& watched = *static_cast<Watched*>(event.data.ptr);
    if (watched.watched_fd_ >= 0) watched.ready(event.events);
  }
  // By index: callbacks add and remove. Who is missed on account of that is told in the next turn.
  for (std::size_t i = 0; i < always_ready_.size(); ++i)
    if (auto& watched = *always_ready_[i]; watched.wanted_ != 0) watched.ready(watched.wanted_);
}

}  // namespace twx
