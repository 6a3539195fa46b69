// Values as the command line spells them.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "cli/command.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

template <class Number>
struct Leading {
  Number number{};
  std::string_view rest;
  std::errc error{};
};

// The number that `text` begins with, and what follows it.
template <class Number>
Leading<Number> leading(std::string_view text) {
  Number number{};
  auto const* const end = text.data() + text.size();
  auto const [rest, error] = std::from_chars(text.data(), end, number);
  return {number, {rest, static_cast<std::size_t>(end - rest)}, error};
}

Failure wrong(std::string_view text, std::string_view what) {
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                               "'" + std::string(text) + "' " + std::string(what));
}

Failure not_a_time(std::string_view text) {
  return wrong(text, "is not a time; use 500ms, 2s, 1.5m or 1h");
}

// Nanoseconds in a unit; 0 for an unknown one.
double nanoseconds(std::string_view unit) {
  if (unit == "ms") return 1e6;
  if (unit == "s" || unit.empty()) return 1e9;
  if (unit == "m") return 60e9;
  return unit == "h" ? 3600e9 : 0;
}

// How often a size's suffix doubles the number; -1 for an unknown one.
int shift_of(std::string_view suffix) {
  if (suffix.empty()) return 0;
  if (suffix == "k" || suffix == "K") return 10;
  if (suffix == "m" || suffix == "M") return 20;
  return suffix == "g" || suffix == "G" ? 30 : -1;
}

}  // namespace

Result<Duration> parse_time(std::string_view text) {
  // Far more than anyone waits, and little enough to be added to any point in time.
  static constexpr double most = 1e6 * 3600e9;
  auto const digits = std::min(text.find_first_not_of("0123456789."), text.size());
  auto const number = parse_decimal(text.substr(0, digits));
  auto const unit = nanoseconds(text.substr(digits));
  if (unit == 0 || !number) return not_a_time(text);
  if (*number * unit > most) return wrong(text, "is too long a time; the most is 1000000h");
  auto const exact = *number * unit;
  Duration time(static_cast<Duration::rep>(exact));
  if (exact - static_cast<double>(time.count()) >= 0.5) ++time;
  // A time that was asked for must not become none at all.
  return time == Duration::zero() && *number > 0 ? Duration(1) : time;
}

// Not std::from_chars, which changes how is rounded and so needs the mathematical library.
std::optional<double> parse_decimal(std::string_view text) {
  auto const points = std::ranges::count(text, '.');
  auto const digits = std::ranges::count_if(text, ascii::is_digit);
  if (digits == 0 || points > 1 || digits + points != std::ssize(text)) return std::nullopt;
  return std::strtod(std::string(text).c_str(), nullptr);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  auto const [number, rest, error] = leading<std::uint64_t>(text);
  auto const shift = shift_of(rest);
  if (shift < 0 || error == std::errc::invalid_argument) {
    return wrong(text, "is not a size; use 4096, 64k, 1M or 2G");
  }
  auto const most = std::numeric_limits<std::uint64_t>::max() >> shift;
  if (error == std::errc::result_out_of_range || number > most) {
    return wrong(text, "is too large a size; the most is 17179869183G");
  }
  return number << shift;
}

Result<std::uint64_t> parse_count(std::string_view text) {
  auto const [number, rest, error] = leading<std::uint64_t>(text);
  if (!rest.empty() || error == std::errc::invalid_argument) {
    return wrong(text, "is not a whole number");
  }
  if (error == std::errc::result_out_of_range) {
    return wrong(text, "is too large; the most is 18446744073709551615");
  }
  return number;
}

}  // namespace twx
