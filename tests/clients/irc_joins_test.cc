#include "clients/irc_joins.h"

#include <string>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

struct Joins {
  explicit Joins(std::vector<IrcJoins::Channel> const& channels = {{"#a"}},
                 IrcJoins::Times times = {})
      : joins(clock, channels, times, [this](std::string const& names, std::string const& keys) {
          sent.push_back(keys.empty() ? names : names + ' ' + keys);
        }) {}
  std::vector<std::string> take() { return std::exchange(sent, {}); }
  // Refused whatever it tries.
  std::size_t tries_in_three_seconds() {
    std::size_t tries = 0;
    for (int tick = 0; tick < 300; ++tick) {
      tries += take().size();
      joins.refused(0);
      clock.advance(10ms);
    }
    return tries;
  }

  FakeClock clock;
  std::vector<std::string> sent;
  IrcJoins joins;
};

using Sent = std::vector<std::string>;

}  // namespace

TEST_CASE("Channels are joined in lists, those with keys first", "[irc-log]") {
  Joins f({{"#a"}, {"#b", "key"}, {"#c"}, {"#d", "other"}});
  f.joins.start(50);
  CHECK(f.take() == Sent{"#b,#d,#a,#c key,other"});
  Joins few({{"#a"}, {"#b", "key"}, {"#c"}});
  few.joins.start(2);
  CHECK(few.take() == Sent{"#b,#a key", "#c"});
}

TEST_CASE("No list is longer than a line", "[irc-log]") {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("#channel-number-" + std::to_string(i));
  std::vector<IrcJoins::Channel> channels;
  for (auto const& name : names) channels.push_back({.name = name});
  Joins f(channels);
  f.joins.start(1000);
  std::size_t all = 0;
  for (auto const& list : f.take()) {
    CHECK(list.size() <= 450);
    all += list.size() + 1;
  }
  std::size_t expected = 0;
  for (auto const& name : names) expected += name.size() + 1;
  CHECK(all == expected);
}

TEST_CASE("Who is refused tries again, ever more rarely", "[irc-log][irc23]") {
  Joins f({{"#a"}}, {.first = 100ms});
  f.joins.start(50);
  auto const tries = f.tries_in_three_seconds();
  CHECK(tries >= 4);
  CHECK(tries <= 12);
  f.clock.advance(10min);
  CHECK_FALSE(f.take().empty());
  f.joins.joined(0);
  f.clock.advance(1h);
  CHECK(f.take().empty());
}

TEST_CASE("A delay of zero is one try at once, no storm", "[irc-log][irc23]") {
  Joins f({{"#a"}}, {.first = 0s});
  f.joins.start(50);
  auto const tries = f.tries_in_three_seconds();
  CHECK(tries <= 12);
}

TEST_CASE("The pauses do not grow beyond five minutes", "[irc-log]") {
  Joins f;
  f.joins.start(50);
  for (int i = 0; i < 20; ++i) {
    f.take();
    f.joins.refused(0);
    f.clock.advance(5min);
    CHECK_FALSE(f.sent.empty());
    if (i > 10) CHECK(f.sent.size() == 1);
  }
}

TEST_CASE("A kick is followed by a pause and one JOIN", "[irc-log][irc22]") {
  Joins f;
  f.joins.start(50);
  f.joins.joined(0);
  f.take();
  f.joins.left(0);
  f.joins.left(0);
  f.clock.advance(4999ms);
  CHECK(f.take().empty());
  f.clock.advance(1ms);
  CHECK(f.take() == Sent{"#a"});
  f.joins.joined(0);
  f.clock.advance(1h);
  CHECK(f.take().empty());
}

TEST_CASE("Who is kicked again and again waits longer, until it was left alone",
          "[irc-log][irc22]") {
  Joins f;
  f.joins.start(50);
  f.joins.joined(0);
  f.joins.left(0);
  f.clock.advance(5s);
  f.joins.joined(0);
  f.take();
  f.joins.left(0);
  f.clock.advance(9s);
  CHECK(f.take().empty());
  f.clock.advance(1s);
  CHECK(f.take() == Sent{"#a"});
  f.joins.joined(0);
  f.clock.advance(10min);
  f.joins.left(0);
  f.clock.advance(5s);
  CHECK(f.take() == Sent{"#a"});
}

TEST_CASE("Those who wait can be hurried, those who are in or asked are not", "[irc-log][irc26]") {
  Joins f({{"#a"}, {"#b"}, {"#c"}});
  f.joins.hurry();
  CHECK(f.take().empty());
  f.joins.start(50);
  f.take();
  f.joins.joined(0);
  f.joins.refused(1);
  f.joins.hurry();
  CHECK(f.take() == Sent{"#b"});
  f.clock.advance(10s);
  CHECK(f.take().empty());
}

TEST_CASE("No answer is a refusal", "[irc-log]") {
  Joins f;
  f.joins.start(50);
  f.take();
  f.clock.advance(65s);
  CHECK(f.take() == Sent{"#a"});
}
