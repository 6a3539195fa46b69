// How fast a transfer may be, and must be: curl's --limit-rate, --speed-limit and --speed-time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

// Bytes per second as curl spells them, "200k", "1M", with powers of 1024 whatever the case of K, M
// or G; B is a byte. Fractions ("1.5M"), T and P pass as well. Nothing if it is no number,
// negative, or 2^63 or more. 0 is no limit.
std::optional<std::uint64_t> parse_rate(std::string_view text);

// A token bucket. Over any time the bytes are at most those of the rate, of a tenth of a second
// more and of the last piece, and not fewer where the pauses end in time, or up to a tenth of a
// second late.
class RateLimit {
 public:
  // `rate` in bytes per second, not 0. `clock` must outlive this.
  RateLimit(Clock const& clock, std::uint64_t rate);

  // After so many bytes: how long to take no more. Below a hundredth of a second it is zero, and
  // the debt is kept.
  Duration pause_after(std::uint64_t bytes);

 private:
  Clock const& clock_;
  double rate_;
  Time paid_;  // when the bytes so far are within the rate
};

// Ends what is too slow. As curl does it the speed is that of the last five seconds, looked at each
// second; `too_slow` is called once when it was below `rate` for `time`, with a kind of
// Error::timed_out.
class SpeedLimit {
 public:
  // Begins to count at once: make it when the connection is there. `rate` in bytes per second,
  // `time` not zero. `clock` must outlive this.
  SpeedLimit(Clock& clock, std::uint64_t rate, Duration time,
             Function<void(Failure const&)> too_slow);

  // So many bytes went either way.
  void moved(std::uint64_t bytes) noexcept { total_ += bytes; }

 private:
  static constexpr std::size_t seconds = 5;

  void wait();
  void look();
  double speed() const;

  Clock& clock_;
  std::uint64_t rate_;
  Duration time_;
  Function<void(Failure const&)> too_slow_;
  std::uint64_t total_ = 0;
  std::array<std::uint64_t, seconds> totals_{};  // at the last looks, by their number
  std::uint64_t looks_ = 0;
  std::optional<Time> slow_since_;
  DelayedCall next_;
};

}  // namespace twx
