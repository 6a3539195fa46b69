// What happens in channels, as lines; and what is answered.
#include <algorithm>
#include <utility>

#include "clients/irc_logger.h"
#include "protocols/irc_mask.h"
#include "protocols/irc_server_time.h"
#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

constexpr std::string_view to_whispers = "It isn't nice to whisper! Play nice with the group.";
constexpr std::string_view to_calls = ": I am a log bot";

bool is_number(IrcMessage const& message) { return message.number() > 0; }

// Nothing where there is none, or one that no clock of ours could show.
std::optional<IrcLogEvent::Time> server_time_of(IrcMessage const& message) {
  static constexpr auto last = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
  auto const tag = message.tags().find("time");
  auto const time = tag ? irc_server_time(*tag) : std::nullopt;
  if (!time || *time >= last || *time < IrcTime()) return std::nullopt;
  return IrcLogEvent::Time(*time);
}

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
  event.server_time = server_time_of(message);
  account_ = message.tags().value("account");
  event.account = account_;
  event.history = replayed(message);
  return event;
}

// From the server's history.
bool IrcLogger::replayed(IrcMessage const& message) const {
  return batches().size() > 0 && batches().of(message, "chathistory");
}

IrcLogEvent IrcLogger::own_event(Kind kind) const {
  return {.kind = kind, .time = std::chrono::system_clock::now(), .nick = nick()};
}

bool IrcLogger::ignored(IrcMessage const& message) const {
  return std::any_of(arguments_.ignored.begin(), arguments_.ignored.end(), [&](auto const& mask) {
    return irc_mask_matches(mapping_, mask, message.source_text());
  });
}

// The channels where `nick` is; if there is but one, that: others' doings are not heard of.
std::span<std::size_t const> IrcLogger::seats_of(std::string_view nick) {
  seats_.clear();
  members_.each_channel(nick, [this](std::size_t channel) { seats_.push_back(channel); });
  if (seats_.empty() && book_.size() == 1) seats_.push_back(0);
  return seats_;
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
  if (!note_heard(*index, message, line)) return std::nullopt;
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
  if (ignored(message)) return;
  said(Kind::notice, who, target, text, message);
  if (is_me(target) && log_enabled(Level::info))
    log(Level::info, "irc-log: " + escaped(who.nick) + " says: " + escaped(text));
}

// --- answers ---

// Not oneself, other bots, servers, or what was said long ago.
bool IrcLogger::may_answer(IrcSource const& who, IrcMessage const& message) {
  auto const server = who.nick.find('.') != std::string_view::npos;
  return !is_me(who.nick) && !server && !message.tags().find("bot") && !replayed(message);
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
  if (!index || replayed(message)) return;
  members_.joined(*index, who.nick);
  if (ignored(message)) return;
  auto line = event(Kind::user_joined, message);
  if (splits_.joined(who.nick, *index, line)) return;
  if (capabilities().enabled("extended-join") && message.parameter(1) != "*")
    line.account = message.parameter(1);
  book_.write(*index, line);
}

void IrcLogger::user_left(IrcSource const& who, std::string_view channel, std::string_view reason,
                          IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index || replayed(message)) return;
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
  if (!index || replayed(message)) return;
  auto line = event(Kind::user_kicked, message);
  line.target = nick;
  line.text = reason;
  book_.write(*index, line);
  members_.left(*index, nick);
}

void IrcLogger::user_renamed(IrcSource const& who, std::string_view nick,
                             IrcMessage const& message) {
  if (replayed(message)) return;
  if (!ignored(message)) {
    auto line = event(Kind::nick_changed, message);
    line.target = nick;
    book_.write(seats_of(who.nick), line);
  }
  members_.renamed(who.nick, nick);
  if (support().same(who.nick, nicks_.wanted())) regain();
}

