// One file of a log of IRC: opened when it is needed, begun anew when it was moved or deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "clients/irc_log_stamp.h"
#include "reactor/append_file.h"
#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

// Each line is one write(2) at the end of the file. A line that was not written leaves no part of
// itself, and is counted.
class IrcLogFile {
 public:
  // The folders in `path` from `fixed_folders` on are made when they are missing, and symbolic
  // links are not followed there; npos: nothing is made, any link is followed. "-" is standard
  // output.
  IrcLogFile(std::string path, std::size_t fixed_folders)
      : path_(std::move(path)), fixed_folders_(fixed_folders) {}

  Result<void> open();
  bool is_open() const { return static_cast<bool>(file_); }
  // Closes it until the next line; what was counted and remembered stays.
  void close() { file_.close(); }
  // Looks, once a second at most, whether the open file is still the one of that path; if not, a
  // new one is begun. `now` is the reactor's. Keeps the old one if that fails.
  Result<void> look(Time now);
  // With its newline. Opens the file if it is not open.
  Result<void> write(std::string_view line);
  // fdatasync(2), if there is something that was written since.
  Result<void> sync();

  std::string const& path() const { return path_; }
  AppendFile& file() { return file_; }

  std::uint64_t lost = 0;       // lines, since the last that was written; kept by who writes
  bool begun = false;           // a line of this run is in it
  IrcLogStamp last_stamp = {};  // of the last line

 private:
  std::string const path_;
  std::size_t const fixed_folders_;
  AppendFile file_;
  Time looked_{};
  bool dirty_ = false;
};

}  // namespace twx
