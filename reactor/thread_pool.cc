#include "reactor/thread_pool.h"

#include <utility>

#include "reactor/failure.h"
#include "reactor/log.h"

namespace twx {

void ThreadPool::call(Function<void()> work) {
  Threads ended;  // joined without the lock, as calls are destroyed without it
  std::unique_lock lock(mutex_);
  if (closed_) return lock.unlock();
  waiting_.push_back(std::move(work));
  try {
    grow();
  } catch (...) {
    work = std::move(waiting_.back());
    waiting_.pop_back();
    lock.unlock();
    throw;
  }
  ended.splice(ended.end(), left_);
  lock.unlock();
  wake_.notify_one();
  for (auto& each : ended) each.join();
}

// With the lock. Refused threads are no failure as long as there is one that will do the work.
void ThreadPool::grow() {
  while (waiting_.size() > idle_ && threads_.size() < most_) {
    Threads fresh;
    try {
      auto const self = fresh.emplace(fresh.end());
      *self = std::thread([this, self] { this->work(self); });
    } catch (...) {
      if (threads_.empty()) throw;
      return;
    }
    threads_.splice(threads_.end(), fresh);
    ++idle_;  // it comes to wait first
  }
}

void ThreadPool::work(Threads::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return surplus() || !waiting_.empty(); });
    --idle_;
    if (surplus()) break;
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      call();
    } catch (...) {
      log_failure("work in a thread failed", Failure::from_current_exception());
    }
    call = nullptr;
    lock.lock();
    ++idle_;
  }
  left_.splice(left_.end(), threads_, self);
  left_one_.notify_all();
}

void ThreadPool::set_size(std::size_t most) {
  std::unique_lock lock(mutex_);
  most_ = most;
  grow();
  lock.unlock();
  wake_.notify_all();
}

std::size_t ThreadPool::size() const {
  std::scoped_lock const lock(mutex_);
  return threads_.size();
}

void ThreadPool::close() {
  std::list<Function<void()>> dropped;  // destroyed without the lock
  std::unique_lock lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
  lock.unlock();
  wake_.notify_all();
}

void ThreadPool::open() {
  std::scoped_lock const lock(mutex_);
  closed_ = false;
}

void ThreadPool::stop() {
  close();
  Threads ended;
  std::unique_lock lock(mutex_);
  left_one_.wait(lock, [this] { return threads_.empty(); });
  ended.splice(ended.end(), left_);
  closed_ = false;
  lock.unlock();
  for (auto& each : ended) each.join();
}

}  // namespace twx
