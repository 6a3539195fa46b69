// Public. A file that only grows, line by line, each line by one write(2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reactor/descriptor.h"
#include "reactor/failure.h"

namespace twx {

// Nothing here waits for another program. A line that cannot be written leaves no part of itself
// behind in a file; what a pipe has already taken of it is ended with a newline before the next
// line, and so is a torn line that somebody else has left at the end of a file. Failures carry the
// system's code, and no path. A line is told to be written once the system or, for what is no
// regular file, `held` has it.
class AppendFile {
 public:
  // Takes a descriptor over; its flags stay as they are.
  void take(Descriptor file);
  // Opens `path` for appending, made if need be (0666 and the umask). What was open is closed,
  // unless it fails. A FIFO without a reader is ENXIO.
  Result<void> open(std::string const& path) { return open_at(path, std::string::npos); }
  // As open, but what stands from `fixed` on is not trusted to lead elsewhere: folders are made if
  // need be (0777 and the umask), and a symbolic link is ELOOP or ENOTDIR.
  Result<void> open_at(std::string const& path, std::size_t fixed);
  // Writes what is held, if that can be done at once; the rest of it is dropped.
  void close();
  explicit operator bool() const { return static_cast<bool>(file_); }

  // `line` ends with a newline.
  Result<void> write(std::string_view line);
  // Whether the open file is the one that is found at `path`, itself or where it leads to.
  bool in_place(std::string const& path) const;
  // fdatasync(2). What has no disk beneath it is no failure.
  Result<void> sync() const;

  // So many bytes are kept in memory when a pipe or a terminal is full; 0 unless it is set.
  void set_most_held(std::size_t bytes) { most_held_ = bytes; }
  std::size_t held() const { return held_.size(); }
  // Writes what is held, as far as can be done at once: to be called now and then.
  Result<void> flush();

  int descriptor() const { return file_.get(); }

 private:
  Result<void> write_regular(std::string_view line);
  Result<void> write_held(std::string_view line);
  bool take_back(std::size_t written) const;
  void look_at_end(std::string const& path);

  Descriptor file_;
  bool regular_ = false;
  bool torn_ = false;  // the beginning of a line that was lost stands at the end
  std::size_t most_held_ = 0;
  std::string held_;
  std::string line_;  // kept for its memory
};

}  // namespace twx
