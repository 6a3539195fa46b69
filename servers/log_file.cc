#include "servers/log_file.h"

#include <utility>

#include "reactor/log.h"

namespace twx {
namespace {

constexpr auto look_interval = std::chrono::seconds(1);

}  // namespace

Result<void> LogFile::open() {
  std::scoped_lock const lock(mutex_);
  return reopen();
}

Result<void> LogFile::reopen() {
  auto const opened = file_.open(path_);
  if (!opened) return Failure(opened.failure().code(), path_);
  return {};
}

void LogFile::begin_anew() {
  std::scoped_lock const lock(mutex_);
  told_ = 0;
  reopen_or_tell();
}

void LogFile::reopen_or_tell() {
  auto const opened = reopen();
  auto const error = opened ? 0 : opened.failure().code().value();
  if (std::exchange(told_, error) == error || opened) return;
  log_failure("the old log file stays", opened.failure());
}

void LogFile::look() {
  auto const now = std::chrono::steady_clock::now();
  if (now - looked_ < look_interval) return;
  looked_ = now;
  if (file_.in_place(path_))
    told_ = 0;
  else
    reopen_or_tell();
}

void LogFile::append(std::string_view line) {
  std::scoped_lock const lock(mutex_);
  look();
  line_.assign(line) += '\n';
  if (auto const written = file_.write(line_); !written) return tell_failure(written.failure());
  if (lost_ > 0) tell_recovery();
}

void LogFile::tell_failure(Failure const& failure) {
  if (++lost_ == 1) log_failure(path_, failure);
}

void LogFile::tell_recovery() {
  log(Level::warning, path_ + ": can be written again; " + std::to_string(lost_) +
                          (lost_ == 1 ? " line was lost" : " lines were lost"));
  lost_ = 0;
}

}  // namespace twx
