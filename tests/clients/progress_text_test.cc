#include "clients/progress_text.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1024 * 1024;

}  // namespace

TEST_CASE("sizes are shown with one decimal of the right unit", "[fetch]") {
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(1023) == "1023 B");
  CHECK(size_text(1024) == "1.0 KiB");
  CHECK(size_text(1536 * 1024) == "1.5 MiB");
  CHECK(size_text(mib - 1) == "1.0 MiB");
  CHECK(size_text(1023 * 1024 + 900) == "1023.9 KiB");
  CHECK(size_text(~0ULL) == "16.0 EiB");
}

TEST_CASE("times are shown as hours, minutes and seconds", "[fetch]") {
  CHECK(time_text(0s) == "0:00:00");
  CHECK(time_text(12999ms) == "0:00:12");
  CHECK(time_text(25h + 59min + 59s) == "25:59:59");
  CHECK(time_text(24h * 365) == "999:59:59");
}

TEST_CASE("a text is cut or filled up to its columns", "[fetch]") {
  CHECK(fitted("abc", 5) == "abc  ");
  CHECK(fitted("abcde", 5) == "abcde");
  CHECK(fitted("abcdef", 5) == "ab...");
  CHECK(fitted("abcdef", 2) == "..");
  CHECK(fitted("abc", 0).empty());
  CHECK(fitted("\xc3\xa9\xc3\xa9", 3) == "\xc3\xa9\xc3\xa9 ");
  CHECK(fitted("\xe6\x97\xa5\xe6\x9c\xac", 4) == "\xe6\x97\xa5\xe6\x9c\xac");
  CHECK(fitted("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5) == "\xe6\x97\xa5...");
  CHECK(fitted("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 4) == "... ");
  CHECK(fitted("\xff\xff", 4) == "\xff\xff");
}
