// Not too much at once.
#include "protocols/irc_send_queue.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "protocols/irc_error.h"
#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

TEST_CASE("A bucket gives so many at once, then one at a time", "[irc]") {
  FakeClock clock;
  TokenBucket bucket({3, 2s});
  int taken = 0;
  while (bucket.take(clock.now())) ++taken;
  CHECK(taken == 3);
  CHECK(bucket.wait(clock.now()) == 2s);
  clock.advance(1999ms);
  CHECK_FALSE(bucket.take(clock.now()));
  clock.advance(1ms);
  CHECK(bucket.wait(clock.now()) == 0s);
  CHECK(bucket.take(clock.now()));
  CHECK_FALSE(bucket.take(clock.now()));
  clock.advance(1h);
  for (taken = 0; bucket.take(clock.now());) ++taken;
  CHECK(taken == 3);
}

TEST_CASE("An interval of zero is no limit", "[irc]") {
  TokenBucket bucket({1, 0s});
  for (int i = 0; i < 1000; ++i) CHECK(bucket.take({}));
}

TEST_CASE("A rate that lets none pass is refused", "[irc]") {
  CHECK_THROWS_AS(TokenBucket({0, 1s}), std::invalid_argument);
  CHECK_THROWS_AS(TokenBucket({1, -1s}), std::invalid_argument);
}

struct Queue {
  FakeClock clock;
  std::vector<std::string> sent;
  IrcSendQueue queue{clock, {2, 1s}, [this](std::string const& line) { sent.push_back(line); }};
};

TEST_CASE("Lines leave in their order, at the rate", "[irc]") {
  Queue f;
  for (auto const* const line : {"a", "b", "c", "d"}) CHECK(f.queue.push(line));
  CHECK(f.sent == std::vector<std::string>{"a", "b"});
  CHECK(f.queue.size() == 2);
  f.clock.advance(999ms);
  CHECK(f.sent.size() == 2);
  f.clock.advance(1ms);
  CHECK(f.sent == std::vector<std::string>{"a", "b", "c"});
  f.clock.advance(1s);
  CHECK(f.sent.back() == "d");
  CHECK(f.clock.delayed_calls().empty());
}

TEST_CASE("A line does not overtake those that wait", "[irc]") {
  Queue f;
  for (auto const* const line : {"a", "b", "c"}) CHECK(f.queue.push(line));
  f.clock.advance(500ms);
  CHECK(f.queue.push("d"));
  f.clock.advance(10s);
  CHECK(f.sent == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("No more wait than may; what is refused is told", "[irc]") {
  Queue f;
  for (std::size_t i = 0; i < IrcSendQueue::most + 2; ++i) CHECK(f.queue.push("x"));
  auto const refused = f.queue.push("y");
  REQUIRE_FALSE(refused);
  CHECK(refused.failure().code() == IrcError::queue_full);
  CHECK(f.queue.clear() == IrcSendQueue::most);
  CHECK(f.queue.size() == 0);
  CHECK(f.clock.delayed_calls().empty());
}

}  // namespace
