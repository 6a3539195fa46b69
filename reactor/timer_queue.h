// Internal to reactor/. The pending calls of one Clock: a binary heap ordered by time, then by the
// order of asking. Each call knows its place in the heap, which makes cancelling O(log n).
#pragma once

#include <cstdint>
#include <vector>

#include "reactor/clock.h"

namespace twx {

// Shared by the queue and the handle; the last of the two frees it.
struct TimedCall {
  Time time;
  std::uint64_t order = 0;
  std::size_t place = 0;        // index in the heap, while pending
  TimerQueue* queue = nullptr;  // set while pending
  bool handle = true;           // a DelayedCall points here
  bool called = false;
  Function<void()> call;
};

class TimerQueue {
 public:
  explicit TimerQueue(Clock& clock) : clock_(clock) {}
  ~TimerQueue() { clear(); }
  TimerQueue(TimerQueue const&) = delete;
  TimerQueue& operator=(TimerQueue const&) = delete;

  DelayedCall add(Time, Function<void()>);
  void remove(TimedCall&) noexcept;
  void move_to(TimedCall&, Time);
  void make_due_calls(Time until);
  void clear() noexcept;
  Time now() const { return clock_.now(); }
  std::vector<TimedCall*> const& heap() const { return heap_; }

 private:
  static bool sooner(TimedCall const*, TimedCall const*);
  void tell_if_soonest(TimedCall const&);
  void sift_up(std::size_t place);
  void sift_down(std::size_t place);
  void put(TimedCall*, std::size_t place);

  Clock& clock_;
  std::uint64_t next_order_ = 0;
  std::vector<TimedCall*> heap_;
};

}  // namespace twx
