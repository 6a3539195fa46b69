// A local file for what is fetched: made when it is needed, taken away again only by who made it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "reactor/bytes.h"
#include "reactor/descriptor.h"
#include "reactor/failure.h"

namespace twx {

struct OutputPlan {
  enum class How {
    truncate,    // made anew, or emptied
    exclusive,   // nothing of that name may exist, not even a link
    append,      // goes on at the end
    no_clobber,  // exclusive, or else with .1, .2 and so on to .100 behind its name
  };
  std::string path;
  How how = How::truncate;
  std::optional<std::uint64_t> size = {};  // append: it must still have so many bytes
  bool create_dirs = false;                // for the path's folders, with mode 0750
  bool remove_on_error = false;
};

// A regular file or /dev/null: never waits, and takes what splice(2) brings.
bool is_plain_file(int descriptor);

// All failures are Error::cannot_write with "PATH: the system's reason". No call waits for the
// reader of a FIFO.
class OutputFile {
 public:
  explicit OutputFile(OutputPlan plan) : plan_(std::move(plan)) {}

  // Once it is open, nothing more. False: a FIFO that nobody has opened for reading yet.
  Result<bool> open();
  // How many of the bytes it has taken: fewer than all if it takes no more now (a FIFO, a
  // terminal). To be called once it is open.
  Result<std::size_t> write(Bytes);
  // The descriptor of a regular file or of /dev/null; -1 if it is not open, or something else.
  int plain() const { return plain_ ? file_.get() : -1; }
  // Whether it is open and a terminal: what is written there had better be visible text.
  bool terminal() const { return terminal_; }
  // Empties what this run has written; false for what is no regular file, or not open. What was
  // there before it, for a plan to append, stays.
  bool restart();
  // Sets the time of last change, if one is given and the file is open, and closes.
  Result<void> close(std::optional<std::chrono::sys_seconds> modified);
  // Removes the file if the plan says so, this object has made it, and it is still that one.
  void discard();

  // With the number that no_clobber has added.
  std::string const& path() const { return plan_.path; }
  Failure failure(int error) const;

 private:
  Result<void> make_folders() const;
  bool try_open(int flags);
  bool open_numbered();
  Result<void> opened();

  OutputPlan plan_;
  Descriptor file_;
  bool created_ = false;
  bool plain_ = false;
  bool terminal_ = false;
  off_t begin_ = 0;  // of what this run writes
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace twx
