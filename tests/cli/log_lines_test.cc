#include "cli/log_lines.h"

#include "tests/support/catch.h"

using namespace std::chrono_literals;
using twx::Level;
using twx::text_line;

namespace {

constexpr std::chrono::sys_days new_year = std::chrono::year(2026) / 1 / 1;

std::string message_of(std::string_view message) {
  auto const line = twx::json_line(Level::info, message, new_year);
  std::string const before = R"({"time":"2026-01-01T00:00:00.000Z","level":"info","message":)";
  REQUIRE(line.starts_with(before));
  REQUIRE(line.ends_with("}\n"));
  return line.substr(before.size(), line.size() - before.size() - 2);
}

}  // namespace

TEST_CASE("a text line begins with the program's name", "[cli]") {
  CHECK(text_line(Level::error, "lost", false) == "twx: lost\n");
  CHECK(text_line(Level::debug, "", false) == "twx: \n");
}

TEST_CASE("colour marks errors and warnings and leaves the text plain", "[cli]") {
  CHECK(text_line(Level::error, "lost", true) == "\033[1;31mtwx:\033[0m lost\n");
  CHECK(text_line(Level::warning, "late", true) == "\033[1;33mtwx:\033[0m late\n");
  CHECK(text_line(Level::notice, "here", true) == "twx: here\n");
  CHECK(text_line(Level::info, "here", true) == "twx: here\n");
}

TEST_CASE("a JSON line has time, level and message", "[cli]") {
  auto const time =
      std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 23h + 59min + 58s + 7ms;
  CHECK(twx::json_line(Level::error, "lost", time + 999us) ==
        "{\"time\":\"2024-02-29T23:59:58.007Z\",\"level\":\"error\",\"message\":\"lost\"}\n");
  for (auto const& [level, name] :
       {std::pair(Level::warning, "warning"), {Level::notice, "notice"}, {Level::debug, "debug"}}) {
    auto const line = twx::json_line(level, "", new_year);
    CHECK_THAT(line, Catch::Matchers::ContainsSubstring("\"level\":\"" + std::string(name) + "\""));
  }
}

TEST_CASE("quotes, backslashes and control characters are escaped in JSON", "[cli]") {
  CHECK(message_of("say \"x\"") == R"("say \"x\"")");
  CHECK(message_of("\\x1b") == R"("\\x1b")");
  CHECK(message_of(std::string("a\n\t\0b", 5)) == R"("a\u000a\u0009\u0000b")");
}

TEST_CASE("UTF-8 passes into JSON, anything else is replaced byte by byte", "[cli]") {
  CHECK(message_of("é 中 😀") == "\"é 中 😀\"");
  std::string const unknown = "\xef\xbf\xbd";
  CHECK(message_of("\xff-") == "\"" + unknown + "-\"");
  CHECK(message_of("\xc3") == "\"" + unknown + "\"");                // cut short
  CHECK(message_of("\xc0\xaf") == "\"" + unknown + unknown + "\"");  // too long a form
  CHECK(message_of("\xe0\x80\xaf") == "\"" + unknown + unknown + unknown + "\"");
  CHECK(message_of("\xed\xa0\x80") == "\"" + unknown + unknown + unknown + "\"");  // surrogate
  CHECK(message_of("\xf4\x8f\xbf\xbf") == "\"\xf4\x8f\xbf\xbf\"");                 // the last one
  CHECK(message_of("\xf4\x90\x80\x80").find('\x90') == std::string::npos);
}
