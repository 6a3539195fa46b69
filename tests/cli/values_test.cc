#include "cli/command.h"
#include "tests/support/catch.h"

using namespace std::chrono_literals;
using twx::parse_count;
using twx::parse_size;
using twx::parse_time;

namespace {

std::string complaint(auto const& result) { return result ? "" : result.failure().message(); }

}  // namespace

TEST_CASE("a time takes ms, s, m, h and fractions, and means seconds without a unit", "[cli]") {
  CHECK(parse_time("500ms").value() == 500ms);
  CHECK(parse_time("2").value() == 2s);
  CHECK(parse_time("2s").value() == 2s);
  CHECK(parse_time("1.5s").value() == 1500ms);
  CHECK(parse_time(".5").value() == 500ms);
  CHECK(parse_time("0.1s").value() == 100ms);
  CHECK(parse_time("3m").value() == 3min);
  CHECK(parse_time("1.5m").value() == 90s);
  CHECK(parse_time("1h").value() == 1h);
  CHECK(parse_time("0").value() == 0s);
  CHECK(parse_time("1000000h").value() == 1000000h);
}

TEST_CASE("a time above zero never becomes zero", "[cli]") {
  CHECK(parse_time("0.0000000001ms").value() == 1ns);
}

TEST_CASE("a decimal number has digits, and at most one point", "[cli]") {
  CHECK(twx::parse_decimal("12") == 12);
  CHECK(twx::parse_decimal("1.25") == 1.25);
  CHECK(twx::parse_decimal(".5") == .5);
  CHECK(twx::parse_decimal("5.") == 5);
  for (auto const* text : {"", ".", "1.2.3", "-1", "+1", "1e3", "0x1", "inf", "nan", " 1", "1,5"}) {
    INFO(text);
    CHECK(!twx::parse_decimal(text));
  }
}

TEST_CASE("what is no time is told so, with times that are", "[cli]") {
  for (std::string const text :
       {"",  "abc", "-1",   "-1s", "+1", "nan", "inf", "infinity", "s",     "ms",
        ".", "1e3", "0x10", "1 s", " 1", "1s ", "1d",  "1S",       "1.2.3", "1ss"}) {
    CHECK(complaint(parse_time(text)) == "'" + text + "' is not a time; use 500ms, 2s, 1.5m or 1h");
  }
}

TEST_CASE("a time that no clock could hold is told so", "[cli]") {
  std::string const endless(400, '9');
  for (std::string const& text :
       {std::string("1000001h"), std::string("9999999999999s"), endless}) {
    CHECK(complaint(parse_time(text)) == "'" + text + "' is too long a time; the most is 1000000h");
  }
}

TEST_CASE("a size is in bytes, or in powers of 1024", "[cli]") {
  CHECK(parse_size("0").value() == 0);
  CHECK(parse_size("4096").value() == 4096);
  CHECK(parse_size("64k").value() == 65536);
  CHECK(parse_size("64K").value() == 65536);
  CHECK(parse_size("1M").value() == 1048576);
  CHECK(parse_size("2G").value() == 2147483648);
  CHECK(parse_size("17179869183G").value() == 17179869183u << 30);
  CHECK(parse_size("18446744073709551615").value() == 18446744073709551615u);
}

TEST_CASE("what is no size is told so, with sizes that are", "[cli]") {
  for (std::string const text : {"", "k", "-1", "+1", "1.5M", "1T", "1kB", "nan", "1 k"}) {
    CHECK(complaint(parse_size(text)) == "'" + text + "' is not a size; use 4096, 64k, 1M or 2G");
  }
  for (std::string const text : {"17179869184G", "18446744073709551616", "99999999999999999999k"}) {
    CHECK(complaint(parse_size(text)) ==
          "'" + text + "' is too large a size; the most is 17179869183G");
  }
}

TEST_CASE("a count is made of decimal digits", "[cli]") {
  CHECK(parse_count("0").value() == 0);
  CHECK(parse_count("007").value() == 7);
  CHECK(parse_count("18446744073709551615").value() == 18446744073709551615u);
  for (std::string const text : {"", "-1", "+1", "1.0", "1k", "0x1", "nan", " 1", "1 "}) {
    CHECK(complaint(parse_count(text)) == "'" + text + "' is not a whole number");
  }
  CHECK(complaint(parse_count("18446744073709551616")) ==
        "'18446744073709551616' is too large; the most is 18446744073709551615");
}
