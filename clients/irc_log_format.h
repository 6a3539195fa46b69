// The forms in which a log can be written (--format).
#pragma once

#include <memory>
#include <string>

#include "clients/irc_log_event.h"
#include "clients/irc_log_stamp.h"
#include "protocols/irc_text.h"

namespace twx {

enum class IrcLogForm {
  // Twisted's lines: `[12:34:56] <nick> text`, `[12:34:56] * nick text`, `[12:34:56] old is now
  // known as new`, `[12:34:56] [connected at Sat Nov 21 12:34:56 2026]`, `[I have joined #chan]`,
  // `[disconnected at ...]`. What Twisted's example does not log is in the words of ZNC's log
  // module, which pisg knows as "energymech": `*** Joins: nick (user@host)`, `*** Parts: nick
  // (user@host) (why)`, `*** Quits: ...`, `*** nick was kicked by other (why)`, `*** nick sets
  // mode:
  // +o other`, `*** nick changes topic to 'text'`, `-nick- text` for a NOTICE. Our own are in
  // brackets: `[gap of 00:03:12]`, `[3 lines were lost]`, `[netsplit: a.example b.example: ann,
  // bob]`.
  text,
  // One JSON object for each line: docs/irc-log-format.md.
  jsonl,
  // irssi's own (theme "default"), with `--- Log opened`, `--- Day changed` and `--- Log closed`;
  // pisg's "irssi".
  irssi,
  // WeeChat's own: stamp, prefix and text with tabs between them; pisg's "weechat3".
  weechat,
};

// What a line says about where it was said, for files that several channels share: `[12:34:56]
// #chan <nick> text`, irssi's `<nick:#chan>`, one more column in WeeChat's, and `network/#chan`.
// JSON always tells both.
enum class IrcLogLabel { none, channel, network_and_channel };

// Each call appends one whole line, its newline included, or nothing. Whatever an event contains,
// what is appended is valid UTF-8 without control characters (TAB in WeeChat's lines excepted),
// without U+2028, U+2029 and without marks that change the direction of writing; formatting codes
// are gone, and bytes are read as the style's encoding says. The text of a message with the mark
// `[nolog]` is replaced, see opted_out().
class IrcLogFormat {
 public:
  virtual ~IrcLogFormat() = default;

  virtual void append(std::string& line, IrcLogEvent const&, IrcLogStamp const&) = 0;
  // What stands before the first line of a run, before the first of another day (of the
  // stamp's), and behind the last. Only irssi's form has such lines.
  virtual void append_opened(std::string& line, IrcLogStamp const&);
  virtual void append_day_changed(std::string& line, IrcLogStamp const&);
  virtual void append_closed(std::string& line, IrcLogStamp const&);
};

struct IrcLogStyle {
  IrcLogLabel label = IrcLogLabel::none;
  IrcEncoding encoding = IrcEncoding::utf8_or_latin1;
};

std::unique_ptr<IrcLogFormat> irc_log_format(IrcLogForm, IrcLogStyle = {});

// Whether its author wants a message (or action, notice, topic, parting words) not to be logged: it
// begins with `[nolog]`, in any case, formatting codes and spaces before it not counted. Its text
// becomes `[message not logged]`.
bool opted_out(std::string_view text);

}  // namespace twx
