#include "servers/shown_line.h"

#include "tests/support/catch.h"

using twx::shown_line;

TEST_CASE("text and tabs are shown as they are", "[shown_line]") {
  CHECK(shown_line("") == "");
  CHECK(shown_line("\ta\t\tb c\t") == "\ta\t\tb c\t");
  CHECK(shown_line("欢迎\t\xe9") == "欢迎\t\xe9");
}

TEST_CASE("whatever else could end a line or steer a terminal is made visible", "[shown_line]") {
  CHECK(shown_line("1\n2\r3\r\n") == "1\\x0a2\\x0d3\\x0d\\x0a");
  CHECK(shown_line("\x1b[31m\t\x7f\xc2\x9b\x9b") == "\\x1b[31m\t\\x7f\\xc2\\x9b\\x9b");
  CHECK(shown_line(std::string_view("\0", 1)) == "\\x00");
}
