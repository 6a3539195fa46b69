// Internal to reactor/. Work that the threads of one reactor do, and what follows it in the loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "reactor/mailbox.h"
#include "reactor/thread_pool.h"

namespace twx {

class ThreadCalls {
 public:
  explicit ThreadCalls(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

  // From any thread. `done` is run or, if the work is not to be done any more, destroyed: in the
  // loop, or in the thread that calls join().
  void start(Function<void()> work, Function<void()> done);
  void set_size(std::size_t most) { pool_.set_size(most); }

  // Gives up the work that has not begun, and what is asked for until open() or join(). The loop
  // should turn until all is told.
  void close() { pool_.close(); }
  void open() { pool_.open(); }
  bool all_told() const;
  // Waits for the threads. What they have done is not told any more.
  void join();

 private:
  using Id = std::uint64_t;
  using Following = std::map<Id, Function<void()>>;
  class Errand;
  void finished(Id, bool done);
  Following::node_type take(Id);

  std::shared_ptr<Mailbox> mailbox_;
  mutable std::mutex mutex_;
  Id next_ = 0;
  Following following_;
  ThreadPool pool_;  // last: its threads use the rest
};

}  // namespace twx
