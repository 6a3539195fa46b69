#include "clients/fetch_retry.h"

#include <algorithm>
#include <charconv>

#include "cli/exit_status.h"
#include "protocols/http_cookie_date.h"
#include "protocols/http_words.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_delay = 10min;
constexpr std::chrono::seconds longest_wait = 24h * 365;

bool is_transient(int status) {
  constexpr int all[] = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(all, status) != std::end(all);
}

bool is_lookup(Failure const& failure) {
  return failure.is(Error::name_not_found) || failure.is(Error::name_lookup_failed);
}

// Empty: there is no reason.
std::string_view reason(RetryRules const& rules, Attempt const& attempt) {
  auto const& failure = attempt.failure;
  if (!failure || failure->is(Error::connection_done) || failure->code() == HttpError::status) {
    if (attempt.head && is_transient(attempt.head->status)) return "HTTP error";
    return failure && rules.all_errors && exit_status(*failure) != ExitStatus::done
               ? "(retrying all errors)"
               : "";
  }
  if (failure->is(Error::cancelled) || exit_status(*failure) == ExitStatus::done) return "";
  if (failure->is(Error::timed_out)) return "timeout";
  if (is_lookup(*failure)) return "name lookup";
  if (rules.refused && failure->code() == std::errc::connection_refused)
    return "connection refused";
  return rules.all_errors ? "(retrying all errors)" : "";
}

Duration usual_delay(RetryRules const& rules, unsigned retries) {
  if (rules.delay > Duration::zero()) return rules.delay;
  return std::min<Duration>(1s * (1LL << std::min(retries, 10U)), longest_delay);
}

Duration asked_delay(Attempt const& attempt) {
  auto const* const value = attempt.head ? attempt.head->fields.find("Retry-After") : nullptr;
  return value ? retry_after(*value, attempt.now).value_or(Duration::zero()) : Duration::zero();
}

}  // namespace

std::optional<Duration> retry_after(std::string_view value,
                                    std::chrono::system_clock::time_point now) {
  value = trimmed(value);
  std::uint64_t seconds = 0;
  auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (end == value.data() + value.size() && !value.empty()) {
    auto const most = static_cast<std::uint64_t>(longest_wait.count());
    return std::chrono::seconds(error == std::errc() ? std::min(seconds, most) : most);
  }
  auto const date = cookie_date(value);
  if (!date) return std::nullopt;
  auto const wait = std::chrono::ceil<std::chrono::seconds>(*date - now);
  return std::clamp<std::chrono::seconds>(wait, 0s, longest_wait);
}

std::optional<Retry> retry_of(RetryRules const& rules, Attempt const& attempt) {
  if (attempt.retries >= rules.most) return std::nullopt;
  auto const timed = rules.max_time > Duration::zero();
  if (timed && attempt.elapsed >= rules.max_time) return std::nullopt;
  if (attempt.sent && !rules.all_errors && !is_idempotent(attempt.method)) return std::nullopt;
  auto const why = reason(rules, attempt);
  if (why.empty()) return std::nullopt;
  auto const usual = usual_delay(rules, attempt.retries);
  auto const asked = why == "HTTP error" ? asked_delay(attempt) : Duration::zero();
  if (timed && asked > usual && attempt.elapsed + asked > rules.max_time) return std::nullopt;
  return Retry{std::max(usual, asked), why};
}

}  // namespace twx
