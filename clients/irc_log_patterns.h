// Lines of a log that are put together from patterns.
#pragma once

#include <string>
#include <string_view>

#include "clients/irc_log_event.h"
#include "clients/irc_log_format.h"
#include "clients/irc_log_stamp.h"

namespace twx {

// A form whose lines are patterns.
class IrcLogPatterns : public IrcLogFormat {
 public:
  explicit IrcLogPatterns(IrcLogStyle style) : style_(style) {}

 protected:
  // Appends `pattern`, in which stand for parts of the event:
  //   %n nick   %p its prefix   %u user_host   %t target   %x text   %w network
  //   %c channel, with its network if the style says so
  //   %d duration as 00:03:12   %l "3 lines were" or "1 line was"   %a time as asctime has it
  //   %( and %) around what is left out if there is no text
  void fill(std::string& line, std::string_view pattern, IrcLogEvent const&,
            IrcLogStamp const&) const;
  void append_channel(std::string& line, IrcLogEvent const&) const;
  // Whether the style wants the line to tell its channel, and the event has one.
  bool labelled(IrcLogEvent const&) const;

 private:
  void fill_part(std::string& line, char part, IrcLogEvent const&, IrcLogStamp const&) const;

  IrcLogStyle const style_;
};

}  // namespace twx
