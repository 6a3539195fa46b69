#include "cli/log_lines.h"

#include <cstdio>

#include "protocols/json_string.h"

namespace twx {
namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::error: return "error";
    case Level::warning: return "warning";
    case Level::notice: return "notice";
    case Level::info: return "info";
    case Level::debug: return "debug";
  }
  return "error";
}

std::string utc(std::chrono::system_clock::time_point time) {
  auto const days = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date(days);
  std::chrono::hh_mm_ss const clock(std::chrono::floor<std::chrono::milliseconds>(time - days));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

}  // namespace

std::string text_line(Level level, std::string_view message, bool color) {
  std::string_view prefix = "twx: ";
  if (color && level == Level::error) prefix = "\033[1;31mtwx:\033[0m ";
  if (color && level == Level::warning) prefix = "\033[1;33mtwx:\033[0m ";
  return std::string(prefix).append(message) + "\n";
}

std::string json_line(Level level, std::string_view message,
                      std::chrono::system_clock::time_point time) {
  return "{\"time\":\"" + utc(time) + "\",\"level\":\"" + std::string(name_of(level)) +
         "\",\"message\":" + json_string(message) + "}\n";
}

}  // namespace twx
