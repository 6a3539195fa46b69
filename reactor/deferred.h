// Public. Deferred<T>: a result that may come later, and the callbacks that it will go through.
//
//   Promise<int> promise = deferred.promise();        // for who knows the answer
//   auto shown = std::move(deferred)
//                    .add_callback([](int n) { return n * n; })
//                    .add_callback([](int n) { std::printf("%d\n", n); })
//                    .add_errback([](Failure why) { std::puts(why.message().c_str()); });
//   promise.callback(4);                              // prints 16 before it returns
//
// or, in a coroutine that returns a Deferred:          int n = co_await std::move(deferred);
//
// A chain of callbacks is either on its value side or on its failure side. Each link gets the
// result of the one before: what it returns goes on as the value, a Failure that it returns or an
// exception that it throws goes on as the failure, and a Deferred that it returns holds the chain
// until that has a result. A Deferred, its Promise and all that runs because of them belong to one
// thread.
#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "reactor/clock.h"
#include "reactor/deferred_core.h"
#include "reactor/deferred_coroutine.h"
#include "reactor/deferred_links.h"
#include "reactor/failure.h"

namespace twx {

// A callback or errback where there was one before.
struct AlreadyCalledError : std::logic_error {
  AlreadyCalledError() : std::logic_error("the Deferred was already fired") {}
};

// The producer's half of a Deferred. Destroying one that was not fired fires Error::abandoned, so
// that nobody waits for ever. Who stores a Promise inside a callback of its own chain gets a leak.
template <class T>
class [[nodiscard]] Promise {
 public:
  using Value = ValueOf<T>;  // Unit for void

  Promise() = default;  // fired() is true
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise other) noexcept {
    std::swap(chain_, other.chain_);
    return *this;
  }
  ~Promise() {
    if (chain_) chain_->abandon();
  }

  // Fires the chain: all that can run does so inside this call, which may destroy the Promise's
  // owner. Throws AlreadyCalledError, and changes nothing, when it was fired; after a cancel()
  // without canceller the first late firing is swallowed.
  void callback(Value value) { fire(std::move(value)); }
  void callback()
    requires std::is_void_v<T>
  {
    fire(Unit());
  }
  // As callback(), to the failure side.
  void errback(Failure failure) { fire(std::move(failure)); }
  template <std::derived_from<std::exception> E>
  void errback(E exception);
  // Only inside a catch block: the exception being handled.
  void errback() { fire(Failure::from_current_exception()); }

  // True if there is nothing left to fire: that happened, or the Deferred was cancelled.
  bool fired() const { return !chain_ || chain_->fired(); }

 private:
  template <class>
  friend class Deferred;
  explicit Promise(detail::ChainPtr chain) : chain_(std::move(chain)) {}
  template <class V>
  void fire(V value);

  detail::ChainPtr chain_;
};

// The consumer's half. The functions that consume it (all that are called on an rvalue) give the
// Deferred to go on with. Dropping it neither cancels nor stops the chain. A failure that no link
// took is logged when nothing can take it any more, with the place where the Deferred was created.
template <class T>
class [[nodiscard]] Deferred {
 public:
  using Value = ValueOf<T>;                   // Unit for void
  using promise_type = detail::Coroutine<T>;  // so that a coroutine may return a Deferred

  // Not fired. One that is consumed before promise(), callback() or errback() is called can never
  // be fired any more and fails at once with Error::abandoned.
  explicit Deferred(std::source_location where = std::source_location::current())
      : chain_(new detail::Chain(where)) {}
  // cancel() calls `canceller`, which stops the work and may fire the Promise that it gets; if it
  // does not, Error::cancelled follows, and if it throws, that. It may destroy the other Promise:
  // no Error::abandoned then. It is destroyed when the Deferred fires.
  template <std::invocable<Promise<T>&> F>
  static Deferred with_canceller(F canceller,
                                 std::source_location where = std::source_location::current());
  Deferred(Deferred&&) noexcept = default;
  Deferred& operator=(Deferred other) noexcept {
    std::swap(chain_, other.chain_);
    return *this;
  }
  ~Deferred() {
    if (chain_) chain_->let_go();
  }

  // The producer's half. Throws std::logic_error if it was handed out before.
  Promise<T> promise();
  // As the Promise's. Only on the Deferred as created, not on what add_callback() returned:
  // throws std::logic_error there.
  void callback(Value value) { producer().callback(std::move(value)); }
  void callback()
    requires std::is_void_v<T>
  {
    producer().callback();
  }
  template <class... E>
  void errback(E&&... failure) {
    producer().errback(std::forward<E>(failure)...);
  }

