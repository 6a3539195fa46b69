// Internal to reactor/. Calls from other threads, waiting for the loop. Outlives the reactor for as
// long as a thread (a look-up, say) holds it.
#pragma once

#include <mutex>
#include <vector>

#include "reactor/function.h"

namespace twx {

class Mailbox {
 public:
  Mailbox();  // throws std::system_error
  ~Mailbox();
  Mailbox(Mailbox const&) = delete;
  Mailbox& operator=(Mailbox const&) = delete;

  // False, and the call destroyed, when the reactor is gone.
  bool put(Function<void()> call);
  // What has come since the last time, in order.
  std::vector<Function<void()>> take();
  // The reactor goes: destroys what waits, takes no more.
  void shut();
  // Readable while calls wait.
  int fd() const { return fd_; }

 private:
  int const fd_;
  std::mutex mutex_;
  std::vector<Function<void()>> calls_;
  bool shut_ = false;
};

}  // namespace twx
