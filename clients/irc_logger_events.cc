// What happens in channels, as lines; and what is answered.
#include <algorithm>
#include <utility>

#include "clients/irc_logger.h"
#include "protocols/irc_mask.h"
#include "protocols/irc_server_time.h"
#include "reactor/log.h"

namespace twx {
namespace {

constexpr std::string_view to_whispers = "It isn't nice to whisper! Play nice with the group.";
constexpr std::string_view to_calls = ": I am a log bot";

bool is_number(IrcMessage const& message) { return message.number() > 0; }

}  // namespace

// --- events ---

// Views of the message, and of account_: valid until the next.
IrcLogEvent IrcLogger::event(Kind kind, IrcMessage const& message) {
  auto const source = message.source_text();
  auto const bang = source.find('!');
  IrcLogEvent event{.kind = kind, .time = std::chrono::system_clock::now()};
  event.nick = source.substr(0, bang);
  if (bang != source.npos) event.user_host = source.substr(bang + 1);
  if (message.tags().empty()) return event;
  event.tags = message.tags().text();
  event.server_time = irc_server_time(message.tags().value("time"));
  account_ = message.tags().value("account");
  event.account = account_;
  event.history = batches().of(message, "chathistory") != nullptr;
  return event;
}

IrcLogEvent IrcLogger::own_event(Kind kind) const {
  return {.kind = kind, .time = std::chrono::system_clock::now(), .nick = nick()};
}

bool IrcLogger::ignored(IrcMessage const& message) const {
  return std::any_of(arguments_.ignored.begin(), arguments_.ignored.end(), [&](auto const& mask) {
    return irc_mask_matches(mapping_, mask, message.source_text());
  });
}

// In all channels where `nick` is.
void IrcLogger::write_for(std::string_view nick, IrcLogEvent const& event) {
  seats_.clear();
  members_.each_channel(nick, [this](std::size_t channel) { seats_.push_back(channel); });
  book_.write(seats_, event);
}

// --- what is said ---

// The channel, if it is one that is logged.
std::optional<std::size_t> IrcLogger::said(Kind kind, IrcSource const& who, std::string_view target,
                                           std::string_view text, IrcMessage const& message) {
  auto const index = book_.find(support().without_status(target));
  auto const whisper = !index && is_me(target) && !is_me(who.nick) && kind != Kind::notice;
  if (!index && !whisper) return index;
  auto line = event(kind, message);
  line.text = text;
  if (whisper) {
    line.target = target;
    book_.write_aside(line);
    return index;
  }
  if (arguments_.log.form != IrcLogForm::text) line.prefix = members_.sign(*index, who.nick);
  book_.write(*index, line);
  return index;
}

void IrcLogger::privmsg(IrcSource const& who, std::string_view target, std::string_view text,
                        IrcMessage const& message) {
  if (ignored(message)) return;
  auto const channel = said(Kind::message, who, target, text, message);
  if (arguments_.replies && may_answer(who, message)) answer(who, target, text, channel);
}

void IrcLogger::action(IrcSource const& who, std::string_view target, std::string_view text,
                       IrcMessage const& message) {
  if (!ignored(message)) said(Kind::action, who, target, text, message);
}

void IrcLogger::noticed(IrcSource const& who, std::string_view target, std::string_view text,
                        IrcMessage const& message) {
  if (!ignored(message)) said(Kind::notice, who, target, text, message);
}

// --- answers ---

// Not oneself, other bots, servers, or what was said long ago.
bool IrcLogger::may_answer(IrcSource const& who, IrcMessage const& message) {
  return !is_me(who.nick) && !message.tags().find("bot") && !who.user.empty() &&
         !batches().of(message, "chathistory");
}

void IrcLogger::answer(IrcSource const& who, std::string_view target, std::string_view text,
                       std::optional<std::size_t> channel) {
  if (is_me(target)) {
    if (answers_.take(clock().now())) static_cast<void>(say(who.nick, to_whispers));
    return;
  }
  auto const called = channel && text.size() > nick().size() && text[nick().size()] == ':' &&
                      is_me(text.substr(0, nick().size()));
  // Another bot of this kind answers an answer.
  if (!called || text.ends_with(to_calls.substr(1)) || !answers_.take(clock().now())) return;
  text_ = who.nick;
  text_ += to_calls;
  if (!say(target, text_) || capabilities().enabled("echo-message")) return;
  auto line = own_event(Kind::message);
  line.text = text_;
  if (arguments_.log.form != IrcLogForm::text) line.prefix = members_.sign(*channel, nick());
  book_.write(*channel, line);
}

void IrcLogger::ctcp_query(IrcSource const& who, std::string_view target, CtcpMessage const& query,
                           IrcMessage const& message) {
  if (arguments_.replies && !ignored(message) && may_answer(who, message))
    IrcClient::ctcp_query(who, target, query, message);
}

// --- people ---

void IrcLogger::user_joined(IrcSource const& who, std::string_view channel,
                            IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index) return;
  members_.joined(*index, who.nick);
  if (ignored(message)) return;
  auto line = event(Kind::user_joined, message);
  if (capabilities().enabled("extended-join") && message.parameter(1) != "*")
    line.account = message.parameter(1);
  book_.write(*index, line);
}

void IrcLogger::user_left(IrcSource const& who, std::string_view channel, std::string_view reason,
                          IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index) return;
  if (!ignored(message)) {
    auto line = event(Kind::user_left, message);
    line.text = reason;
    book_.write(*index, line);
  }
  members_.left(*index, who.nick);
}

void IrcLogger::user_kicked(std::string_view nick, std::string_view channel, IrcSource const&,
                            std::string_view reason, IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index) return;
  auto line = event(Kind::user_kicked, message);
  line.target = nick;
  line.text = reason;
  book_.write(*index, line);
  members_.left(*index, nick);
}

void IrcLogger::user_renamed(IrcSource const& who, std::string_view nick,
                             IrcMessage const& message) {
  if (!ignored(message)) {
    auto line = event(Kind::nick_changed, message);
    line.target = nick;
    write_for(who.nick, line);
  }
  members_.renamed(who.nick, nick);
  if (support().same(who.nick, nicks_.wanted())) regain();
}

void IrcLogger::user_quit(IrcSource const& who, std::string_view reason,
                          IrcMessage const& message) {
  if (is_me(who.nick)) return;
  if (!ignored(message)) {
    auto line = event(Kind::user_quit, message);
    line.text = reason;
    write_for(who.nick, line);
  }
  members_.quit(who.nick);
  if (support().same(who.nick, nicks_.wanted())) regain();
}

// What is told to who joins is no change.
void IrcLogger::topic_updated(IrcSource const&, std::string_view channel, std::string_view topic,
                              IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index || is_number(message)) return;
  auto line = event(Kind::topic, message);
  line.text = topic;
  book_.write(*index, line);
}

void IrcLogger::mode_changed(IrcSource const&, std::string_view target, IrcModes changes,
                             IrcMessage const& message) {
  auto const index = book_.find(target);
  if (index) {
    text_.clear();
    for (auto const word : changes.words()) {
      if (!text_.empty()) text_ += ' ';
      text_ += word;
    }
    auto line = event(Kind::mode, message);
    line.text = text_;
    book_.write(*index, line);
  }
  while (auto const change = changes.next()) {
    if (index)
      members_.changed(*index, *change);
    else if (is_me(target) && change->set && change->mode == 'r')
      identified();
  }
}

void IrcLogger::names_listed(std::string_view channel, std::string_view names, IrcMessage const&) {
  if (auto const index = book_.find(channel)) members_.listed(*index, names);
}

}  // namespace twx
