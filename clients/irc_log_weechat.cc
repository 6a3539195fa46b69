// --format weechat: stamp, prefix and text, as WeeChat 3.8 writes them.
#include "clients/irc_log_forms.h"
#include "clients/irc_log_patterns.h"

namespace twx {
namespace {

std::string_view pattern_of(IrcLogEvent const& event) {
  switch (event.kind) {
    case IrcLogKind::connected: return "--\tirc: connected to %w";
    case IrcLogKind::disconnected: return "--\tirc: disconnected from server";
    case IrcLogKind::message: return "%p%n\t%x";
    case IrcLogKind::action: return " *\t%n %x";
    case IrcLogKind::notice: return "--\tNotice(%n): %x";
    case IrcLogKind::joined:
    case IrcLogKind::user_joined: return "-->\t%n (%u) has joined %c";
    case IrcLogKind::left:
    case IrcLogKind::user_left: return "<--\t%n (%u) has left %c%( (%x)%)";
    case IrcLogKind::user_quit: return "<--\t%n (%u) has quit%( (%x)%)";
    case IrcLogKind::user_kicked: return "<--\t%n has kicked %t%( (%x)%)";
    case IrcLogKind::nick_changed: return "--\t%n is now known as %t";
    case IrcLogKind::mode: return "--\tMode %c [%x] by %n";
    case IrcLogKind::topic:
      return event.text.empty() ? "--\t%n has unset topic for %c"
                                : "--\t%n has changed topic for %c to \"%x\"";
    case IrcLogKind::gap: return "--\tgap of %d%(: %x%)";
    case IrcLogKind::netsplit: return "<--\tnetsplit: %t: %x";
    case IrcLogKind::netjoin: return "-->\tnetsplit over: %t: %x";
    case IrcLogKind::lost_lines: return "--\t%l lost";
    case IrcLogKind::note: break;
  }
  return "--\t%x";
}

class WeechatLog final : public IrcLogPatterns {
 public:
  using IrcLogPatterns::IrcLogPatterns;

  void append(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) override {
    stamp.append_date(line);
    line += ' ';
    stamp.append_clock(line);
    line += '\t';
    if (labelled(event)) {
      append_channel(line, event);
      line += '\t';
    }
    fill(line, pattern_of(event), event, stamp);
    line += '\n';
  }
};

}  // namespace

std::unique_ptr<IrcLogFormat> irc_log_weechat(IrcLogStyle style) {
  return std::make_unique<WeechatLog>(style);
}

}  // namespace twx
