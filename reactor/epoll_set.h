// Internal to reactor/. The descriptors that one reactor waits for: an epoll set, level-triggered,
// one registration per descriptor. Regular files, which epoll refuses, are ready at any time.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <vector>

namespace twx {

// Told what its descriptor is ready for, and must not throw then. Stays alive until the end of the
// turn in which it is removed.
class Watched {
 public:
  virtual ~Watched() = default;
  virtual void ready(std::uint32_t events) = 0;

 private:
  friend class EpollSet;
  friend class Loop;
  Watched* next_buried_ = nullptr;
  std::uint32_t wanted_ = 0;
  int watched_fd_ = -1;  // -1: in no set
  bool always_ready_ = false;
};

class EpollSet {
 public:
  EpollSet();  // throws std::system_error
  ~EpollSet();
  EpollSet(EpollSet const&) = delete;
  EpollSet& operator=(EpollSet const&) = delete;

  // Waits for `events` (EPOLLIN, EPOLLOUT; errors and hang-ups always) of `fd` from now on. Returns
  // errno where the system refuses, 0 otherwise.
  int watch(Watched&, int fd, std::uint32_t events);
  void change(Watched&, std::uint32_t events);
  // To be called before the descriptor is closed. Closing would take it out by itself only if no
  // copy of it is left: a child between fork and exec has one.
  void remove(Watched&);

  // Waits up to `timeout` milliseconds (-1: for ever) until something is ready; then tell() tells
  // it.
  void wait(int timeout);
  void tell();

  // Itself readable while something is ready, except for what at_once() says.
  int fd() const { return fd_; }
  // Something is ready without any descriptor saying so.
  bool at_once() const { return wanted_always_ready_ > 0; }

 private:
  int const fd_;
  std::array<epoll_event, 256> events_{};
  int count_ = 0;
  std::vector<Watched*> always_ready_;
  int wanted_always_ready_ = 0;  // of them, those that want anything
};

}  // namespace twx
