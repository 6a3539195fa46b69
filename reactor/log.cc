#include "reactor/log.h"

#include <atomic>
#include <mutex>

namespace twx {
namespace {

std::mutex sink_mutex;
std::atomic<int> heard{-1};  // the most talkative level that anyone listens to

LogSink& sink() {
  // Never destroyed: threads and static objects may log to the very end.
  static auto* const instance = new LogSink;
  return *instance;
}

}  // namespace

LogSink set_log_sink(LogSink replacement, Level most) {
  std::scoped_lock const lock(sink_mutex);
  heard = replacement ? static_cast<int>(most) : -1;
  std::swap(sink(), replacement);
  return replacement;
}

bool log_enabled(Level level) noexcept { return static_cast<int>(level) <= heard; }

void log(Level level, std::string_view line) {
  if (!log_enabled(level)) return;
  std::scoped_lock const lock(sink_mutex);
  if (sink()) sink()(level, line);
}

}  // namespace twx
