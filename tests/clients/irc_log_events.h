// Events for the tests of irc-log's files: all of one moment, Sat Nov 21 12:34:56.789 2026 UTC.
#pragma once

#include <chrono>
#include <string>

#include "clients/irc_log_event.h"
#include "clients/irc_log_format.h"
#include "clients/irc_log_stamp.h"

namespace twx::test {

inline constexpr std::chrono::system_clock::time_point noon{
    std::chrono::milliseconds(1795264496789)};

inline IrcLogEvent event_of(IrcLogKind kind) {
  return {.kind = kind,
          .time = noon,
          .network = "Net",
          .channel = "#Chan",
          .channel_key = "#chan",
          .nick = "ann",
          .prefix = "@",
          .user_host = "a@host.example"};
}

inline IrcLogEvent said(std::string_view text, IrcLogKind kind = IrcLogKind::message) {
  auto event = event_of(kind);
  event.text = text;
  return event;
}

inline IrcLogEvent done_to(IrcLogKind kind, std::string_view target, std::string_view text = "") {
  auto event = said(text, kind);
  event.target = target;
  return event;
}

// Without its newline.
inline std::string line_of(IrcLogForm form, IrcLogEvent const& event, IrcLogStyle style = {},
                           IrcLogTime time = IrcLogTime::utc) {
  std::string line;
  IrcLogStamps stamps(time);
  irc_log_format(form, style)->append(line, event, stamps.of(event));
  return line.substr(0, line.find('\n'));
}

}  // namespace twx::test
