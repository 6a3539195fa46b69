#include "reactor/clock.h"

#include <algorithm>

#include "reactor/failure.h"
#include "reactor/log.h"
#include "reactor/timer_queue.h"

namespace twx {

namespace {

// Longer than the clock can count means never, or before all times.
Time later(Time from, Duration by) {
  auto const time = from.time_since_epoch();
  if (by > Duration::zero() && time > Duration::max() - by) return Time::max();
  if (by < Duration::zero() && time < Duration::min() - by) return Time::min();
  return from + by;
}

}  // namespace

// --- the queue ---

DelayedCall TimerQueue::add(Time time, Function<void()> function) {
  auto call = std::make_unique<TimedCall>();
  call->time = time;
  call->order = next_order_++;
  call->queue = this;
  call->call = std::move(function);
  heap_.push(*call);
  tell_if_soonest(*call);
  return DelayedCall(call.release());
}

void TimerQueue::remove(TimedCall& call) noexcept {
  heap_.remove(call);
  call.queue = nullptr;
}

void TimerQueue::move_to(TimedCall& call, Time time) {
  call.time = time;
  call.order = next_order_++;
  heap_.moved(call);
  tell_if_soonest(call);
}

void TimerQueue::tell_if_soonest(TimedCall const& call) {
  if (&heap_.front() == &call) clock_.sooner_call();
}

void TimerQueue::make_due_calls(Time until) {
  auto const added_from = next_order_;
  while (!heap_.empty() && heap_.front().time <= until && heap_.front().order < added_from) {
    auto* const timed = &heap_.front();
    remove(*timed);
    timed->called = true;
    auto call = std::move(timed->call);
    if (!timed->handle) delete timed;
    try {
      call();
    } catch (...) {
      log_failure("a delayed call failed", Failure::from_current_exception());
    }
  }
}

void TimerQueue::clear() noexcept {
  while (!heap_.empty()) {
    auto* const timed = &heap_.back();
    remove(*timed);
    auto const call = std::move(timed->call);  // destroyed last: it may own what owns the handle
    if (!timed->handle) delete timed;
  }
}

// --- the handle ---

DelayedCall& DelayedCall::operator=(DelayedCall&& other) noexcept {
  if (this != &other) {
    drop();
    call_ = std::exchange(other.call_, nullptr);
  }
  return *this;
}

bool DelayedCall::active() const noexcept { return call_ && call_->queue; }

TimedCall& DelayedCall::pending() const {
  if (active()) return *call_;
  if (call_ && call_->called) throw AlreadyCalled();
  throw AlreadyCancelled();
}

void DelayedCall::cancel() {
  auto& timed = pending();
  timed.queue->remove(timed);
  timed.call = nullptr;
}

void DelayedCall::reset(Duration after) {
  auto& timed = pending();
  timed.queue->move_to(timed, later(timed.queue->now(), after));
}

void DelayedCall::delay(Duration more) {
  auto& timed = pending();
  timed.queue->move_to(timed, later(timed.time, more));
}

Time DelayedCall::time() const { return pending().time; }

void DelayedCall::release() noexcept {
  if (!call_) return;
  call_->handle = false;
  if (!call_->queue) delete call_;
  call_ = nullptr;
}

void DelayedCall::drop() noexcept {
  auto* const timed = std::exchange(call_, nullptr);
  if (!timed) return;
  if (timed->queue) timed->queue->remove(*timed);
  delete timed;
}

// --- the clock ---

Clock::Clock() : calls_(std::make_unique<TimerQueue>(*this)) {}
Clock::~Clock() = default;

DelayedCall Clock::call_later(Duration after, Function<void()> call) {
  if (after < Duration::zero()) throw std::invalid_argument("call_later with a negative delay");
  return calls_->add(later(now(), after), std::move(call));
}

std::vector<Time> Clock::delayed_calls() const {
  std::vector<Time> times;
  for (auto const* call : calls_->heap()) times.push_back(call->time);
  std::sort(times.begin(), times.end());
  return times;
}

std::optional<Time> Clock::next_call() const {
  if (calls_->heap().empty()) return std::nullopt;
  return calls_->heap().front()->time;
}

void Clock::make_due_calls(Time until) { calls_->make_due_calls(until); }
void Clock::drop_calls() { calls_->clear(); }

}  // namespace twx
