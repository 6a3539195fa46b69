// Writes events of IRC into the files that a template names.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "clients/irc_log_event.h"
#include "clients/irc_log_file.h"
#include "clients/irc_log_format.h"
#include "clients/irc_log_stamp.h"
#include "clients/irc_log_template.h"
#include "reactor/clock.h"

namespace twx {

// --fsync. line: after each line, before the call returns. interval: once a second while lines
// come.
enum class IrcLogSync { none, line, interval };

struct IrcLogSettings {
  IrcLogTemplate path;
  IrcLogForm form = IrcLogForm::text;
  IrcLogTime time = IrcLogTime::local;
  IrcLogLabel label = IrcLogLabel::none;
  IrcLogSync sync = IrcLogSync::none;
  std::size_t most_open = 200;  // files at once; of more, those are closed that wait longest
};

// Errors of files are logged (reactor/log.h), by path and once a minute at most, and end nothing:
// lines that cannot be written are counted, and the next that can be has a line before it that says
// how many. Between lines nothing is done: what was moved or deleted is noticed by the next line,
// if a second has passed since the last look. Needs two system calls a second and file for that,
// otherwise one write(2) a line. No call waits for a reader of a FIFO.
class IrcLogWriter {
 public:
  IrcLogWriter(Clock&, IrcLogSettings);
  // As close().
  ~IrcLogWriter();
  IrcLogWriter(IrcLogWriter const&) = delete;
  IrcLogWriter& operator=(IrcLogWriter const&) = delete;

  // Whether a log can be kept at all: opens the file if there is but one, and looks at the fixed
  // folder otherwise. What fails later is only told.
  Result<void> open();
  // One line in the file of the event's channel.
  void write(IrcLogEvent const&);
  // An event of several channels (QUIT, NICK, the connection itself): a line in the file of each of
  // them. Where they share a file there is one line, for the event's own channel, which may be
  // empty; but where lines name their channel and `each` is true, one for each of them.
  struct Channel {
    std::string_view name;
    std::string_view key;  // folded
  };
  void write(IrcLogEvent const&, std::span<Channel const>, bool each);
  // All files are begun anew with their next line (SIGHUP).
  void reopen();
  // Writes what a form wants at the end, syncs if that is set, closes all files. What was lost and
  // is not told yet is told. After it nothing is to be written.
  void close(std::chrono::system_clock::time_point now);

  // Lines that were written, and that were lost, in all.
  std::uint64_t written() const { return written_; }
  std::uint64_t lost() const { return lost_; }

 private:
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace twx
