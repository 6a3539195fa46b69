#include "clients/irc_splits.h"

#include <string>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

struct Splits {
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  void quit(std::string_view nick, std::vector<std::size_t> const& channels,
            std::string_view servers = "a.example b.example") {
    splits.quit(servers, nick, channels, {});
  }

  FakeClock clock;
  std::vector<std::string> lines;
  IrcSplits splits{clock, [this](std::size_t channel, IrcLogEvent const& event) {
                     lines.push_back(std::to_string(channel) +
                                     (event.kind == IrcLogKind::netjoin ? " + " : " - ") +
                                     std::string(event.target) + ": " + std::string(event.text) +
                                     " = " + std::to_string(event.count));
                   }};
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Two servers' names are the reason of a split, all else is not", "[irc-log]") {
  CHECK(IrcSplits::is_split("a.example.org b.example.org"));
  CHECK(IrcSplits::is_split("*.net *.split"));
  CHECK_FALSE(IrcSplits::is_split("Quit: a.example b.example"));
  CHECK_FALSE(IrcSplits::is_split("good bye"));
  CHECK_FALSE(IrcSplits::is_split("a.example"));
  CHECK_FALSE(IrcSplits::is_split("a.example a.example"));
  CHECK_FALSE(IrcSplits::is_split("bye. now."));
  CHECK_FALSE(IrcSplits::is_split("1.2 3.4"));
  CHECK_FALSE(IrcSplits::is_split(""));
}

TEST_CASE("Many who go at once are one line for each channel", "[irc-log]") {
  Splits f;
  f.quit("ann", {0, 1});
  f.quit("bob", {1});
  f.clock.advance(4s);
  CHECK(f.lines.empty());
  f.clock.advance(1s);
  CHECK(f.take() ==
        Lines{"0 - a.example b.example: ann = 1", "1 - a.example b.example: ann, bob = 2"});
  f.clock.advance(1h);
  CHECK(f.lines.empty());
}

TEST_CASE("Those who come back are one line; others, and later joins, are none of it",
          "[irc-log]") {
  Splits f;
  f.quit("ann", {0});
  f.quit("bob", {0});
  CHECK_FALSE(f.splits.joined("carl", 0, {}));
  CHECK(f.splits.joined("ann", 0, {}));
  CHECK(f.take() == Lines{"0 - a.example b.example: ann, bob = 2"});
  CHECK(f.splits.joined("bob", 0, {}));
  CHECK_FALSE(f.splits.joined("bob", 0, {}));
  CHECK_FALSE(f.splits.joined("ann", 1, {}));
  f.splits.flush();
  CHECK(f.take() == Lines{"0 + a.example b.example: ann, bob = 2"});
}

TEST_CASE("Two splits are two lines, and an hour is the end of one", "[irc-log]") {
  Splits f;
  f.quit("ann", {0});
  f.quit("bob", {0}, "c.example d.example");
  f.clock.advance(1h + 1s);
  CHECK(f.take() == Lines{"0 - a.example b.example: ann = 1", "0 - c.example d.example: bob = 1"});
  CHECK_FALSE(f.splits.joined("ann", 0, {}));
}

TEST_CASE("A thousand nicks do not make a line of a thousand nicks", "[irc-log]") {
  Splits f;
  for (int i = 0; i < 1000; ++i) f.quit("somebody" + std::to_string(i), {0});
  f.splits.flush();
  REQUIRE(f.lines.size() == 1);
  CHECK(f.lines[0].size() < 500);
  CHECK_THAT(f.lines[0], Catch::Matchers::ContainsSubstring(" more = 1000"));
}
