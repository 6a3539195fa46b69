#include "clients/irc_history.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;
using End = IrcHistory::End;

IrcLogEvent::Time at(int seconds) { return IrcLogEvent::Time(std::chrono::seconds(seconds)); }

struct History {
  std::vector<std::string> take() { return std::exchange(asked, {}); }

  std::vector<std::string> asked;
  IrcHistory history{[this](std::size_t channel, std::string const& reference, std::size_t limit) {
    asked.push_back(std::to_string(channel) + ' ' + reference + ' ' + std::to_string(limit));
  }};
};

using Asked = std::vector<std::string>;

}  // namespace

TEST_CASE("Ids are seen once, what has none is always new", "[irc-log]") {
  IrcSeen seen;
  CHECK(seen.add("a"));
  CHECK_FALSE(seen.add("a"));
  CHECK(seen.add("b"));
  CHECK(seen.add(""));
  CHECK(seen.add(""));
  for (std::size_t i = 0; i < IrcSeen::most; ++i) seen.add("x" + std::to_string(i));
  CHECK(seen.add("a"));
}

TEST_CASE("What came behind the mark is asked for page by page, until nothing is new",
          "[irc-log]") {
  History f;
  CHECK(f.history.begin(3, {.id = "m1", .time = at(10)}));
  CHECK(f.history.fills(3));
  CHECK(f.take() == Asked{"3 msgid=m1 100"});
  f.history.heard(3, {.id = "m2", .time = at(11)}, true);
  f.history.heard(3, {.id = "m3", .time = at(12)}, true);
  CHECK(f.history.page_ended(3) == End::more);
  CHECK(f.take() == Asked{"3 msgid=m3 100"});
  f.history.heard(3, {.id = "live", .time = at(13)}, false);
  CHECK(f.history.page_ended(3) == End::whole);
  CHECK_FALSE(f.history.fills(3));
  CHECK(f.history.page_ended(3) == End::none);
  CHECK(f.take().empty());
}

TEST_CASE("Without an id, or where the server knows none, the time is the mark", "[irc-log]") {
  History f;
  CHECK(f.history.begin(0, {.time = at(10)}));
  CHECK(f.take() == Asked{"0 timestamp=1970-01-01T00:00:10.000Z 100"});
  History times;
  times.history.set_limits(50, "timestamp");
  CHECK(times.history.begin(0, {.id = "m", .time = at(10)}));
  CHECK(times.take() == Asked{"0 timestamp=1970-01-01T00:00:10.000Z 50"});
  History ids;
  ids.history.set_limits(0, "msgid");
  CHECK_FALSE(ids.history.begin(0, {.time = at(10)}));
  CHECK_FALSE(ids.history.fills(0));
}

TEST_CASE("An id that the server has forgotten is asked for by its time, once", "[irc-log]") {
  History f;
  f.history.begin(0, {.id = "old", .time = at(10)});
  f.take();
  CHECK(f.history.failed(0) == End::more);
  CHECK(f.take() == Asked{"0 timestamp=1970-01-01T00:00:10.000Z 100"});
  CHECK(f.history.failed(0) == End::cut);
  CHECK(f.history.failed(0) == End::none);
}

TEST_CASE("A history without an end is not followed for ever", "[irc-log]") {
  History f;
  f.history.begin(0, {.id = "m"});
  unsigned pages = 0;
  for (auto end = End::more; end == End::more; ++pages) {
    f.history.heard(0, {.id = "n" + std::to_string(pages)}, true);
    end = f.history.page_ended(0);
    if (end != End::more) CHECK(end == End::cut);
  }
  CHECK(pages == IrcHistory::most_pages);
}
