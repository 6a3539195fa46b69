#include "clients/irc_nicks.h"

#include <algorithm>
#include <chrono>

#include "reactor/ascii.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shortest_limit = 9;  // RFC 2812, section 1.2.1: all servers take as much
constexpr auto first_pause = 200ms;
constexpr Duration longest_pause = 10s;

// Letters, digits and what RFC 1459 allows besides; a letter first.
std::string simple(std::string_view nick) {
  std::string kept;
  for (auto const c : nick)
    if (ascii::is_letter(c) || (!kept.empty() && (ascii::is_digit(c) || c == '_' || c == '-')))
      kept += c;
  return kept.empty() || kept == nick ? "twx" : kept;
}

std::string ending(unsigned number) {
  if (number <= 2) return std::string(number, '_');
  return std::to_string(number);
}

}  // namespace

std::string IrcNicks::next(std::string_view refused, bool invalid) {
  ++tries_;
  if (invalid && refused.size() > shortest_limit && most_ > shortest_limit) {
    most_ = shortest_limit;
    if (number_ == 0) return std::string(wanted());
  } else if (invalid) {
    wanted_ = simple(wanted());
    number_ = std::max(number_, 2U);  // "twx" alone is somebody's
  }
  auto const end = ending(++number_);
  return wanted_.substr(0, most_ - std::min(most_, end.size())) + end;
}

Duration IrcNicks::pause() const {
  Duration pause = first_pause;
  for (auto tries = tries_; tries > 1 && pause < longest_pause; --tries) pause += pause / 2;
  return std::min(pause, longest_pause);
}

Duration IrcRegain::next() {
  delay_ = delay_ == Duration() ? Duration(30s) : std::min<Duration>(2 * delay_, 10min);
  return delay_;
}

}  // namespace twx
