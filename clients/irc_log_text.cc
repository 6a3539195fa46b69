#include "clients/irc_log_text.h"

#include <algorithm>
#include <array>

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

bool said_by_people(IrcLogKind kind) {
  switch (kind) {
    case IrcLogKind::message:
    case IrcLogKind::action:
    case IrcLogKind::notice:
    case IrcLogKind::topic:
    case IrcLogKind::user_left:
    case IrcLogKind::user_quit: return true;
    default: return false;
  }
}

// A loop without a way out, so that it is done for many bytes at once.
bool is_plain_ascii(std::string_view text) {
  bool plain = true;
  for (auto const c : text) plain &= c >= 0x20 && c < 0x7f;
  return plain;
}

}  // namespace

void append_printable(std::string& line, std::string_view text, IrcEncoding encoding) {
  if (is_plain_ascii(text))
    line += text;
  else
    printable_plain_text(line, text, encoding);
}

bool opted_out(std::string_view text) {
  constexpr std::string_view mark = "[nolog]";
  std::string plain;
  if (!text.empty() && static_cast<unsigned char>(text.front()) < 0x20) {
    plain_text(plain, text);
    text = plain;
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.size() >= mark.size() &&
         std::equal(mark.begin(), mark.end(), text.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
         });
}

std::string_view logged_text(IrcLogEvent const& event) {
  return said_by_people(event.kind) && opted_out(event.text) ? "[message not logged]" : event.text;
}

void IrcLogFormat::append_opened(std::string&, IrcLogStamp const&) {}
void IrcLogFormat::append_day_changed(std::string&, IrcLogStamp const&) {}
void IrcLogFormat::append_closed(std::string&, IrcLogStamp const&) {}

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
  auto const peer = [&](std::string_view text) { append_printable(line, text, style_.encoding); };
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
    append_printable(line, event.network, style_.encoding);
    line += '/';
  }
  append_printable(line, event.channel, style_.encoding);
}

}  // namespace twx
