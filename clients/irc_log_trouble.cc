#include "clients/irc_log_trouble.h"

#include <string>
#include <utility>

#include "reactor/log.h"

namespace twx {
namespace {

constexpr auto interval = std::chrono::minutes(1);

std::string lines_were_lost(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line was lost" : " lines were lost");
}

}  // namespace

void IrcLogTrouble::lost(Time now, Failure const& failure, std::uint64_t lines) {
  lost_ += lines;
  tell(now, "lines of the log are lost", failure);
}

void IrcLogTrouble::tell(Time now, std::string_view what, Failure const& failure) {
  if (told_at_ && failure.code() == cause_ && now - *told_at_ < interval) return;
  cause_ = failure.code();
  told_at_ = now;
  told_ = true;
  log_failure(what, failure);
}

void IrcLogTrouble::over() {
  if (!std::exchange(told_, false) || lost_ == told_lost_) return;
  log(Level::warning,
      "the log can be written again; " + lines_were_lost(lost_ - std::exchange(told_lost_, lost_)));
}

void IrcLogTrouble::finish() {
  auto const untold = lost_ - std::exchange(told_lost_, lost_);
  if (untold > 0) log(Level::error, lines_were_lost(untold) + " to the log");
}

}  // namespace twx
