#include "protocols/http_cookie_date.h"

#include <algorithm>

#include "protocols/http.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

bool is_delimiter(char c) {
  return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

// Takes all digits in front if there are from `least` to `most`.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  auto const* const end = std::ranges::find_if_not(text, ascii::is_digit);
  auto const count = static_cast<std::size_t>(end - text.begin());
  if (count < least || count > most) return std::nullopt;
  int number = 0;
  for (auto const c : text.substr(0, count)) number = number * 10 + (c - '0');
  text.remove_prefix(count);
  return number;
}

struct TimeOfDay {
  int parts[3];  // hour, minute, second; each may be out of its range

  bool exists() const { return parts[0] <= 23 && parts[1] <= 59 && parts[2] <= 59; }
  std::chrono::seconds since_midnight() const {
    return std::chrono::hours(parts[0]) + std::chrono::minutes(parts[1]) +
           std::chrono::seconds(parts[2]);
  }
};

std::optional<TimeOfDay> time_of_day(std::string_view token) {
  TimeOfDay time{};
  for (auto& part : time.parts) {
    if (&part != time.parts) {
      if (!token.starts_with(':')) return std::nullopt;
      token.remove_prefix(1);
    }
    auto const number = take_number(token, 1, 2);
    if (!number) return std::nullopt;
    part = *number;
  }
  return time;
}

std::optional<unsigned> month_number(std::string_view token) {
  constexpr std::string_view names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  auto const* const found = std::ranges::find_if(names, [token](std::string_view name) {
    return same_word(token.substr(0, 3), name);
  });
  if (found == std::end(names)) return std::nullopt;
  return static_cast<unsigned>(found - names) + 1;
}

// Whether it is this that was missing.
template <class T>
bool take_first(std::optional<T>& kept, std::optional<T> const& found) {
  if (kept || !found) return false;
  kept = found;
  return true;
}

// Each token is the first thing that it can be and that is still missing.
struct Found {
  std::optional<TimeOfDay> time;
  std::optional<int> day;
  std::optional<unsigned> month;
  std::optional<int> year;

  void take(std::string_view token) {
    auto rest = token;
    if (take_first(time, time_of_day(token)) || take_first(day, take_number(rest, 1, 2)) ||
        take_first(month, month_number(token)))
      return;
    if (!year) year = take_number(token, 2, 4);
  }
};

int whole_year(int year) { return year >= 100 ? year : year + (year >= 70 ? 1900 : 2000); }

}  // namespace

std::optional<std::chrono::sys_seconds> cookie_date(std::string_view text) {
  Found found;
  while (!text.empty()) {
    auto const* const end = std::ranges::find_if(text, is_delimiter);
    auto const size = static_cast<std::size_t>(end - text.begin());
    found.take(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  if (!found.time || !found.day || !found.month || !found.year) return std::nullopt;
  auto const year = whole_year(*found.year);
  std::chrono::year_month_day const date(std::chrono::year(year), std::chrono::month(*found.month),
                                         std::chrono::day(static_cast<unsigned>(*found.day)));
  if (year < 1601 || !date.ok() || !found.time->exists()) return std::nullopt;
  return std::chrono::sys_days(date) + found.time->since_midnight();
}

}  // namespace twx
