// Internal to reactor/. Deferreds in coroutines: co_await on one, and one as the return type.
#pragma once

#include <concepts>
#include <coroutine>
#include <source_location>
#include <type_traits>
#include <utility>

#include "reactor/deferred_core.h"
#include "reactor/deferred_links.h"
#include "reactor/failure.h"

namespace twx::detail {

// The link of a coroutine that waits; lives in its frame, and resuming it may destroy both.
class Resumption : public Link {
 public:
  explicit Resumption(ChainPtr awaited) : Link(Side::both), awaited_(std::move(awaited)) {}
  ~Resumption() override {
    if (awaited_) awaited_->let_go();
  }
  bool await_ready() noexcept;
  // `own` is the chain of the coroutine that waits, if it has one.
  void suspend(std::coroutine_handle<> waiting, Chain* own);
  void run(Chain&) noexcept override;

 protected:
  ChainPtr awaited_;  // while there is a result to take from it

 private:
  std::coroutine_handle<> coroutine_;
  Chain* own_ = nullptr;
};

// Destroys a coroutine that returned and fires its chain, from the loop that resumed it if any.
void complete(std::coroutine_handle<> finished, ChainPtr chain) noexcept;

// What a coroutine that returns a Deferred<T> is made of. It begins at once, inside the call.
struct CoroutineBase {
  struct Finish {
    bool await_ready() noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> finished) noexcept {
      complete(finished, std::move(finished.promise().chain));
    }
    void await_resume() noexcept {}
  };

  explicit CoroutineBase(std::source_location where) : chain(new Chain(where)) { chain->promise(); }
  CoroutineBase(CoroutineBase const&) = delete;
  CoroutineBase& operator=(CoroutineBase const&) = delete;
  ~CoroutineBase() {
    if (chain) chain->abandon();
  }
  std::suspend_never initial_suspend() noexcept { return {}; }
  Finish final_suspend() noexcept { return {}; }
  void unhandled_exception() { settle(Result<void>(Failure::from_current_exception())); }
  // Keeps the result for the end, when all that the coroutine owned is destroyed.
  template <class T>
  void settle(Result<T> result) {
    if (!chain->fired()) chain->result.set_result(std::move(result));
  }

  ChainPtr chain;
};

template <class T>
struct Coroutine : CoroutineBase {
  explicit Coroutine(std::source_location where = std::source_location::current())
      : CoroutineBase(where) {}
  Deferred<T> get_return_object() { return Access::deferred<T>(chain); }
  // co_return takes a T, a Result<T> or a Failure.
  void return_value(Result<T> result) { settle(std::move(result)); }
};
template <class T>
  requires std::is_void_v<T>
struct Coroutine<T> : CoroutineBase {
  explicit Coroutine(std::source_location where = std::source_location::current())
      : CoroutineBase(where) {}
  Deferred<T> get_return_object() { return Access::deferred<T>(chain); }
  void return_void() { settle(Result<void>()); }
};

// co_await on a Deferred<T>.
template <class T>
class Awaiter : public Resumption {
 public:
  using Resumption::Resumption;
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) {
    if constexpr (std::derived_from<P, CoroutineBase>) {
      suspend(waiting, waiting.promise().chain.get());
    } else {
      suspend(waiting, nullptr);
    }
  }
  T await_resume() {
    auto const chain = std::move(awaited_);
    if (chain->result.failed()) chain->result.template take<Failure>().rethrow();
    if constexpr (std::is_void_v<T>) {
      chain->result.template take<Unit>();
    } else {
      return chain->result.template take<T>();
    }
  }
};

// The same with as_result().
template <class T>
class ResultAwaiter final : public Awaiter<T> {
 public:
  using Awaiter<T>::Awaiter;
  Result<T> await_resume() {
    auto const chain = std::move(this->awaited_);
    return chain->result.template take_result<T>();
  }
};

}  // namespace twx::detail
