// When a transfer is tried once more: curl's --retry and what belongs to it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "protocols/http.h"
#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

struct RetryRules {
  unsigned most = 0;        // --retry: so many times
  Duration delay{};         // --retry-delay; zero: 1 s, 2 s, 4 s, ... up to 10 min
  Duration max_time{};      // --retry-max-time: none begins after that; zero: any time
  bool all_errors = false;  // --retry-all-errors
  bool refused = false;     // --retry-connrefused
};

// An attempt that has ended.
struct Attempt {
  unsigned retries = 0;                 // that were made before it and in it, 0 for the first
  Duration elapsed{};                   // since the first began
  std::string_view method = "GET";      // of its last request
  bool sent = false;                    // bytes of that request were
  std::optional<Failure> failure = {};  // HttpError::status where a bad status is one (-f)
  HttpHead const* head = nullptr;       // of the last answer, if one came
  std::chrono::system_clock::time_point now{};
};

struct Retry {
  Duration after{};      // to wait first
  std::string_view why;  // "timeout", "HTTP error", ...: static text for the log
};

// Whether and when to try again. Transient are time-outs, names that were not found or not looked
// up, and the answers 408, 429, 500, 502, 503 and 504; with `refused` refused connections, with
// `all_errors` every failure (an own cancel and a reader that went away are none). An answer's
// Retry-After (RFC 9110, section 10.2.3) makes the waiting longer, never shorter; nothing if it
// leads beyond `max_time`. A request that RFC 9110, section 9.2.2, does not call idempotent is not
// repeated once bytes of it were sent, unless `all_errors` is set.
std::optional<Retry> retry_of(RetryRules const&, Attempt const&);

// What Retry-After asks for: seconds, or a date; at most a year. Nothing if it is neither, zero if
// the date has passed.
std::optional<Duration> retry_after(std::string_view value,
                                    std::chrono::system_clock::time_point now);

}  // namespace twx
