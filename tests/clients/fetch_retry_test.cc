#include "clients/fetch_retry.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

HttpHead head(int status, HttpFields fields = {}) {
  HttpHead head;
  head.status = status;
  head.fields = std::move(fields);
  return head;
}

std::optional<Duration> after(RetryRules const& rules, Attempt const& attempt) {
  auto const retry = retry_of(rules, attempt);
  return retry ? std::optional(retry->after) : std::nullopt;
}

bool retried(RetryRules const& rules, Failure const& failure) {
  return retry_of(rules, {.failure = failure}).has_value();
}

bool retried(RetryRules const& rules, int status) {
  auto const answer = head(status);
  return retry_of(rules, {.head = &answer}).has_value();
}

// 1994-11-06 08:49:37 UTC.
constexpr std::chrono::system_clock::time_point date{784111777s};

RetryRules const three{.most = 3};

}  // namespace

TEST_CASE("transient answers are tried again, others are not", "[fetch]") {
  for (auto const status : {408, 429, 500, 502, 503, 504}) CHECK(retried(three, status));
  for (auto const status : {200, 301, 404, 416, 501, 505, 599}) CHECK_FALSE(retried(three, status));
  CHECK_FALSE(retried({.most = 3, .all_errors = true}, 404));
}

TEST_CASE("time-outs and names that are not found are tried again", "[fetch]") {
  for (auto const error :
       {Error::timed_out, Error::connect_timeout, Error::lookup_timeout, Error::handshake_timeout,
        Error::name_not_found, Error::name_lookup_failed})
    CHECK(retried(three, error));
  for (auto const error : {Error::connection_lost, Error::tls_handshake, Error::cannot_write})
    CHECK_FALSE(retried(three, error));
}

TEST_CASE("a refused connection is tried again only if that is asked for", "[fetch]") {
  Failure const refused(std::make_error_code(std::errc::connection_refused));
  Failure const unreachable(std::make_error_code(std::errc::network_unreachable));
  CHECK_FALSE(retried(three, refused));
  CHECK(retried({.most = 3, .refused = true}, refused));
  CHECK_FALSE(retried({.most = 3, .refused = true}, unreachable));
}

TEST_CASE("with all errors every failure is tried again, but no end that was wanted", "[fetch]") {
  RetryRules const all{.most = 1, .all_errors = true};
  CHECK(retried(all, Error::tls_handshake));
  CHECK(retried(all, Failure(HttpError::truncated)));
  CHECK(retried(all, Failure(HttpError::status)));
  CHECK_FALSE(retried(all, Error::cancelled));
  CHECK_FALSE(retried(all, Error::reader_gone));
}

TEST_CASE("a bad status that is a failure counts by its number", "[fetch]") {
  auto const busy = head(503, {{"Retry-After", "7"}});
  auto const missing = head(404);
  CHECK(after(three, {.failure = Failure(HttpError::status), .head = &busy}) == 7s);
  CHECK_FALSE(after(three, {.failure = Failure(HttpError::status), .head = &missing}));
}

TEST_CASE("it is tried so often and not more", "[fetch]") {
  Failure const slow(Error::timed_out);
  CHECK_FALSE(after({}, {.failure = slow}));
  CHECK(after(three, {.retries = 2, .failure = slow}));
  CHECK_FALSE(after(three, {.retries = 3, .failure = slow}));
}

TEST_CASE("the delay doubles from a second to ten minutes", "[fetch]") {
  RetryRules const rules{.most = 1000};
  Failure const slow(Error::timed_out);
  std::vector<std::pair<unsigned, Duration>> const delays{{0, 1s},     {1, 2s},     {2, 4s},
                                                          {9, 512s},   {10, 10min}, {11, 10min},
                                                          {999, 10min}};
  for (auto const& [retries, delay] : delays)
    CHECK(after(rules, {.retries = retries, .failure = slow}) == delay);
  CHECK(after({.most = 9, .delay = 5s}, {.retries = 8, .failure = slow}) == 5s);
}

TEST_CASE("Retry-After makes it later, never sooner", "[fetch]") {
  auto const seconds = head(503, {{"Retry-After", "7"}});
  CHECK(after(three, {.head = &seconds}) == 7s);
  CHECK(after({.most = 3, .delay = 9s}, {.head = &seconds}) == 9s);
  auto const dated = head(429, {{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  CHECK(after(three, {.head = &dated, .now = date - 90s}) == 90s);
  CHECK(after(three, {.head = &dated, .now = date + 90s}) == 1s);
  auto const odd = head(503, {{"Retry-After", "soon"}});
  CHECK(after(three, {.head = &odd, .now = date}) == 1s);
}

TEST_CASE("Retry-After counts for transient answers only", "[fetch]") {
  auto const answer = head(200, {{"Retry-After", "70"}});
  CHECK(after(three, {.failure = Failure(Error::timed_out), .head = &answer}) == 1s);
}

TEST_CASE("Retry-After is a number or a date, and at most a year", "[fetch]") {
  CHECK(retry_after(" 120 ", date) == 120s);
  CHECK(retry_after("0", date) == 0s);
  CHECK(retry_after("99999999999999999999", date) == 24h * 365);
  CHECK(retry_after("18446744073709551615", date) == 24h * 365);
  CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", date - 500ms) == 1s);
  CHECK(retry_after("Sun, 06 Nov 2094 08:49:37 GMT", date) == 24h * 365);
  CHECK_FALSE(retry_after("-5", date));
  CHECK_FALSE(retry_after("5 s", date));
  CHECK_FALSE(retry_after("", date));
}

TEST_CASE("none begins after the time for all of them", "[fetch]") {
  RetryRules const rules{.most = 3, .max_time = 10s};
  auto const busy = head(503, {{"Retry-After", "7"}});
  Failure const slow(Error::timed_out);
  CHECK(after(rules, {.elapsed = 9999ms, .failure = slow}) == 1s);
  CHECK_FALSE(after(rules, {.elapsed = 10s, .failure = slow}));
  CHECK(after(rules, {.elapsed = 3s, .head = &busy}) == 7s);
  CHECK_FALSE(after(rules, {.elapsed = 3001ms, .head = &busy}));
}

TEST_CASE("a request that is not idempotent is not repeated once it was sent", "[fetch][fetch39]") {
  auto const busy = head(503);
  Failure const slow(Error::timed_out);
  RetryRules const all{.most = 3, .all_errors = true};
  for (auto const* const method : {"POST", "PATCH", "put", "CONNECT", "ODD"}) {
    CHECK_FALSE(after(three, {.method = method, .sent = true, .head = &busy}));
    CHECK_FALSE(after(three, {.method = method, .sent = true, .failure = slow}));
    CHECK(after(three, {.method = method, .sent = false, .failure = slow}));
    CHECK(after(all, {.method = method, .sent = true, .head = &busy}));
  }
  for (auto const* const method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
    CHECK(after(three, {.method = method, .sent = true, .head = &busy}));
}

TEST_CASE("the reason is told", "[fetch]") {
  auto const busy = head(503);
  CHECK(retry_of(three, {.head = &busy})->why == "HTTP error");
  CHECK(retry_of(three, {.failure = Failure(Error::timed_out)})->why == "timeout");
}
