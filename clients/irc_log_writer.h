// Writes events of IRC into the files that a template names.
#pragma once

#include <chrono>
#include <cstdint>
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
#include "clients/irc_log_trouble.h"
#include "reactor/clock.h"

namespace twx {

// --fsync. line: after each line, before the call returns. interval: a second after a line. Both
// hold up everything else for as long as the disk takes.
enum class IrcLogSync { none, line, interval };

struct IrcLogSettings {
  IrcLogTemplate path = {};
  IrcLogForm form = IrcLogForm::text;
  IrcLogStyle style = {};
  IrcLogTime time = IrcLogTime::local;
  IrcLogSync sync = IrcLogSync::none;
  std::size_t most_open = 200;  // files at once; then the one is closed that has waited longest
};

// Each line is one write(2) into a file that is open; a file that was moved or deleted is begun
// anew by the first line that comes when a second has passed since the last look. Between lines
// nothing is done, and no timer runs but that of IrcLogSync::interval.
//
// Failing files end nothing. It is logged (reactor/log.h) why, once a minute at most; lines that
// cannot be written are counted, and before the next that can be there is one that says how many.
//
// Never waits for a reader: a FIFO that nobody reads fails; of one that is full, or of a terminal
// or pipe that "-" is, a MiB is kept in memory, which is tried again every 50 ms, and what comes
// then is lost.
class IrcLogWriter {
 public:
  // The clock must outlive it.
  IrcLogWriter(Clock&, IrcLogSettings);
  ~IrcLogWriter();
  IrcLogWriter(IrcLogWriter const&) = delete;
  IrcLogWriter& operator=(IrcLogWriter const&) = delete;

  // Whether a log can be kept at all: opens the file if there is but one, otherwise looks whether
  // something can be made in the fixed folder.
  Result<void> open();

  // A line in the file of the event's network and channel.
  void write(IrcLogEvent const&);
  struct Channel {
    std::string_view name;
    std::string_view key;  // folded
  };
  // What concerns several channels (QUIT, NICK, the connection): a line in the file of each, for
  // that channel. If one file has them all there is one line, for the event's own channel, if any;
  // but one for each of them where `each` is true and lines tell their channel. Without channels
  // there is one line, if one file has them all.
  void write(IrcLogEvent const&, std::span<Channel const>, bool each);

  // To be called when files were moved (SIGHUP). Those whose name has no date are opened anew at
  // once; the old one stays if that fails, which is logged. Others are opened by their next line.
  void reopen();
  // Ends all files as their form wants it, and closes them. What was lost and not told is logged. A
  // line that is written later opens its file again.
  void close(std::chrono::system_clock::time_point now);

  // Bytes that readers of pipes have not taken yet: if the reactor goes on for a while before
  // close(), they may.
  std::size_t held() const;
  // In all.
  std::uint64_t written() const { return written_; }
  std::uint64_t lost() const { return trouble_.lost(); }
  // Standard output was closed by its reader; lines are lost from now on, and nobody is told.
  bool reader_gone() const { return reader_gone_; }

 private:
  struct Log;
  struct Place {
    std::int64_t period = 0;
    Log* log = nullptr;
  };

  Place& place_of(std::string_view network, std::string_view key);
  Log& log_of(std::string_view network, std::string_view key, IrcLogStamp const&);
  Log& log_at(std::string const& path);
  std::int64_t period_of(IrcLogStamp const&) const;
  void leave(Log&, IrcLogStamp const&);
  void forget_all(IrcLogStamp const&);

  void put(Log&, IrcLogEvent const&, IrcLogStamp const&);
  Result<void> put_line(Log&, IrcLogEvent const&, IrcLogStamp const&);
  Result<void> put_note(Log&, IrcLogEvent const&, IrcLogStamp const&);
  Result<void> write_line(Log&, IrcLogStamp const&);
  Result<void> prepare(Log&);
  void make_room();
  void lose(Log&, Failure const&, std::uint64_t lines = 1);
  static Failure gone(Log const&);
  void end(Log&, IrcLogStamp const&);
  Result<void> say_end(Log&, IrcLogStamp const&);
  void close(Log&);

  void sync(Log&);
  void sync_all();
  void flush_held();
  void wait_for_reader();

  Clock& clock_;
  IrcLogSettings const settings_;
  std::unique_ptr<IrcLogFormat> const format_;
  IrcLogStamps stamps_;
  std::unordered_map<std::string, std::unique_ptr<Log>> logs_;  // by path
  std::unordered_map<std::string, Place> places_;               // by network and channel
  std::string key_;                                             // of places_; kept for its memory
  std::string line_;                                            // likewise
  IrcLogTrouble trouble_;
  std::size_t failing_ = 0;  // logs that have lost lines
  std::uint64_t turn_ = 0;
  std::uint64_t written_ = 0;
  bool reader_gone_ = false;
  DelayedCall sync_;
  DelayedCall flush_;
};

}  // namespace twx
