// Public. Several Deferreds as one: all their results, all their values, or the first value.
//
//   auto [page, user] = co_await gather_results(std::tuple{fetch(url), find(name)});
//
// The Deferreds are consumed. Cancelling what these functions return cancels all that have no
// result yet. One failure that stands for all is a Failure::first_error: it keeps its code, so is()
// works, index() tells whose it is, and its text begins with that number: "3: Timed out".
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "reactor/deferred.h"
#include "reactor/deferred_group.h"

namespace twx {

// When a list of Deferreds has its result, and what becomes of failures.
struct ListOptions {
  // Fail with the first failure, before the others have their results.
  bool fire_on_one_errback = false;
  // Drop the failures that do not become part of the result: those that come after it, and in
  // first_of() those before it. Otherwise they are logged as unhandled. (Twisted logs those in the
  // result too.) Values that come too late are dropped in any case.
  bool consume_errors = false;
};

// Fires when the last has its result: with all of them, in the order of the list. At once if the
// list is empty.
template <class T>
Deferred<std::vector<Result<T>>> deferred_list(
    std::vector<Deferred<T>> all, ListOptions options = {},
    std::source_location where = std::source_location::current());

// Fires with all values in the order of the list, or with nothing if T is void. Fails with the
// first failure; the others go on.
template <class T>
auto gather_results(std::vector<Deferred<T>> all, ListOptions options = {},
                    std::source_location where = std::source_location::current());
// The same for different types; a void one has a Unit in the tuple.
template <class... T>
Deferred<std::tuple<ValueOf<T>...>> gather_results(
    std::tuple<Deferred<T>...> all, ListOptions options = {},
    std::source_location where = std::source_location::current());

// Which of several it was, and its value.
template <class T>
struct First {
  std::size_t index = 0;
  ValueOf<T> value;
};

// Fires with the first value (Twisted's fireOnOneCallback). If all fail, with the failure that came
// last. Throws std::invalid_argument for an empty list, which could never fire.
template <class T>
Deferred<First<T>> first_of(std::vector<Deferred<T>> all, ListOptions options = {},
                            std::source_location where = std::source_location::current());
// As first_of, and when the first value is there all others are cancelled. Nothing is logged.
template <class T>
Deferred<First<T>> race(std::vector<Deferred<T>> all,
                        std::source_location where = std::source_location::current());

// --- implementation ---

namespace detail {

template <class T>
class AllResults final : public Group {
 public:
  using Value = std::vector<Result<T>>;

  AllResults(std::size_t size, ListOptions options, std::source_location where)
      : Group(size, where), results_(size), missing_(size), early_(options.fire_on_one_errback) {
    consume_late_errors = options.consume_errors;
    ordered_.reserve(size);
  }

 private:
  bool take(std::size_t index, Chain& member) override {
    if (early_ && member.result.failed()) {
      result().set(Failure::first_error(index, member.result.take<Failure>()));
      return true;
    }
    results_[index].emplace(member.result.take_result<T>());
    if (--missing_ > 0) return false;
    for (auto& each : results_) {
      if (each) ordered_.push_back(std::move(*each));
    }
    result().set(std::move(ordered_));
    return true;
  }

  std::vector<std::optional<Result<T>>> results_;
  Value ordered_;
  std::size_t missing_;
  bool const early_;
};

template <class... T>
class AllValues final : public Group {
 public:
  using Value = std::tuple<ValueOf<T>...>;

  AllValues(ListOptions options, std::source_location where) : Group(sizeof...(T), where) {
    consume_late_errors = options.consume_errors;
  }

 private:
  bool take(std::size_t index, Chain& member) override {
    if (member.result.failed()) {
      result().set(Failure::first_error(index, member.result.take<Failure>()));
      return true;
    }
    store(index, member, std::index_sequence_for<T...>());
    if (--missing_ > 0) return false;
    std::apply([this](auto&... each) { result().set(Value(std::move(*each)...)); }, values_);
    return true;
  }
  template <std::size_t... I>
  void store(std::size_t index, Chain& member, std::index_sequence<I...>) {
    (void)((I == index && (std::get<I>(values_).emplace(member.result.take<ValueOf<T>>()), true)) ||
           ...);
  }

