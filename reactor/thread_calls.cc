#include "reactor/thread_calls.h"

#include <utility>

namespace twx {

// Tells the loop when it is destroyed, done or not. It holds nothing that belongs to the loop: if
// that is gone it may be destroyed anywhere.
class ThreadCalls::Errand {
 public:
  Errand(ThreadCalls& calls, Id id, Function<void()> work)
      : work_(std::move(work)), done_(std::make_shared<bool>(false)), mailbox_(calls.mailbox_) {
    letter_ = std::make_unique<Letter>([&calls, id, done = done_] { calls.finished(id, *done); });
  }
  Errand(Errand&&) noexcept = default;
  Errand& operator=(Errand&&) = delete;
  ~Errand() {
    if (!letter_) return;
    work_ = nullptr;  // what it holds is gone before anything follows
    static_cast<void>(mailbox_->put(std::move(letter_)));
  }

  void operator()() {
    *done_ = true;
    work_();
  }

 private:
  Function<void()> work_;
  std::shared_ptr<bool> done_;
  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<Letter> letter_;
};

void ThreadCalls::start(Function<void()> work, Function<void()> done) {
  Id id = 0;
  {
    std::scoped_lock const lock(mutex_);
    id = next_++;
    following_.emplace(id, std::move(done));
  }
  try {
    pool_.call(Errand(*this, id, std::move(work)));
  } catch (...) {
    take(id);
    throw;
  }
}

ThreadCalls::Following::node_type ThreadCalls::take(Id id) {
  std::scoped_lock const lock(mutex_);
  return following_.extract(id);
}

void ThreadCalls::finished(Id id, bool done) {
  auto const following = take(id);
  if (done && following && following.mapped()) following.mapped()();
}

bool ThreadCalls::all_told() const {
  std::scoped_lock const lock(mutex_);
  return following_.empty();
}

void ThreadCalls::join() {
  pool_.stop();
  Following dropped;  // destroyed without the lock
  std::scoped_lock const lock(mutex_);
  dropped.swap(following_);
}

}  // namespace twx
