#include "protocols/http_cookie_date.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

TEST_CASE("The dates that servers write", "[http][cookies]") {
  constexpr std::int64_t one = 784'111'777;  // 6 November 1994, 08:49:37
  for (auto const* const text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994", "6 nov 94 8:49:37", "06-NOVEMBER-1994 08:49:37+0200",
        "1994 Nov 6 08:49:37", "08:49:37 06 Nov 1994 1995 Dec 7", "08:49:37z;6th@Nov/1994.x"}) {
    INFO(text);
    auto const date = cookie_date(text);
    REQUIRE(date);
    CHECK(date->time_since_epoch().count() == one);
  }
}

TEST_CASE("Years of two digits", "[http][cookies]") {
  auto const year = [](std::string const& text) {
    auto const date = cookie_date("1 Jan " + text + " 00:00:00").value();
    return static_cast<int>(std::chrono::year_month_day(floor<std::chrono::days>(date)).year());
  };
  CHECK(year("70") == 1970);
  CHECK(year("99") == 1999);
  CHECK(year("00") == 2000);
  CHECK(year("69") == 2069);
  CHECK(year("1601") == 1601);
  CHECK(year("9999") == 9999);
}

TEST_CASE("What is no date", "[http][cookies]") {
  for (auto const* const text :
       {"", ";", "6 Nov 1994", "Nov 1994 08:49:37", "6 1994 08:49:37", "6 Nov 08:49:37",
        "0 Nov 1994 08:49:37", "31 Nov 1994 08:49:37", "29 Feb 2023 08:49:37",
        "6 Nov 1994 24:00:00", "6 Nov 1994 00:60:00", "6 Nov 1994 00:00:60", "6 Nov 1600 08:49:37",
        "6 Nov 19945 08:49:37", "6 Nov 1994 08:49", "6 Nov 1994 008:49:37", "6 Nov 1994 :49:37"}) {
    INFO(text);
    CHECK_FALSE(cookie_date(text));
  }
}

}  // namespace
