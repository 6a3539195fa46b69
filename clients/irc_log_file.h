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

// Each line is one write(2) at the end of the file; see AppendFile. Failures have the path as their
// context.
class IrcLogFile {
 public:
  // Of `path` what stands from `fixed_folders` on is made and opened as AppendFile::open_at does.
  // "-" is standard output.
  IrcLogFile(std::string path, std::size_t fixed_folders)
      : path_(std::move(path)), fixed_folders_(fixed_folders) {}

  bool is_open() const { return static_cast<bool>(file_); }
  // Opens it; if it is open, anew, and what was open stays open if that fails.
  Result<void> open();
  // To be called before a line is written: opens what is closed; and looks, once a second at most,
  // whether what is open is still found in its place, and if not begins a new file, or keeps the
  // old one and tells why. `now` is the reactor's. True: a file that was empty has been opened.
  Result<bool> prepare(Time now);
  // With its newline, into the open file.
  Result<void> write(std::string_view line);
  // fdatasync(2), if something was written since the last.
  Result<void> sync();
  // What is written next opens it again.
  void close() { file_.close(); }

  // What a full pipe could not take yet; flush() tries again.
  std::size_t held() const { return file_.held(); }
  Result<void> flush();
  // Lines that were held and lost since this was asked last.
  std::uint64_t take_dropped();

  std::string const& path() const { return path_; }
  bool began_empty() const { return file_.began_empty(); }
  bool is_standard_output() const { return path_ == "-"; }

 private:
  Failure with_path(Failure const&) const;

  std::string const path_;
  std::size_t const fixed_folders_;
  AppendFile file_;
  Time looked_{};
  std::uint64_t dropped_ = 0;  // that have been told
  bool unsynced_ = false;
};

}  // namespace twx
