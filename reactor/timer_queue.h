// Internal to reactor/. The pending calls of one Clock, ordered by time, then by the order of
// asking.
#pragma once

#include <cstdint>
#include <vector>

#include "reactor/clock.h"
#include "reactor/placed_heap.h"

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

struct SoonerCall {
  bool operator()(TimedCall const& a, TimedCall const& b) const {
    return a.time != b.time ? a.time < b.time : a.order < b.order;
  }
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
  std::vector<TimedCall*> const& heap() const { return heap_.elements(); }

 private:
  void tell_if_soonest(TimedCall const&);

  Clock& clock_;
  std::uint64_t next_order_ = 0;
  PlacedHeap<TimedCall, SoonerCall> heap_;
};

}  // namespace twx
