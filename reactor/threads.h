// Public. Between the threads of a reactor's pool and its loop, with results.
//
//   // In the reactor's thread; the callback is called there too.
//   defer_to_thread(reactor, [name] { return slow_query(name); })
//       .add_callback([](Rows rows) { ... })
//       .release();
//   // In another one.
//   auto const count = blocking_call_from_thread(reactor, [&] { return chat.size(); });
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>

#include "reactor/reactor.h"

namespace twx {
namespace detail {

// One result, from the loop to a thread that waits for it.
template <class T>
class Answer {
 public:
  // False if there is one already.
  bool give(Result<T> result) {
    std::scoped_lock const lock(mutex_);
    if (result_) return false;
    result_.emplace(std::move(result));
    given_.notify_all();
    return true;
  }
  Result<T> wait() {
    std::unique_lock lock(mutex_);
    given_.wait(lock, [this] { return result_.has_value(); });
    return std::move(*result_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<Result<T>> result_;
};

// Held by whatever is to answer; if that goes without an answer, this is one.
template <class T>
class Answering {
 public:
  explicit Answering(std::shared_ptr<Answer<T>> answer) : answer_(std::move(answer)) {}
  Answering(Answering&&) noexcept = default;
  Answering& operator=(Answering&&) = delete;
  ~Answering() {
    if (answer_) answer_->give(Error::abandoned);
  }
  bool give(Result<T> result) const { return answer_->give(std::move(result)); }
  std::shared_ptr<Answer<T>> const& answer() const { return answer_; }

 private:
  std::shared_ptr<Answer<T>> answer_;
};

// In the loop: answers with what `deferred` comes to, or at the reactor's shutdown.
template <class T>
void answer_later(Reactor& reactor, Deferred<T> deferred, Answering<T> answering) {
  auto const answer = answering.answer();
  if (reactor.shutting_down()) {  // no trigger will come any more: what is pending is abandoned
    std::move(deferred)
        .add_both([answer](Result<T> result) { answer->give(std::move(result)); })
        .release();
    return;
  }
  auto const id = std::make_shared<TriggerId>();
  auto const give = [&reactor, answer, id](Result<T> result) {
    if (answer->give(std::move(result))) reactor.remove_system_event_trigger(*id);
  };
  *id = reactor.add_system_event_trigger(Phase::during, SystemEvent::shutdown,
                                         [answering = std::move(answering), give] {
                                           give(Error::abandoned);
                                           return succeed();
                                         });
  std::move(deferred).add_both(give).release();
}

}  // namespace detail

// Runs function() in a thread of the pool. What it returns (a T, void or a Result<T>) or throws is
// the result, in the reactor's thread. Cancelling gives up work that has not begun; what has goes
// on to its end and its result is dropped. Error::abandoned when the reactor shuts down before it
// has begun, the system's code where it refuses a thread.
template <std::invocable F>
auto defer_to_thread(Reactor& reactor, F function,
                     std::source_location where = std::source_location::current()) {
  using R = std::invoke_result_t<F&>;
  using T = detail::SettledBy<R>;
  static_assert(!detail::is_deferred<std::remove_cvref_t<R>>, "a Deferred belongs to one thread");
  struct Shared {
    std::atomic<bool> cancelled{false};
    Result<T> result = Error::abandoned;
  };
  auto const shared = std::make_shared<Shared>();
  auto deferred =
      Deferred<T>::with_canceller([shared](Promise<T>&) { shared->cancelled = true; }, where);
  auto work = [shared, function = std::move(function)]() mutable {
    if (shared->cancelled) return;
    try {
      if constexpr (std::is_void_v<R>) {
        function();
        shared->result = Result<T>();
      } else {
        shared->result = function();
      }
    } catch (...) {
      shared->result = Failure::from_current_exception();
    }
  };
  auto const promise = std::make_shared<Promise<T>>();  // while it is empty nothing is abandoned
  auto done = [shared, promise] {
    if (promise->fired()) return;
    auto& result = shared->result;
    result ? promise->callback(std::move(*result)) : promise->errback(result.failure());
  };
  try {
    reactor.call_in_thread(std::move(work), std::move(done));
  } catch (...) {
    deferred.errback(Failure::from_current_exception());
    return deferred;
  }
  *promise = deferred.promise();
  return deferred;
}

// In any other thread: runs function() in the reactor's and waits for the result, that of the
// Deferred too if it returns one. Returns the value; throws what function threw, or the failure as
// FailureException: Error::abandoned if the reactor shuts down first. Throws std::logic_error in
// the reactor's own thread, which would wait for itself.
template <std::invocable F>
auto blocking_call_from_thread(Reactor& reactor, F function) {
  using T = detail::SettledBy<std::invoke_result_t<F&>>;
  if (reactor.in_own_thread()) throw std::logic_error("the reactor's thread waits for itself");
  auto const answer = std::make_shared<detail::Answer<T>>();
  reactor.call_from_thread([&reactor, answering = detail::Answering<T>(answer),
                            function = std::move(function)]() mutable {
    auto deferred = maybe_deferred(std::move(function));
    detail::answer_later(reactor, std::move(deferred), std::move(answering));
  });
  auto result = answer->wait();
  if constexpr (std::is_void_v<T>) {
    result.value();
  } else {
    return std::move(result).value();
  }
}

}  // namespace twx
