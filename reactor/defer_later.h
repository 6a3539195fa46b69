// Public. defer_later: delays as Deferreds.
//
//   co_await defer_later(clock, 2s);
#pragma once

#include <concepts>
#include <source_location>
#include <utility>

#include "reactor/clock.h"
#include "reactor/deferred.h"

namespace twx {

// Fires when `after` has passed, never inside this call. Cancelling drops the delayed call; a Clock
// that goes away fails it with Error::abandoned. Throws std::invalid_argument if `after` is
// negative.
Deferred<void> defer_later(Clock& clock, Duration after,
                           std::source_location where = std::source_location::current());

// Calls function() then: what it returns or throws is the result, and a Deferred is passed on.
// Cancelled before, it is never called; afterwards that goes to what it returned.
template <std::invocable F>
auto defer_later(Clock& clock, Duration after, F function,
                 std::source_location where = std::source_location::current()) {
  return defer_later(clock, after, where).add_callback(std::move(function));
}

}  // namespace twx
