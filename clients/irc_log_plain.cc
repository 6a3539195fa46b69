// --format text: the lines of Twisted's example, and ZNC's for what that leaves out.
#include "clients/irc_log_forms.h"
#include "clients/irc_log_patterns.h"

namespace twx {
namespace {

std::string_view pattern_of(IrcLogKind kind) {
  switch (kind) {
    case IrcLogKind::connected: return "[connected at %a]";
    case IrcLogKind::disconnected: return "[disconnected at %a]";
    case IrcLogKind::joined: return "[I have joined %c]";
    case IrcLogKind::left: return "[I have left %c%(: %x%)]";
    case IrcLogKind::message: return "<%n> %x";
    case IrcLogKind::action: return "* %n %x";
    case IrcLogKind::notice: return "-%n- %x";
    case IrcLogKind::user_joined: return "*** Joins: %n (%u)";
    case IrcLogKind::user_left: return "*** Parts: %n (%u) (%x)";
    case IrcLogKind::user_quit: return "*** Quits: %n (%u) (%x)";
    case IrcLogKind::user_kicked: return "*** %t was kicked by %n (%x)";
    case IrcLogKind::nick_changed: return "%n is now known as %t";
    case IrcLogKind::mode: return "*** %n sets mode: %x";
    case IrcLogKind::topic: return "*** %n changes topic to '%x'";
    case IrcLogKind::gap: return "[gap of %d%(: %x%)]";
    case IrcLogKind::netsplit: return "[netsplit: %t: %x]";
    case IrcLogKind::netjoin: return "[netsplit over: %t: %x]";
    case IrcLogKind::lost_lines: return "[%l lost]";
    case IrcLogKind::note: break;
  }
  return "[%x]";
}

class PlainLog final : public IrcLogPatterns {
 public:
  using IrcLogPatterns::IrcLogPatterns;

  void append(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) override {
    line += '[';
    stamp.append_clock(line);
    line += "] ";
    if (labelled(event) && event.kind != IrcLogKind::joined && event.kind != IrcLogKind::left) {
      append_channel(line, event);
      line += ' ';
    }
    fill(line, pattern_of(event.kind), event, stamp);
    line += '\n';
  }
};

}  // namespace

std::unique_ptr<IrcLogFormat> irc_log_plain(IrcLogStyle style) {
  return std::make_unique<PlainLog>(style);
}

}  // namespace twx