  // The links. Each runs at most once: inside this call if the result is there, else when it comes;
  // links added by a running one run after it. What a link captured is destroyed when it ran or was
  // passed by. If it returned a Deferred, that waits until this has a result: a link may be a
  // coroutine that uses its captures, but must take its arguments by value. `extra` arguments
  // follow the result.

  // function(T, extra...) for a value (no T if void). It returns U, void, Result<U> or Deferred<U>,
  // and this a Deferred<U>; a failure passes it by.
  template <class F, class... Extra>
  auto add_callback(F function, Extra... extra) &&;
  // function(Failure, extra...) for a failure. It returns a T (nothing if void), Result<T>,
  // Deferred<T>, or Failure; a value passes it by.
  template <class F, class... Extra>
  Deferred add_errback(F function, Extra... extra) &&;
  // Both in one place: `on_failure` does not see the errors of `on_value`.
  template <class C, class E>
  auto add_callbacks(C on_value, E on_failure) &&;
  // function(Result<T>, extra...) for either; as add_callback.
  template <class F, class... Extra>
  auto add_both(F function, Extra... extra) &&;
  // Fires `other` with the result. A cancel() there does not come back here. Throws
  // AlreadyCalledError if `other` was fired, std::logic_error if it is this one's own.
  void chain_deferred(Promise<T> other) &&;
  // cancel() when `after` has passed; the Error::cancelled that this gives is Error::timed_out to
  // the links that follow. The timer is dropped when the result comes earlier.
  // Throws std::invalid_argument if `after` is negative.
  Deferred add_timeout(Duration after, Clock& clock) &&;

  // While there are more pauses than unpauses no link runs; a firing keeps its result until then. A
  // pause ends with the handle: when it is dropped, awaited, chained or returned from a link.
  void pause() { chain_->pause(); }
  void unpause() noexcept { chain_->unpause(); }
  // Fails what was not fired with Error::cancelled, unless its canceller has a better answer. Goes
  // to the Deferred that a link returned or that a coroutine awaits, if the chain waits for one.
  // Does nothing when the result is there.
  void cancel() { chain_->cancel(); }
  // True if the result is there and went through all links.
  bool has_result() const { return chain_->has_result(); }
  // Gives up the handle, as destroying it does, for who wants to say so.
  void release() && noexcept { Deferred const gone(std::move(*this)); }

  // Waits for the result, not at all if it is there. Throws the failure (see Failure::rethrow).
  auto operator co_await() && noexcept { return detail::Awaiter<T>(std::move(chain_)); }
  // For co_await, where a failure is not to be thrown: that gives a Result<T>.
  [[nodiscard]] auto as_result() && noexcept { return detail::ResultAwaiter<T>(std::move(chain_)); }

 private:
  static_assert(!detail::is_deferred<T> && !std::is_reference_v<T> && !std::is_same_v<T, Failure>);
  template <class>
  friend class Deferred;
  friend struct detail::Access;
  explicit Deferred(detail::ChainPtr chain) : chain_(std::move(chain)) {}
  Promise<T> producer();
  template <class U, class Call>
  Deferred<U> add(detail::Side side, Call call);

  detail::ChainPtr chain_;
};

// One that is fired already.
template <class T>
Deferred<std::remove_cvref_t<T>> succeed(
    T&& value, std::source_location where = std::source_location::current());
Deferred<void> succeed(std::source_location where = std::source_location::current());
template <class T>
Deferred<T> fail(Failure failure, std::source_location where = std::source_location::current());

// Calls function(): what it returns or throws becomes a Deferred, and a Deferred is passed on.
template <std::invocable F>
auto maybe_deferred(F&& function, std::source_location where = std::source_location::current());

// --- implementation ---

template <class T>
template <class V>
void Promise<T>::fire(V value) {
  if (!chain_) throw AlreadyCalledError();
  auto const accepted = chain_->accepts();
  if (accepted) chain_->result.set(std::move(value));
  auto const chain = std::move(chain_);  // firing may destroy *this
  if (accepted) chain->fire();
}

template <class T>
template <std::derived_from<std::exception> E>
void Promise<T>::errback(E exception) {
  try {
    throw std::move(exception);
  } catch (...) {
    errback();
  }
}

template <class T>
template <std::invocable<Promise<T>&> F>
Deferred<T> Deferred<T>::with_canceller(F canceller, std::source_location where) {
  Deferred deferred(where);
  deferred.chain_->set_canceller([canceller = std::move(canceller)](detail::Chain& chain) mutable {
    Promise<T> promise{detail::ChainPtr(&chain)};
    try {
      canceller(promise);
    } catch (...) {
      if (promise.fired()) throw;
      promise.errback();
    }
    promise.chain_ = {};  // not abandoned: the real one is elsewhere
  });
  return deferred;
}

