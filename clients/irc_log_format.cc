#include "clients/irc_log_format.h"

#include <algorithm>

#include "clients/irc_log_forms.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

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

// What is left of `text` behind the spaces that it begins with.
std::string_view without_spaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

}  // namespace

void IrcLogFormat::append_opened(std::string&, IrcLogStamp const&) {}
void IrcLogFormat::append_day_changed(std::string&, IrcLogStamp const&) {}
void IrcLogFormat::append_closed(std::string&, IrcLogStamp const&) {}

bool opted_out(std::string_view text) {
  constexpr std::string_view mark = "[nolog]";
  std::string plain;
  text = without_spaces(text);
  if (!text.empty() && static_cast<unsigned char>(text.front()) < 0x20) {
    plain_text(plain, text);
    text = without_spaces(plain);
  }
  return std::equal(mark.begin(), mark.end(), text.begin(),
                    text.begin() + std::min(text.size(), mark.size()),
                    [](char wanted, char c) { return wanted == ascii::lower(c); });
}

std::string_view logged_text(IrcLogEvent const& event) {
  return said_by_people(event.kind) && opted_out(event.text) ? "[message not logged]" : event.text;
}

std::unique_ptr<IrcLogFormat> irc_log_format(IrcLogForm form, IrcLogStyle style) {
  switch (form) {
    case IrcLogForm::jsonl: return irc_log_jsonl(style);
    case IrcLogForm::irssi: return irc_log_irssi(style);
    case IrcLogForm::weechat: return irc_log_weechat(style);
    case IrcLogForm::text: break;
  }
  return irc_log_plain(style);
}

}  // namespace twx
