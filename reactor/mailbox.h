// Internal to reactor/. Calls from other threads, waiting for the loop. Outlives the reactor for as
// long as a thread (a look-up, say) holds it.
#pragma once

#include <memory>
#include <mutex>

#include "reactor/function.h"

namespace twx {

// A call on its way. Whoever must not fail later makes it beforehand.
struct Letter {
  explicit Letter(Function<void()> what) : call(std::move(what)) {}
  ~Letter();
  Letter(Letter const&) = delete;
  Letter& operator=(Letter const&) = delete;

  Function<void()> call;
  std::unique_ptr<Letter> next;
};

class Mailbox {
 public:
  Mailbox();  // throws std::system_error
  ~Mailbox();
  Mailbox(Mailbox const&) = delete;
  Mailbox& operator=(Mailbox const&) = delete;

  // False, and the call destroyed, when the reactor is gone.
  bool put(std::unique_ptr<Letter>) noexcept;
  bool put(Function<void()> call) { return put(std::make_unique<Letter>(std::move(call))); }
  // What has come since the last time, in order.
  std::unique_ptr<Letter> take() noexcept;
  // The reactor goes: destroys what waits, takes no more.
  void shut();
  // Readable while calls wait.
  int fd() const { return fd_; }

 private:
  int const fd_;
  std::mutex mutex_;
  std::unique_ptr<Letter> first_;
  Letter* last_ = nullptr;
  bool shut_ = false;
};

}  // namespace twx