void IrcLogger::user_quit(IrcSource const& who, std::string_view reason,
                          IrcMessage const& message) {
  if (is_me(who.nick) || replayed(message)) return;
  auto const split = split_of(reason, message);
  if (!ignored(message)) {
    auto line = event(Kind::user_quit, message);
    line.text = reason;
    auto const seats = seats_of(who.nick);
    split.empty() ? book_.write(seats, line) : splits_.quit(split, who.nick, seats, line);
  }
  members_.quit(who.nick);
  // Who takes a nick during a split is killed at its end.
  if (split.empty() && support().same(who.nick, nicks_.wanted())) regain();
}

// The two servers; empty: it is no netsplit.
std::string IrcLogger::split_of(std::string_view reason, IrcMessage const& message) const {
  auto const* const batch = batches().size() > 0 ? batches().of(message, "netsplit") : nullptr;
  if (batch && batch->parameters.size() >= 2) {
    auto servers = batch->parameters[0] + ' ';
    return servers += batch->parameters[1];
  }
  return std::string(IrcSplits::is_split(reason) ? reason : "");
}

void IrcLogger::batch_changed(IrcBatches::Change const& change, IrcMessage const&) {
  if (change.begun) return;
  auto const& batch = change.batch;
  if (batch.type == "netsplit" || batch.type == "netjoin") splits_.flush();
  if (batch.type != "chathistory" || batch.parameters.empty()) return;
  if (auto const index = book_.find(batch.parameters[0]))
    history_followed(*index, history_.page_ended(*index));
}

// What is told to who joins is no change.
void IrcLogger::topic_updated(IrcSource const&, std::string_view channel, std::string_view topic,
                              IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index || is_number(message) || replayed(message)) return;
  auto line = event(Kind::topic, message);
  line.text = topic;
  book_.write(*index, line);
}

void IrcLogger::mode_changed(IrcSource const&, std::string_view target, IrcModes changes,
                             IrcMessage const& message) {
  if (replayed(message)) return;
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

// --- the server's history ---

bool IrcLogger::has_history() const {
  return capabilities().enabled("draft/chathistory") && capabilities().enabled("batch") &&
         support().chat_history();
}

bool IrcLogger::ask_history(std::size_t channel, Duration missing, IrcLogEvent const& joined) {
  if (!has_history()) return false;
  auto mark = book_.channel(channel).heard;
  // Nothing was heard, or without a time: from when it was lost.
  if (!mark.time)
    mark.time = joined.server_time.value_or(joined.time) -
                std::chrono::duration_cast<IrcLogEvent::Time::duration>(missing);
  return history_.begin(channel, std::move(mark));
}

// False: it is in the log already.
bool IrcLogger::note_heard(std::size_t channel, IrcMessage const& message,
                           IrcLogEvent const& line) {
  if (line.tags.empty()) return true;
  auto& known = book_.channel(channel);
  auto const id = message.tags().find("msgid");
  auto fresh = book_.seen().add(id.value_or(""));
  if (line.history && !id && line.server_time && known.heard_before)
    fresh = *line.server_time > *known.heard_before;
  IrcMark mark{.time = line.server_time};
  if (id && has_history()) mark.id = message.tags().value("msgid");
  if (line.history) {
    if (history_.fills(channel)) known.heard = mark;
    history_.heard(channel, std::move(mark), fresh);
  } else {
    if (!history_.fills(channel)) known.heard = mark;
    known.newest = std::move(mark);
  }
  return fresh || !line.history;
}

void IrcLogger::history_failed(IrcMessage const& message) {
  for (auto const word : message.parameters())
    if (auto const index = book_.find(word)) history_followed(*index, history_.failed(*index));
}

void IrcLogger::history_followed(std::size_t channel, IrcHistory::End end) {
  if (end != IrcHistory::End::whole && end != IrcHistory::End::cut) return;
  auto& known = book_.channel(channel);
  if (known.newest.time) known.heard = known.newest;
  if (end == IrcHistory::End::whole) return;
  auto note = own_event(Kind::note);
  note.text = "the server does not remember all of it";
  book_.write(channel, note);
}

}  // namespace twx
