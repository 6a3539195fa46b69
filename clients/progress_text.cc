#include "clients/progress_text.h"

#include <algorithm>
#include <cstdio>

namespace twx {
namespace {

// The first character of `text` in bytes; one where it is no UTF-8.
std::size_t character(std::string_view text) {
  std::size_t length = 1;
  while (length < 4 && length < text.size() && (text[0] & 0xc0) == 0xc0 &&
         (text[length] & 0xc0) == 0x80)
    ++length;
  return length;
}

// From U+1100, which is 0xe1 0x84 0x80, on; some of them take one, which does no harm.
std::size_t width(std::string_view character) { return character >= "\xe1\x84\x80" ? 2 : 1; }

// What of `text` takes at most `columns`, and how many it takes.
struct Beginning {
  std::string_view text;
  std::size_t columns = 0;
};
Beginning beginning(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t used = 0;
  while (bytes < text.size()) {
    auto const next = text.substr(bytes, character(text.substr(bytes)));
    if (used + width(next) > columns) break;
    used += width(next);
    bytes += next.size();
  }
  return {text.substr(0, bytes), used};
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr char const* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // What would be rounded to 1024.0 is one of the next unit.
  for (; value >= 1023.95; value /= 1024) ++unit;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]);
  return text;
}

std::string time_text(Duration time) {
  auto const most = std::chrono::hours(1000) - std::chrono::seconds(1);
  auto const seconds =
      std::min<std::chrono::seconds>(std::chrono::duration_cast<std::chrono::seconds>(time), most)
          .count();
  char text[32];
  std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text;
}

std::string fitted(std::string_view text, std::size_t columns) {
  auto part = beginning(text, columns);
  if (part.text.size() == text.size()) return std::string(text).append(columns - part.columns, ' ');
  auto const dots = std::min<std::size_t>(columns, 3);
  part = beginning(text, columns - dots);
  return std::string(part.text).append(dots, '.').append(columns - dots - part.columns, ' ');
}

}  // namespace twx
