#include "clients/transfer_rate.h"

#include <algorithm>

#include "cli/command.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

constexpr Duration credit = 100ms;
constexpr Duration shortest_pause = 10ms;
constexpr Duration longest_debt = 24h * 365;

// 1 for nothing and B; nothing if there is no such unit.
std::optional<double> unit(std::string_view text) {
  constexpr std::string_view units = "bkmgtp";
  if (text.empty()) return 1;
  auto const power = units.find(static_cast<char>(text[0] | 0x20));
  if (text.size() > 1 || power == units.npos) return std::nullopt;
  return static_cast<double>(std::uint64_t{1} << 10 * power);
}

}  // namespace

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  auto const digits = std::min(text.find_first_not_of("0123456789."), text.size());
  auto const number = parse_decimal(text.substr(0, digits));
  auto const factor = unit(text.substr(digits));
  if (!number || !factor || *number * *factor >= 0x1p63) return std::nullopt;
  return static_cast<std::uint64_t>(*number * *factor);
}

RateLimit::RateLimit(Clock const& clock, std::uint64_t rate)
    : clock_(clock), rate_(static_cast<double>(rate)), paid_(clock.now()) {}

Duration RateLimit::pause_after(std::uint64_t bytes) {
  auto const now = clock_.now();
  auto const cost = std::min(static_cast<double>(bytes) / rate_,
                             std::chrono::duration<double>(longest_debt).count());
  paid_ = std::max(paid_, now - credit) +
          std::chrono::duration_cast<Duration>(std::chrono::duration<double>(cost));
  paid_ = std::min(paid_, now + longest_debt);
  auto const pause = paid_ - now;
  return pause < shortest_pause ? Duration::zero() : pause;
}

SpeedLimit::SpeedLimit(Clock& clock, std::uint64_t rate, Duration time,
                       Function<void(Failure const&)> too_slow)
    : clock_(clock),
      rate_(rate),
      time_(time),
      too_slow_(std::move(too_slow)),
      slow_since_(clock.now()) {
  wait();
}

void SpeedLimit::wait() {
  next_ = clock_.call_later(1s, [this] { look(); });
}

double SpeedLimit::speed() const {
  auto const span = std::min<std::uint64_t>(looks_ + 1, seconds);
  auto const before = looks_ < seconds ? 0 : totals_[looks_ % seconds];
  return static_cast<double>(total_ - before) / static_cast<double>(span);
}

void SpeedLimit::look() {
  wait();
  auto const slow = speed() < static_cast<double>(rate_);
  totals_[looks_++ % seconds] = total_;
  if (!slow) slow_since_.reset();
  if (!slow) return;
  if (!slow_since_) slow_since_ = clock_.now();
  if (clock_.now() - *slow_since_ < time_) return;
  next_.cancel();
  auto const time = std::chrono::duration_cast<std::chrono::seconds>(time_).count();
  auto call = std::move(too_slow_);
  call(Failure::with_message(Error::timed_out, "Operation too slow. Less than " +
                                                   std::to_string(rate_) +
                                                   " bytes/sec transferred the last " +
                                                   std::to_string(time) + " seconds"));
}

}  // namespace twx
