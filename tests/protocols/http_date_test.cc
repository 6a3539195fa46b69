#include "protocols/http_date.h"

#include "tests/support/catch.h"

using twx::http_date;

TEST_CASE("the three forms of dates mean the same", "[http]") {
  std::chrono::sys_seconds const time(std::chrono::seconds(784111777));
  CHECK(http_date("Sun, 06 Nov 1994 08:49:37 GMT") == time);
  CHECK(http_date("Sunday, 06-Nov-94 08:49:37 GMT") == time);
  CHECK(http_date("Sun Nov  6 08:49:37 1994") == time);
}

TEST_CASE("a time is written in the first of them", "[http]") {
  std::chrono::sys_seconds const time(std::chrono::seconds(784111777));
  CHECK(twx::http_date_text(time) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("what is no date has no time", "[http]") {
  for (auto const* const text : {"", "0", "120", "yesterday", "Sun, 31 Foo 1994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(http_date(text));
  }
}