  std::tuple<std::optional<ValueOf<T>>...> values_;
  std::size_t missing_ = sizeof...(T);
};

template <class T>
class FirstValue final : public Group {
 public:
  using Value = First<T>;

  FirstValue(std::size_t size, bool consume, bool alone, std::source_location where)
      : Group(size, where), missing_(size) {
    consume_late_errors = consume;
    cancel_rest = alone;
  }

 private:
  bool take(std::size_t index, Chain& member) override {
    --missing_;
    if (!member.result.failed()) {
      result().set(First<T>{index, member.result.take<ValueOf<T>>()});
    } else if (missing_ == 0) {
      result().set(Failure::first_error(index, member.result.take<Failure>()));
    } else {
      if (consume_late_errors) member.result.reset();
      return false;
    }
    return true;
  }

  std::size_t missing_;
};

// The Deferred of a group that has all its members.
template <class G, class T>
Deferred<typename G::Value> joined(std::shared_ptr<G> const& group, std::vector<Deferred<T>> all) {
  auto target = Group::target(group);
  std::size_t index = 0;
  for (auto& each : all) Group::add(group, index++, Access::take_chain(std::move(each)));
  return Access::deferred<typename G::Value>(std::move(target));
}

}  // namespace detail

// --- implementation ---

template <class T>
Deferred<std::vector<Result<T>>> deferred_list(std::vector<Deferred<T>> all, ListOptions options,
                                               std::source_location where) {
  if (all.empty()) return succeed(std::vector<Result<T>>(), where);
  auto const group = std::make_shared<detail::AllResults<T>>(all.size(), options, where);
  return detail::joined(group, std::move(all));
}

template <class T>
auto gather_results(std::vector<Deferred<T>> all, ListOptions options, std::source_location where) {
  options.fire_on_one_errback = true;
  auto list = deferred_list(std::move(all), options, where);
  if constexpr (std::is_void_v<T>) {
    return std::move(list).add_callback([](std::vector<Result<T>> const&) {});
  } else {
    return std::move(list).add_callback([](std::vector<Result<T>> results) {
      std::vector<T> values;
      values.reserve(results.size());
      for (auto& result : results) values.push_back(std::move(result).value());
      return values;
    });
  }
}

template <class... T>
Deferred<std::tuple<ValueOf<T>...>> gather_results(std::tuple<Deferred<T>...> all,
                                                   ListOptions options,
                                                   std::source_location where) {
  using Group = detail::AllValues<T...>;
  if constexpr (sizeof...(T) == 0) {
    return succeed(std::tuple<>(), where);
  } else {
    auto const group = std::make_shared<Group>(options, where);
    auto target = Group::target(group);
    std::apply(
        [&](auto&... each) {
          std::size_t index = 0;
          (Group::add(group, index++, detail::Access::take_chain(std::move(each))), ...);
        },
        all);
    return detail::Access::deferred<typename Group::Value>(std::move(target));
  }
}

template <class T>
Deferred<First<T>> first_of(std::vector<Deferred<T>> all, ListOptions options,
                            std::source_location where) {
  if (all.empty()) throw std::invalid_argument("the first of no Deferreds");
  auto const group =
      std::make_shared<detail::FirstValue<T>>(all.size(), options.consume_errors, false, where);
  return detail::joined(group, std::move(all));
}

template <class T>
Deferred<First<T>> race(std::vector<Deferred<T>> all, std::source_location where) {
  if (all.empty()) throw std::invalid_argument("a race of no Deferreds");
  auto const group = std::make_shared<detail::FirstValue<T>>(all.size(), true, true, where);
  return detail::joined(group, std::move(all));
}

}  // namespace twx
