#include "cli/log_lines.h"

#include "protocols/json_string.h"
#include "reactor/utc_text.h"

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

}  // namespace

std::string text_line(Level level, std::string_view message, bool color) {
  std::string_view prefix = "twx: ";
  if (color && level == Level::error) prefix = "\033[1;31mtwx:\033[0m ";
  if (color && level == Level::warning) prefix = "\033[1;33mtwx:\033[0m ";
  return std::string(prefix).append(message) + "\n";
}

std::string json_line(Level level, std::string_view message,
                      std::chrono::system_clock::time_point time) {
  return "{\"time\":\"" + utc_text(std::chrono::floor<std::chrono::milliseconds>(time)) +
         "\",\"level\":\"" + std::string(name_of(level)) +
         "\",\"message\":" + json_string(message) + "}\n";
}

}  // namespace twx
