// The time that a line of a log bears.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

#include "clients/irc_log_event.h"

namespace twx {

// --time. local and utc: by this host's clock when the event came, shown in its time zone or in
// UTC. server: by the server's (the tag `time`) where it told it, shown in this host's time zone.
// What is replayed from a server's history always bears the server's time.
enum class IrcLogTime { local, utc, server };

struct IrcLogStamp {
  std::chrono::system_clock::time_point time;
  std::tm date{};  // in the time zone that is shown
  bool of_server = false;

  // "12:34:56"
  void append_clock(std::string& line) const;
  // "Sat Nov  1 12:34:56 2026", as C's asctime has it, in English.
  void append_asctime(std::string& line) const;
  // "Sat Nov 01 2026"
  void append_day(std::string& line) const;
  // "2026-11-01"
  void append_date(std::string& line) const;
  bool same_day(IrcLogStamp const& other) const;
};

// Calendars are costly and lines come in bursts, so the last answer is kept.
class IrcLogStamps {
 public:
  explicit IrcLogStamps(IrcLogTime);

  // Valid until the next call.
  IrcLogStamp const& of(IrcLogEvent const&);
  IrcLogStamp const& at(std::chrono::system_clock::time_point, bool of_server = false);

 private:
  void look_up(std::chrono::sys_seconds second);

  IrcLogTime const time_;
  IrcLogStamp last_;
  std::chrono::sys_seconds minute_;  // begin of the calendar's minute that last_ lies in
  bool known_ = false;
};

}  // namespace twx
