#include "clients/irc_log_format.h"

#include "clients/irc_log_forms.h"

namespace twx {

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
