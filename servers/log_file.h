// A file to which lines are appended, each whole and by one write. It may be moved away or deleted
// at any time: then a new one is begun. A full disk loses lines and says so, but ends nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "reactor/append_file.h"
#include "reactor/failure.h"

namespace twx {

// Safe to use from several threads.
class LogFile {
 public:
  explicit LogFile(std::string path) : path_(std::move(path)) {}

  // Opens it for appending, made if need be. Never waits: a pipe that nobody reads cannot be
  // opened, and one that is full loses lines.
  Result<void> open();
  // To be called when the file was moved (SIGHUP). The old one stays if that fails, which is said.
  void begin_anew();
  // Without the newline, which is added. Looks once a second whether the file is still in its
  // place; why it cannot be begun anew is said once, until that changes.
  void append(std::string_view line);

 private:
  Result<void> reopen();
  void reopen_or_tell();
  void look();
  void tell_failure(Failure const&);
  void tell_recovery();

  std::string const path_;
  std::mutex mutex_;
  AppendFile file_;
  std::string line_;  // kept for its memory
  std::chrono::steady_clock::time_point looked_{};
  int told_ = 0;            // why the old file stays
  std::uint64_t lost_ = 0;  // lines, since writing began to fail
};

}  // namespace twx
