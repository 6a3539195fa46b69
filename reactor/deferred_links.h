// Internal to reactor/. How the functions given to a Deferred become links of its Chain.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "reactor/deferred_core.h"
#include "reactor/failure.h"

namespace twx {

template <class T>
class Deferred;

namespace detail {

template <class T>
inline constexpr bool is_deferred = false;
template <class T>
inline constexpr bool is_deferred<Deferred<T>> = true;

// The door to the chain inside a Deferred.
struct Access {
  template <class T>
  static ChainPtr take_chain(Deferred<T> deferred) {
    return std::move(deferred.chain_);
  }
  template <class T>
  static Deferred<T> deferred(ChainPtr chain) {
    return Deferred<T>(std::move(chain));
  }
};

// A link made of a function that takes the chain.
template <class Call>
class Step final : public Link {
 public:
  Step(Side side, Call call) : Link(side), call_(std::move(call)) {}
  void run(Chain& chain) noexcept override {
    try {
      call_(chain);
    } catch (...) {
      chain.result.set(Failure::from_current_exception());
    }
    chain.finish(*this);
  }

 private:
  Call call_;
};

// `function` with further arguments at the end.
template <class F, class... Extra>
auto with_extra(F function, Extra... extra) {
  if constexpr (sizeof...(Extra) == 0) {
    return function;
  } else {
    return [function = std::move(function), ... extra = std::move(extra)]<class... R>(
               R&&... result) mutable -> std::invoke_result_t<F, R..., Extra...> {
      return std::invoke(std::move(function), std::forward<R>(result)..., std::move(extra)...);
    };
  }
}

// The type that a Deferred gets from a function that returns R.
template <class R>
struct Settled {
  using type = R;
  static_assert(!std::is_same_v<R, Failure> && !std::is_same_v<R, Error>,
                "a function that only fails needs a type: let it return a Result<T>");
};
template <class T>
struct Settled<Result<T>> {
  using type = T;
};
template <class T>
struct Settled<Deferred<T>> {
  using type = T;
};

// What F returns for the value of a Deferred<T>.
template <class T, class F>
struct ForValue : std::invoke_result<F, T> {};
template <class F>
struct ForValue<void, F> : std::invoke_result<F> {};

template <class R>
using SettledBy = typename Settled<std::remove_cvref_t<R>>::type;
template <class T, class F>
using AfterValue = SettledBy<typename ForValue<T, F>::type>;

// A function that returns R can give a Deferred<T> its result.
template <class R, class T>
concept Settles = std::is_same_v<std::remove_cvref_t<R>, Deferred<T>> ||
                  (std::is_void_v<R> ? std::is_void_v<T> : std::is_convertible_v<R, Result<T>>);

// Calls `function`: what it returns is the chain's next result, of a Deferred<T>.
template <class T, class F, class... Args>
void settle(Chain& chain, F& function, Args&&... args) {
  using R = std::invoke_result_t<F, Args...>;
  static_assert(Settles<R, T>, "return a T, Result<T>, Deferred<T> or Failure here");
  if constexpr (std::is_void_v<R>) {
    std::invoke(std::move(function), std::forward<Args>(args)...);
    chain.result.set(Unit());
  } else if constexpr (is_deferred<std::remove_cvref_t<R>>) {
    chain.wait_for(
        Access::take_chain(std::invoke(std::move(function), std::forward<Args>(args)...)));
  } else {
    chain.result.set_result(
        Result<T>(std::invoke(std::move(function), std::forward<Args>(args)...)));
  }
}

// The same with the value of a Deferred<From> as the argument.
template <class From, class T, class F>
void settle_value(Chain& chain, F& function) {
  if constexpr (std::is_void_v<From>) {
    chain.result.take<Unit>();
    settle<T>(chain, function);
  } else {
    settle<T>(chain, function, chain.result.take<From>());
  }
}

}  // namespace detail
}  // namespace twx
