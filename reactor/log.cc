#include "reactor/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <mutex>
#include <string>

#include "reactor/failure.h"

namespace twx {
namespace {

std::mutex sink_mutex;
int lost_lines = 0;          // guarded by the mutex
std::atomic<int> heard{-1};  // the most talkative level that anyone listens to

LogSink& sink() {
  // Never destroyed: threads and static objects may log to the very end.
  static auto* const instance = new LogSink;
  return *instance;
}

// Without an allocation: want of memory is what loses lines.
void tell_lost_lines() {
  std::array<char, 40> text{};
  auto const end = std::to_chars(text.begin(), text.end(), lost_lines).ptr;
  constexpr std::string_view rest = " lines could not be logged";
  auto const whole = std::ranges::copy(rest, end).out;
  sink()(Level::warning, {text.begin(), whole});
  lost_lines = 0;
}

}  // namespace

LogSink set_log_sink(LogSink replacement, Level most) {
  std::scoped_lock const lock(sink_mutex);
  heard = replacement ? static_cast<int>(most) : -1;
  std::swap(sink(), replacement);
  return replacement;
}

bool log_enabled(Level level) noexcept { return static_cast<int>(level) <= heard; }

void log(Level level, std::string_view line) noexcept {
  if (!log_enabled(level)) return;
  std::scoped_lock const lock(sink_mutex);
  if (!sink()) return;
  try {
    if (lost_lines > 0) tell_lost_lines();
    sink()(level, line);
  } catch (...) {
    ++lost_lines;
  }
}

void log_failure(std::string_view what, Failure const& failure) noexcept {
  try {
    log(Level::error, std::string(what) + ": " + failure.message());
  } catch (std::bad_alloc const&) {
    log(Level::error, what);
  }
}

}  // namespace twx
