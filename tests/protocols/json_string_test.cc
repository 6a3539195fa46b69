#include "protocols/json_string.h"

#include "tests/support/catch.h"

using twx::json_string;

TEST_CASE("text stands in quotes, what JSON does not allow is escaped", "[http]") {
  CHECK(json_string("") == R"("")");
  CHECK(json_string(R"(a"b\c/)") == R"("a\"b\\c/")");
  CHECK(json_string(std::string_view("\0\n\x1f\x7f", 4)) == "\"\\u0000\\u000a\\u001f\x7f\"");
}

TEST_CASE("UTF-8 passes, and what is none becomes a replacement character for each byte",
          "[http]") {
  CHECK(json_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") ==
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  std::string const bad = "\xef\xbf\xbd";
  CHECK(json_string("a\xff") == "\"a" + bad + "\"");
  CHECK(json_string("\xc3") == "\"" + bad + "\"");
  CHECK(json_string("\xc0\x80") == "\"" + bad + bad + "\"");            // overlong
  CHECK(json_string("\xed\xa0\x80") == "\"" + bad + bad + bad + "\"");  // a surrogate
  CHECK(json_string("\xf4\x90\x80\x80") == "\"" + bad + bad + bad + bad + "\"");
}
