#include "clients/irc_log_patterns.h"

#include <algorithm>

#include "clients/irc_log_forms.h"

namespace twx {
namespace {

void append_two_digits(std::string& line, std::int64_t number) {
  if (number < 10) line += '0';
  line += std::to_string(number);
}

void append_duration(std::string& line, std::chrono::seconds duration) {
  auto const seconds = std::max<std::int64_t>(duration.count(), 0);
  append_two_digits(line, seconds / 3600);
  line += ':';
  append_two_digits(line, seconds / 60 % 60);
  line += ':';
  append_two_digits(line, seconds % 60);
}

}  // namespace

void IrcLogPatterns::fill(std::string& line, std::string_view pattern, IrcLogEvent const& event,
                          IrcLogStamp const& stamp) const {
  while (!pattern.empty()) {
    auto const at = pattern.find('%');
    line += pattern.substr(0, at);
    if (at == pattern.npos) return;
    auto const part = pattern[at + 1];
    pattern.remove_prefix(at + 2);
    if (part == '(' && event.text.empty())
      pattern.remove_prefix(pattern.find("%)") + 2);
    else
      fill_part(line, part, event, stamp);
  }
}

void IrcLogPatterns::fill_part(std::string& line, char part, IrcLogEvent const& event,
                               IrcLogStamp const& stamp) const {
  auto const peer = [&](std::string_view text) {
    printable_plain_text(line, text, style_.encoding);
  };
  switch (part) {
    case 'n': return peer(event.nick);
    case 'p': return peer(event.prefix);
    case 'u': return peer(event.user_host);
    case 't': return peer(event.target);
    case 'x': return peer(logged_text(event));
    case 'w': return peer(event.network);
    case 'c': return append_channel(line, event);
    case 'd': return append_duration(line, event.duration);
    case 'a': return stamp.append_asctime(line);
    case 'l':
      line.append(std::to_string(event.count))
          .append(event.count == 1 ? " line was" : " lines were");
      return;
    default: return;  // %( and %)
  }
}

bool IrcLogPatterns::labelled(IrcLogEvent const& event) const {
  return style_.label != IrcLogLabel::none && !event.channel.empty();
}

void IrcLogPatterns::append_channel(std::string& line, IrcLogEvent const& event) const {
  if (style_.label == IrcLogLabel::network_and_channel && !event.network.empty()) {
    printable_plain_text(line, event.network, style_.encoding);
    line += '/';
  }
  printable_plain_text(line, event.channel, style_.encoding);
}

}  // namespace twx
