#include "protocols/irc_server_time.h"

namespace twx {
namespace {

// `count` digits at `place`; -1 if there are others.
int number_at(std::string_view text, std::size_t place, std::size_t count) {
  int number = 0;
  for (auto const c : text.substr(place, count)) {
    if (c < '0' || c > '9') return -1;
    number = 10 * number + (c - '0');
  }
  return number;
}

// What stands behind the seconds: ".", digits, "Z"; or "Z". -1 if it is neither.
int milliseconds(std::string_view rest) {
  if (!rest.ends_with('Z')) return -1;
  rest.remove_suffix(1);
  if (rest.empty()) return 0;
  if (!rest.starts_with('.') || rest.size() < 2 ||
      rest.find_first_not_of("0123456789", 1) != rest.npos)
    return -1;
  auto digits = std::string(rest.substr(1, 3));
  digits.resize(3, '0');
  return number_at(digits, 0, 3);
}

}  // namespace

std::optional<IrcTime> irc_server_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] != '0' && text[i] != form[i]) return std::nullopt;
  auto const number = [&](std::size_t place, std::size_t count = 2) {
    return number_at(text, place, count);
  };
  auto const years = number(0, 4), months = number(5), days_ = number(8), hours_ = number(11),
             minutes_ = number(14), seconds_ = number(17), fraction = milliseconds(text.substr(19));
  if (years < 0 || months < 0 || days_ < 0 || fraction < 0) return std::nullopt;
  year_month_day const date{year(years), month(static_cast<unsigned>(months)),
                            day(static_cast<unsigned>(days_))};
  auto const in = [](int value, int most) { return 0 <= value && value <= most; };
  if (!date.ok() || !in(hours_, 23) || !in(minutes_, 59) || !in(seconds_, 60)) return std::nullopt;
  return sys_days(date) + hours(hours_) + minutes(minutes_) + seconds(seconds_) +
         std::chrono::milliseconds(fraction);
}

}  // namespace twx
