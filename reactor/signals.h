// Internal to reactor/. Signals as events of one reactor. The handler only notes the number and
// wakes the loop; its mask and disposition are not inherited by programs that are started.
#pragma once

#include <csignal>
#include <map>
#include <memory>

#include "reactor/epoll_set.h"
#include "reactor/function.h"

namespace twx {

class Signals final : public Watched {
 public:
  explicit Signals(EpollSet& set);  // throws std::system_error
  ~Signals() override;              // puts the old dispositions back

  void on(int signal, Function<void()> call);
  bool handles(int signal) const { return calls_.contains(signal); }

 private:
  struct Handled {
    std::shared_ptr<Function<void()>> call;  // may replace itself while it runs
    struct sigaction old{};
  };
  void ready(std::uint32_t events) override;

  EpollSet& set_;
  int fd_;
  int previous_fd_;  // of the reactor that had the signals before
  std::map<int, Handled> calls_;
};

// Makes a write that nobody will read (SIGPIPE), or for which a file is not allowed to grow
// (SIGXFSZ), an error and no longer the end of the process. A handler, not SIG_IGN: programs that
// are started get the default action back.
void survive_failed_writes();

}  // namespace twx
