// A file to which lines are appended, each whole and by one write. It may be moved away or deleted
// at any time: then a new one is begun. A full disk loses lines and says so, but ends nothing.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "reactor/descriptor.h"
#include "reactor/failure.h"

namespace twx {

// Safe to use from several threads.
class LogFile {
 public:
  explicit LogFile(std::string path) : path_(std::move(path)) {}

  // Opens it for appending, made if need be. To be called again when the file was moved (SIGHUP);
  // the old one is kept if that fails.
  Result<void> open();
  // Without the newline, which is added. Looks once a second whether the file is still in its
  // place.
  void append(std::string_view line);

 private:
  Result<void> reopen();
  bool in_place() const;
  bool write_whole();
  void tell_failure(int error);
  void tell_recovery();

  std::string const path_;
  std::mutex mutex_;
  Descriptor file_;
  std::string line_;  // kept for its memory
  std::chrono::steady_clock::time_point looked_{};
  std::uint64_t lost_ = 0;  // lines, since writing began to fail
};

}  // namespace twx
