// Public. DeferredQueue<T>: values from who has them to who wants them, in order, whoever comes
// first.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <source_location>
#include <stdexcept>
#include <utility>

#include "reactor/deferred.h"
#include "reactor/waiting_line.h"

namespace twx {

// More values than a DeferredQueue may keep, and more get()s than may wait for one.
struct QueueOverflow : std::runtime_error {
  QueueOverflow() : std::runtime_error("the queue is full") {}
};
struct QueueUnderflow : std::runtime_error {
  QueueUnderflow() : std::runtime_error("too many wait for the queue") {}
};

template <class T>
class DeferredQueue {
 public:
  // For no limit of values, or of those that wait for one.
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  // Keeps up to `size` values that nobody has asked for, and lets up to `backlog` get()s wait.
  explicit DeferredQueue(std::size_t size = unlimited, std::size_t backlog = unlimited)
      : most_values_(size), most_waiting_(backlog) {}
  // On destruction the get()s that wait fail with Error::abandoned.
  ~DeferredQueue() = default;
  DeferredQueue(DeferredQueue const&) = delete;
  DeferredQueue& operator=(DeferredQueue const&) = delete;

  // Fires the get() that waits longest, inside this call, or keeps the value. Throws QueueOverflow.
  void put(T value) {
    if (!line_.empty()) return line_.serve(std::move(value));
    if (values_.size() >= most_values_) throw QueueOverflow();
    values_.push_back(std::move(value));
  }

  // Fires with the next value: at once if there is one, otherwise in the order of asking.
  // Cancelling one that waits takes it out of the line. Throws QueueUnderflow.
  Deferred<T> get(std::source_location where = std::source_location::current()) {
    if (values_.empty()) {
      if (line_.size() >= most_waiting_) throw QueueUnderflow();
      return line_.join(where);
    }
    Deferred<T> deferred(where);
    auto value = std::move(values_.front());
    values_.pop_front();
    deferred.callback(std::move(value));
    return deferred;
  }

  // How many values are kept, and how many get()s wait; one of them is 0.
  std::size_t size() const { return values_.size(); }
  std::size_t waiting() const { return line_.size(); }

 private:
  std::deque<T> values_;
  detail::WaitingLine<T> line_;
  std::size_t const most_values_;
  std::size_t const most_waiting_;
};

}  // namespace twx
