// Public. ThreadPool: threads that do what may take long or block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <thread>

#include "reactor/function.h"

namespace twx {

// None at first; another one for each call that finds no thread idle, up to `most`. All but the
// destructor and stop() may be called from any thread.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t most = 10) : most_(most) {}
  ~ThreadPool() { stop(); }
  ThreadPool(ThreadPool const&) = delete;
  ThreadPool& operator=(ThreadPool const&) = delete;

  // Has `work` done, begun in the order of calls. What it throws is logged. Throws
  // std::system_error where the system refuses even one thread.
  void call(Function<void()> work);
  // More threads from now on, or fewer as soon as they have done what they are doing. With 0 work
  // waits.
  void set_size(std::size_t most);
  std::size_t size() const;  // threads there are now

  // Destroys the work that has not begun, in this thread, and what comes until open() or stop().
  void close();
  void open();
  // close(), then waits for the work that has begun, and for its threads. Usable again after that.
  // Not from one of its threads.
  void stop();

 private:
  using Threads = std::list<std::thread>;
  void grow();
  void work(Threads::iterator self);
  bool surplus() const { return closed_ || threads_.size() > most_; }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable left_one_;
  std::list<Function<void()>> waiting_;
  Threads threads_;
  Threads left_;  // ended, to be joined
  std::size_t most_;
  std::size_t idle_ = 0;
  bool closed_ = false;
};

}  // namespace twx
