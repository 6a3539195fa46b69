// Public. A file that only grows, line by line, each line by one write(2).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/descriptor.h"
#include "reactor/failure.h"

namespace twx {

// Nothing here waits for another program. A line that cannot be written leaves no part of itself
// behind in a file; what a pipe has already taken of it is ended by a newline before the next line,
// and so is a torn line that somebody else has left at the end of a file. What a program that was
// killed has left of a line, which ends with a page of memory, is cut off by who opens the file
// next, unless another one has it open; a shared lock (flock(2)) tells them. Failures carry the
// system's code, without a path.
class AppendFile {
 public:
  // Opens `path` for appending, made if need be (0666 and the umask). What was open is closed,
  // unless it fails. A FIFO that nobody reads is ENXIO.
  Result<void> open(std::string const& path) { return open_at(path, std::string::npos); }
  // As open, but what stands from `fixed` on is not trusted to lead elsewhere: its folders are made
  // if need be (0777 and the umask), a symbolic link is ELOOP or ENOTDIR. npos: as open.
  Result<void> open_at(std::string const& path, std::size_t fixed);
  // A second descriptor of what `fd` is, whose flags stay as they are: for standard output.
  Result<void> open_shared(int fd);
  // Writes what is held, if that can be done at once; the rest of it is dropped.
  void close();
  explicit operator bool() const { return static_cast<bool>(file_); }

  // Whether it was an empty file when it was opened.
  bool began_empty() const { return empty_; }
  // Whether it is the file that is found at `path`, itself or where that leads to.
  bool in_place(std::string const& path) const;

  // `line` ends with a newline.
  Result<void> write(std::string_view line);
  // fdatasync(2). What has no disk beneath it does not fail.
  Result<void> sync() const;

  // How many bytes are kept in memory when a pipe or a terminal is full: such a line counts as
  // written. 0 unless it is set.
  void set_most_held(std::size_t bytes) { most_held_ = bytes; }
  std::size_t held() const { return held_.size(); }
  // Writes what is held, as far as can be done at once: to be called now and then.
  Result<void> flush();
  // Lines that were held and then dropped, in all.
  std::uint64_t dropped() const { return dropped_; }

 private:
  void drop_held();
  void begin(Descriptor file);
  ssize_t try_write(std::string_view bytes) const;
  Result<void> write_or_hold(std::string_view line);
  Failure undo(std::string_view done, int error);
  bool take_back(std::size_t written) const;

  Descriptor file_;
  bool regular_ = false;
  bool socket_ = false;
  bool empty_ = false;
  bool torn_ = false;  // the beginning of a line that was lost stands at the end
  std::size_t most_held_ = 0;
  std::string held_;
  std::uint64_t dropped_ = 0;
  std::string line_;  // kept for its memory
};

}  // namespace twx
