// Internal to reactor/. A listening TCP or unix socket: accepts several connections per wake-up and
// rests for a moment where the system has no descriptor or memory left for one more.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <memory>

#include "reactor/complaints.h"
#include "reactor/epoll_set.h"
#include "reactor/reactor.h"

namespace twx {

class Loop;

class Listener final : public ListeningPort, public Watched {
 public:
  Listener(Loop& loop, Address where, std::shared_ptr<Factory> factory, ListenOptions options);
  // On a socket that listens already.
  Listener(Loop& loop, int fd, std::shared_ptr<Factory> factory, ListenOptions options);
  ~Listener() override;

  Address host() const override { return host_; }
  bool listening() const override { return fd_ >= 0; }
  Deferred<void> stop_listening() override;
  Result<void> start_listening() override;

 private:
  void ready(std::uint32_t events) override;
  Result<void> open();
  Result<void> use(int fd);
  Failure failure(int error) const;
  bool accept_one();
  void rest(int error) noexcept;
  void go_on();
  void close_socket();

  Loop& loop_;
  Address where_;
  std::shared_ptr<Factory> factory_;
  ListenOptions options_;
  Address host_;
  int fd_ = -1;
  int inherited_ = -1;
  ino_t file_ = 0;  // of a unix socket
  DelayedCall resting_;
  Complaints complaints_;
};

}  // namespace twx
