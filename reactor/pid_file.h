// Internal to reactor/. PidFile: says which process serves, and keeps a second one away.
#pragma once

#include <string>

#include "reactor/descriptor.h"
#include "reactor/failure.h"

namespace twx {

// Whole from the first moment on; links are not followed. One whose process is gone is replaced,
// and that is logged.
class PidFile {
 public:
  // Fails with std::errc::file_exists while the process of an older one lives, and where `path` is
  // something else than a pid file.
  static Result<PidFile> create(std::string path);
  PidFile(PidFile&& other) noexcept = default;
  PidFile& operator=(PidFile&&) = delete;
  // Removes it, in the process that made it and if it is still this one. Where the directory does
  // not allow that any more it is emptied, which counts as gone.
  ~PidFile();

 private:
  PidFile(std::string path, Descriptor file);

  std::string path_;
  Descriptor file_;
  int process_;
};

}  // namespace twx