template <class T>
Promise<T> Deferred<T>::promise() {
  if (!chain_->promise()) throw std::logic_error("the promise was handed out before");
  return Promise<T>(chain_);
}

template <class T>
Promise<T> Deferred<T>::producer() {
  if (chain_->extended() && !chain_->fired()) throw std::logic_error("fire the Promise instead");
  chain_->promise();
  return Promise<T>(chain_);
}

template <class T>
template <class U, class Call>
Deferred<U> Deferred<T>::add(detail::Side side, Call call) {
  auto& link = chain_->make<detail::Step<Call>>(side, std::move(call));
  auto chain = std::move(chain_);
  chain->add(link);
  return Deferred<U>(std::move(chain));
}

template <class T>
template <class F, class... Extra>
auto Deferred<T>::add_callback(F function, Extra... extra) && {
  auto whole = detail::with_extra(std::move(function), std::move(extra)...);
  using U = detail::AfterValue<T, decltype(whole)>;
  return add<U>(detail::Side::values, [whole = std::move(whole)](detail::Chain& chain) mutable {
    detail::settle_value<T, U>(chain, whole);
  });
}

template <class T>
template <class F, class... Extra>
Deferred<T> Deferred<T>::add_errback(F function, Extra... extra) && {
  auto whole = detail::with_extra(std::move(function), std::move(extra)...);
  return add<T>(detail::Side::failures, [whole = std::move(whole)](detail::Chain& chain) mutable {
    detail::settle<T>(chain, whole, chain.result.take<Failure>());
  });
}

template <class T>
template <class C, class E>
auto Deferred<T>::add_callbacks(C on_value, E on_failure) && {
  using U = detail::AfterValue<T, C>;
  return add<U>(detail::Side::both,
                [on_value = std::move(on_value),
                 on_failure = std::move(on_failure)](detail::Chain& chain) mutable {
                  if (chain.result.failed()) {
                    detail::settle<U>(chain, on_failure, chain.result.take<Failure>());
                  } else {
                    detail::settle_value<T, U>(chain, on_value);
                  }
                });
}

template <class T>
template <class F, class... Extra>
auto Deferred<T>::add_both(F function, Extra... extra) && {
  auto whole = detail::with_extra(std::move(function), std::move(extra)...);
  using U = detail::SettledBy<std::invoke_result_t<decltype(whole), Result<T>>>;
  return add<U>(detail::Side::both, [whole = std::move(whole)](detail::Chain& chain) mutable {
    detail::settle<U>(chain, whole, chain.result.take_result<T>());
  });
}

template <class T>
void Deferred<T>::chain_deferred(Promise<T> other) && {
  if (!other.chain_) throw AlreadyCalledError();
  if (other.chain_.get() == chain_.get()) throw std::logic_error("chained to itself");
  auto const chain = std::move(chain_);
  chain->chain_to(std::move(other.chain_));
}

template <class T>
Deferred<T> Deferred<T>::add_timeout(Duration after, Clock& clock) && {
  struct Deadline {
    DelayedCall call;
    bool passed = false;
  };
  auto deadline = std::make_unique<Deadline>();
  // The link owns the deadline, and the chain the link: both pointers are good while the call is
  // pending.
  deadline->call = clock.call_later(after, [deadline = deadline.get(), chain = chain_.get()] {
    deadline->passed = true;
    chain->cancel();
  });
  return std::move(*this).add_both([deadline = std::move(deadline)](Result<T> result) -> Result<T> {
    if (deadline->passed && !result && result.failure().is(Error::cancelled))
      return Error::timed_out;
    return result;
  });
}

template <class T>
Deferred<std::remove_cvref_t<T>> succeed(T&& value, std::source_location where) {
  Deferred<std::remove_cvref_t<T>> deferred(where);
  deferred.callback(std::forward<T>(value));
  return deferred;
}

inline Deferred<void> succeed(std::source_location where) {
  Deferred<void> deferred(where);
  deferred.callback();
  return deferred;
}

template <class T>
Deferred<T> fail(Failure failure, std::source_location where) {
  Deferred<T> deferred(where);
  deferred.errback(std::move(failure));
  return deferred;
}

template <std::invocable F>
auto maybe_deferred(F&& function, std::source_location where) {
  return succeed(where).add_callback(std::forward<F>(function));
}

}  // namespace twx
