// Times in tags.
#include "protocols/irc_server_time.h"

#include "reactor/utc_text.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono;

TEST_CASE("A server's time is a time", "[irc]") {
  auto const time = irc_server_time("2011-10-19T16:40:51.620Z");
  REQUIRE(time);
  CHECK(*time == sys_days(2011y / 10 / 19) + 16h + 40min + 51s + 620ms);
  CHECK(twx::utc_text(*time) == "2011-10-19T16:40:51.620Z");
  CHECK(irc_server_time("2012-06-30T23:59:60.419Z") == sys_days(2012y / 7 / 1) + 419ms);
}

TEST_CASE("Its fraction may have any number of digits", "[irc]") {
  auto const whole = sys_days(2024y / 2 / 29) + 1h;
  CHECK(irc_server_time("2024-02-29T01:00:00Z") == whole);
  CHECK(irc_server_time("2024-02-29T01:00:00.5Z") == whole + 500ms);
  CHECK(irc_server_time("2024-02-29T01:00:00.123456789Z") == whole + 123ms);
}

TEST_CASE("What is no time is none", "[irc]") {
  for (auto const* const text :
       {"", "2011-10-19", "2011-10-19T16:40:51.620", "2011-10-19 16:40:51.620Z",
        "2011-13-19T16:40:51Z", "2011-02-30T16:40:51Z", "2011-10-19T24:40:51Z",
        "2011-10-19T16:60:51Z", "2011-10-19T16:40:61Z", "2011-10-19T16:40:51.Z",
        "2011-10-19T16:40:51.6x0Z", "20a1-10-19T16:40:51Z", "2011-10-19T16:40:51,5Z",
        "2011-10-19T16:40:51.620ZZ", "2011-10-19T16:40:51+01:00"})
    CHECK_FALSE(irc_server_time(text));
}

}  // namespace
