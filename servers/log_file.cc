#include "servers/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
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
  Descriptor file(::open(path_.c_str(),
                         O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666));
  if (!file) return Failure({errno, std::system_category()}, path_);
  file_ = std::move(file);
  torn_ = false;
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

bool LogFile::in_place() const {
  struct stat named{};
  struct stat opened{};
  return stat(path_.c_str(), &named) == 0 && fstat(file_.get(), &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

void LogFile::look() {
  auto const now = std::chrono::steady_clock::now();
  if (now - looked_ < look_interval) return;
  looked_ = now;
  if (in_place())
    told_ = 0;
  else
    reopen_or_tell();
}

void LogFile::append(std::string_view line) {
  std::scoped_lock const lock(mutex_);
  look();
  line_.assign(torn_ ? "\n" : "").append(line) += '\n';
  if (!write_whole()) return tell_failure(errno);
  torn_ = false;
  if (lost_ > 0) tell_recovery();
}

// A line that the disk has no room for leaves no part of itself behind.
bool LogFile::write_whole() {
  std::string_view rest = line_;
  while (!rest.empty()) {
    auto const count = write(file_.get(), rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      auto const error = errno;
      struct stat status{};
      auto const written = static_cast<off_t>(line_.size() - rest.size());
      if (written > 0 &&
          (fstat(file_.get(), &status) < 0 || ftruncate(file_.get(), status.st_size - written) < 0))
        torn_ = true;  // a pipe cannot take it back
      errno = error;
      return false;
    }
  }
  return true;
}

void LogFile::tell_failure(int error) {
  if (++lost_ == 1) log_failure(path_, std::error_code(error, std::system_category()));
}

void LogFile::tell_recovery() {
  log(Level::warning, path_ + ": can be written again; " + std::to_string(lost_) +
                          (lost_ == 1 ? " line was lost" : " lines were lost"));
  lost_ = 0;
}

}  // namespace twx
