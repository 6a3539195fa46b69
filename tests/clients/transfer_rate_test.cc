#include "clients/transfer_rate.h"

#include <cmath>

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1024;

// How many bytes pass in `time`, in pieces of `piece`, from a source that is never empty. Each
// pause ends `late` too late.
std::uint64_t passed(FakeClock& clock, RateLimit& limit, Duration time, std::uint64_t piece,
                     Duration late = 0ns) {
  std::uint64_t bytes = 0;
  for (auto const end = clock.now() + time; clock.now() < end;) {
    bytes += piece;
    auto const pause = limit.pause_after(piece);
    if (pause > 0ns) clock.advance(pause + late);
  }
  return bytes;
}

bool within(double part, std::uint64_t bytes, double expected) {
  return std::abs(static_cast<double>(bytes) - expected) <= part * expected;
}

struct Watched {
  Watched(std::uint64_t rate, Duration time)
      : limit(clock, rate, time, [this](Failure const& failure) { failures.push_back(failure); }) {}
  // For so many seconds so many bytes in each.
  void pass(int seconds, std::uint64_t bytes) {
    for (int i = 0; i < seconds; ++i) {
      limit.moved(bytes);
      clock.advance(1s);
    }
  }

  FakeClock clock;
  std::vector<Failure> failures;
  SpeedLimit limit;
};

}  // namespace

TEST_CASE("a rate is a number with a unit of powers of 1024 in any case", "[fetch]") {
  CHECK(parse_rate("1000") == 1000U);
  CHECK(parse_rate("0") == 0U);
  CHECK(parse_rate("10b") == 10U);
  CHECK(parse_rate("100K") == 100 * kib);
  CHECK(parse_rate("100k") == 100 * kib);
  CHECK(parse_rate("1.5M") == 1536 * kib);
  CHECK(parse_rate("3m") == 3 * kib * kib);
  CHECK(parse_rate("2G") == 2 * kib * kib * kib);
  CHECK(parse_rate("2g") == 2 * kib * kib * kib);
  CHECK(parse_rate("1T") == kib * kib * kib * kib);
  CHECK(parse_rate("1p") == kib * kib * kib * kib * kib);
}

TEST_CASE("what is no rate is refused", "[fetch]") {
  for (auto const* const text :
       {"", "k", "-1", "+1", " 5", "5 ", "10KB", "1e3", "5x", "1.2.3", "inf", "nan", ".5", "0x10",
        "99999999999999999999", "9000000000G"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rate(text));
  }
}

TEST_CASE("a limited transfer keeps to its rate over a few seconds", "[fetch]") {
  for (auto const rate : {100 * kib, 1500 * kib, 100 * kib * kib}) {
    for (auto const piece : {kib, 1460UL, 16 * kib}) {
      CAPTURE(rate, piece);
      FakeClock clock;
      RateLimit limit(clock, rate);
      CHECK(within(0.05, passed(clock, limit, 3s, piece), 3.0 * static_cast<double>(rate)));
    }
  }
}

TEST_CASE("pieces larger than a second's share keep the rate in the long run", "[fetch]") {
  FakeClock clock;
  RateLimit limit(clock, 10 * kib);
  CHECK(limit.pause_after(64 * kib) == 6400ms);
  clock.advance(6400ms);
  CHECK(within(0.05, passed(clock, limit, 640s, 64 * kib), 640.0 * 10 * kib));
}

TEST_CASE("pauses that end late are made up for", "[fetch]") {
  FakeClock clock;
  RateLimit limit(clock, 1000 * kib);
  CHECK(within(0.05, passed(clock, limit, 5s, 16 * kib, 80ms), 5.0 * 1000 * kib));
}

TEST_CASE("time in which nothing came is no credit for later", "[fetch]") {
  FakeClock clock;
  RateLimit limit(clock, 1000 * kib);
  clock.advance(1h);
  CHECK(within(0.05, passed(clock, limit, 4s, 4 * kib), 4.0 * 1000 * kib));
}

TEST_CASE("no pause is shorter than a timer is worth, none is for ever", "[fetch]") {
  FakeClock clock;
  RateLimit limit(clock, 1000);
  CHECK(limit.pause_after(9) == 0ns);
  CHECK(limit.pause_after(1) == 10ms);
  CHECK(limit.pause_after(~0ULL) == 24h * 365);
  CHECK(limit.pause_after(~0ULL) == 24h * 365);
}

TEST_CASE("a transfer that moves nothing is too slow after the time", "[fetch]") {
  Watched watched(10, 5s);
  watched.clock.advance(4999ms);
  CHECK(watched.failures.empty());
  watched.clock.advance(1ms);
  REQUIRE(watched.failures.size() == 1);
  CHECK(watched.failures[0].is(Error::timed_out));
  CHECK(watched.failures[0].message() ==
        "Operation too slow. Less than 10 bytes/sec transferred the last 5 seconds");
  watched.clock.advance(1h);
  CHECK(watched.failures.size() == 1);
}

TEST_CASE("a transfer at its lowest speed goes on for ever", "[fetch]") {
  Watched watched(10, 3s);
  watched.pass(1000, 10);
  CHECK(watched.failures.empty());
  watched.pass(20, 9);
  CHECK(watched.failures.size() == 1);
}

TEST_CASE("a transfer that stalls ends after the window of five seconds and the time", "[fetch]") {
  Watched watched(100, 3s);
  watched.pass(60, 100);
  CHECK(watched.failures.empty());
  // Below the mean with the first second of nothing; too slow three seconds later.
  watched.clock.advance(3999ms);
  CHECK(watched.failures.empty());
  watched.clock.advance(1ms);
  CHECK(watched.failures.size() == 1);
}

TEST_CASE("what was quick is not forgotten at once", "[fetch]") {
  Watched watched(100, 3s);
  watched.pass(10, 1'000'000);
  watched.clock.advance(4s);
  CHECK(watched.failures.empty());
  watched.clock.advance(3999ms);
  CHECK(watched.failures.empty());
  watched.clock.advance(1ms);
  CHECK(watched.failures.size() == 1);
}

TEST_CASE("a burst in time lets a slow transfer begin anew", "[fetch]") {
  Watched watched(100, 10s);
  for (int i = 0; i < 20; ++i) {
    watched.pass(8, 0);
    watched.limit.moved(5000);
  }
  CHECK(watched.failures.empty());
}

TEST_CASE("the limit may go in the call that tells of it", "[fetch]") {
  FakeClock clock;
  std::unique_ptr<SpeedLimit> limit;
  limit = std::make_unique<SpeedLimit>(clock, 1, 1s, [&](Failure const&) { limit.reset(); });
  clock.advance(5s);
  CHECK_FALSE(limit);
  CHECK(clock.delayed_calls().empty());
}
