#include "clients/irc_lag.h"

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

struct Lag {
  explicit Lag(Duration limit) : lag(clock, limit, [this] { ++asked; }, [this] { ++given_up; }) {
    lag.start();
  }

  FakeClock clock;
  int asked = 0, given_up = 0;
  IrcLag lag;
};

}  // namespace

TEST_CASE("A silent server is asked once, then given up", "[irc-log][irc21]") {
  Lag f(4min);
  f.clock.advance(119s);
  CHECK(f.asked == 0);
  f.clock.advance(1s);
  CHECK(f.asked == 1);
  f.clock.advance(119s);
  CHECK(f.given_up == 0);
  f.clock.advance(1s);
  CHECK(f.asked == 1);
  CHECK(f.given_up == 1);
}

TEST_CASE("One that says something is asked when it is silent again", "[irc-log][irc21]") {
  Lag f(4min);
  f.clock.advance(130s);
  f.lag.heard();
  f.clock.advance(119s);
  CHECK(f.asked == 1);
  f.clock.advance(10min);
  CHECK(f.asked == 2);
  CHECK(f.given_up == 1);
}

TEST_CASE("While much is said the timer runs out twice per limit at most", "[irc-log]") {
  Lag f(4min);
  for (int i = 0; i < 3600; ++i) {
    f.clock.advance(1s);
    f.lag.heard();
    CHECK(f.clock.delayed_calls().size() == 1);
  }
  CHECK(f.asked == 0);
  CHECK(f.given_up == 0);
}

TEST_CASE("Without a limit, and after the end, no timer runs", "[irc-log]") {
  Lag f(0s);
  CHECK(f.clock.delayed_calls().empty());
  Lag other(4min);
  other.lag.stop();
  CHECK(other.clock.delayed_calls().empty());
}
