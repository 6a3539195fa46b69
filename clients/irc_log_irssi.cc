// --format irssi: as irssi 1.4 writes its logs with the theme that it comes with.
#include "clients/irc_log_forms.h"
#include "clients/irc_log_patterns.h"

namespace twx {
namespace {

// Servers have a name and no user@host.
bool by_server(IrcLogEvent const& event) {
  return event.user_host.empty() && event.nick.find('.') != event.nick.npos;
}

std::string_view pattern_of_word(IrcLogEvent const& event) {
  switch (event.kind) {
    case IrcLogKind::notice: return by_server(event) ? "!%n %x" : "-%n:%c- %x";
    case IrcLogKind::joined:
    case IrcLogKind::user_joined: return "-!- %n [%u] has joined %c";
    case IrcLogKind::left:
    case IrcLogKind::user_left: return "-!- %n [%u] has left %c [%x]";
    case IrcLogKind::user_quit: return "-!- %n [%u] has quit [%x]";
    case IrcLogKind::user_kicked: return "-!- %t was kicked from %c by %n [%x]";
    case IrcLogKind::nick_changed: return "-!- %n is now known as %t";
    case IrcLogKind::mode:
      return by_server(event) ? "-!- ServerMode/%c [%x] by %n" : "-!- mode/%c [%x] by %n";
    case IrcLogKind::topic:
      return event.text.empty() ? "-!- Topic unset by %n on %c"
                                : "-!- %n changed the topic of %c to: %x";
    case IrcLogKind::netsplit: return " quits: %x";
    case IrcLogKind::netjoin: return "-!- Netsplit over, joins: %x";
    case IrcLogKind::connected: return "-!- Irssi: Connected to %w";
    case IrcLogKind::disconnected: return "-!- Irssi: Disconnected from %w%( [%x]%)";
    case IrcLogKind::gap: return "-!- gap of %d%( [%x]%)";
    case IrcLogKind::lost_lines: return "-!- %l lost";
    default: return "-!- %x";
  }
}

class IrssiLog final : public IrcLogPatterns {
 public:
  using IrcLogPatterns::IrcLogPatterns;

  void append(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) override {
    auto const begin = line.size();
    stamp.append_clock(line);
    line.resize(begin + 5);  // without the seconds
    line += ' ';
    if (event.kind == IrcLogKind::message)
      append_message(line, event, stamp);
    else if (event.kind == IrcLogKind::action)
      append_action(line, event, stamp);
    else
      append_word(line, event, stamp);
    line += '\n';
  }

  void append_opened(std::string& line, IrcLogStamp const& stamp) override {
    line += "--- Log opened ";
    append_full(line, stamp);
  }
  void append_day_changed(std::string& line, IrcLogStamp const& stamp) override {
    line += "--- Day changed ";
    stamp.append_day(line);
    line += '\n';
  }
  void append_closed(std::string& line, IrcLogStamp const& stamp) override {
    line += "--- Log closed ";
    append_full(line, stamp);
  }

 private:
  void append_message(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) const {
    fill(line, event.prefix.empty() ? "< %n" : "<%p%n", event, stamp);
    if (labelled(event)) fill(line, ":%c", event, stamp);
    fill(line, "> %x", event, stamp);
  }
  void append_action(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) const {
    fill(line, labelled(event) ? " * %n:%c %x" : " * %n %x", event, stamp);
  }
  void append_word(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) const {
    if (event.kind == IrcLogKind::netsplit) append_split(line, event, stamp);
    fill(line, pattern_of_word(event), event, stamp);
  }
  void append_split(std::string& line, IrcLogEvent event, IrcLogStamp const& stamp) const {
    auto const servers = event.target;
    auto const space = servers.find(' ');
    event.target = servers.substr(0, space);
    fill(line, "-!- Netsplit %t", event, stamp);
    if (space == servers.npos) return;
    event.target = servers.substr(space + 1);
    fill(line, " <-> %t", event, stamp);
  }
  static void append_full(std::string& line, IrcLogStamp const& stamp) {
    std::string day;
    stamp.append_day(day);
    line.append(day, 0, day.size() - 4);
    stamp.append_clock(line);
    line.append(" ").append(day, day.size() - 4) += '\n';
  }
};

}  // namespace

std::unique_ptr<IrcLogFormat> irc_log_irssi(IrcLogStyle style) {
  return std::make_unique<IrssiLog>(style);
}

}  // namespace twx
