// What comes from the server, and whom it is told to.
#include "protocols/irc_client.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t most_motd = 500;   // lines
constexpr std::size_t most_shown = 512;  // bytes of a line that is too long

std::string_view up_to_lf(std::string_view data) { return data.substr(0, data.find('\n')); }

template <class Call>
void for_each_name(std::string_view list, Call call) {
  while (!list.empty()) {
    if (auto const name = take_until(list, ','); !name.empty()) call(name);
  }
}

}  // namespace

// What is done with each command, and how many parameters it needs for that.
struct IrcClient::Dispatch {
  using Call = void (IrcClient::*)(IrcMessage const&);

  struct Word {
    std::string_view command;
    std::size_t least;
    Call call;
  };
  static constexpr std::array<Word, 18> words{{
      {"PRIVMSG", 2, &IrcClient::heard},
      {"NOTICE", 2, &IrcClient::heard},
      {"JOIN", 1, &IrcClient::irc_join},
      {"QUIT", 0, &IrcClient::irc_quit},
      {"PART", 1, &IrcClient::irc_part},
      {"NICK", 1, &IrcClient::irc_nick},
      {"MODE", 2, &IrcClient::irc_mode},
      {"PING", 0, &IrcClient::irc_ping},
      {"PONG", 0, &IrcClient::irc_pong},
      {"BATCH", 1, &IrcClient::irc_batch},
      {"KICK", 2, &IrcClient::irc_kick},
      {"TOPIC", 1, &IrcClient::irc_topic},
      {"CHGHOST", 2, &IrcClient::irc_chghost},
      {"CAP", 2, &IrcClient::irc_cap},
      {"AUTHENTICATE", 1, &IrcClient::irc_authenticate},
      {"INVITE", 2, &IrcClient::irc_invite},
      {"ERROR", 0, &IrcClient::irc_error},
      {"ACCOUNT", 1, &IrcClient::irc_unknown},
  }};

  struct Number {
    int number;
    std::size_t least;
    Call call;
  };
  static constexpr std::array<Number, 37> numbers{{
      {1, 1, &IrcClient::welcome},
      {2, 0, &IrcClient::banner},
      {3, 0, &IrcClient::banner},
      {4, 0, &IrcClient::banner},
      {5, 2, &IrcClient::supports},
      {251, 0, &IrcClient::banner},
      {252, 0, &IrcClient::banner},
      {253, 0, &IrcClient::banner},
      {254, 0, &IrcClient::banner},
      {255, 0, &IrcClient::banner},
      {265, 0, &IrcClient::banner},
      {266, 0, &IrcClient::banner},
      {331, 2, &IrcClient::told_topic},
      {332, 3, &IrcClient::told_topic},
      {353, 3, &IrcClient::told_names},
      {366, 2, &IrcClient::told_names},
      {372, 2, &IrcClient::motd_line},
      {375, 0, &IrcClient::motd_line},
      {376, 0, &IrcClient::motd_ended},
      {396, 2, &IrcClient::told_host},
      {410, 0, &IrcClient::irc_cap},
      {421, 0, &IrcClient::irc_cap},
      {422, 0, &IrcClient::motd_ended},
      {432, 0, &IrcClient::refused_nick},
      {433, 0, &IrcClient::refused_nick},
      {436, 0, &IrcClient::refused_nick},
      {437, 0, &IrcClient::refused_nick},
      {451, 0, &IrcClient::irc_cap},
      {464, 0, &IrcClient::refused_password},
      {900, 0, &IrcClient::irc_authenticate},
      {902, 0, &IrcClient::irc_authenticate},
      {903, 0, &IrcClient::irc_authenticate},
      {904, 0, &IrcClient::irc_authenticate},
      {905, 0, &IrcClient::irc_authenticate},
      {906, 0, &IrcClient::irc_authenticate},
      {907, 0, &IrcClient::irc_authenticate},
      {908, 0, &IrcClient::irc_authenticate},
  }};

  template <class Entry>
  static void call(IrcClient& client, Entry const& entry, IrcMessage const& message) {
    if (message.parameters().size() < entry.least) return client.bad_message(message.line());
    (client.*entry.call)(message);
  }
};

void IrcClient::line_received(std::string_view line) {
  if (line.find_first_not_of("\r ") == line.npos) return;
  auto const message = IrcMessage::parse(line);
  if (!message) return bad_message(line);
  message_received(*message);
  dispatch(*message);
}

void IrcClient::dispatch(IrcMessage const& message) {
  if (auto const number = message.number(); number > 0) {
    auto const found =
        std::lower_bound(Dispatch::numbers.begin(), Dispatch::numbers.end(), number,
                         [](auto const& entry, int wanted) { return entry.number < wanted; });
    if (found != Dispatch::numbers.end() && found->number == number)
      return Dispatch::call(*this, *found, message);
  } else {
    for (auto const& entry : Dispatch::words)
      if (message.is(entry.command)) return Dispatch::call(*this, entry, message);
  }
  irc_unknown(message);
}

// A line that is too long is not kept: its rest is skipped in raw mode.
void IrcClient::line_length_exceeded(std::string_view rest) {
  bad_message(up_to_lf(rest).substr(0, most_shown));
  skip_line(rest);
}

void IrcClient::raw_data_received(Bytes data) { skip_line(text(data)); }

void IrcClient::skip_line(std::string_view data) {
  auto const size = up_to_lf(data).size();
  size < data.size() ? set_line_mode(data.substr(size + 1)) : set_raw_mode();
}

// --- what is said ---

void IrcClient::heard(IrcMessage const& message) {
  auto const who = message.source();
  auto const target = message.parameter(0);
  auto const words = message.parameter(1);
  auto const notice = message.is("NOTICE");
  // A notice without a source is the server's, before one is registered.
  if (who.nick.empty() && !notice) return bad_message(message.line());
  auto const ctcp = ctcp_message(words);
  if (!ctcp)
    return notice ? noticed(who, target, words, message) : privmsg(who, target, words, message);
  if (notice) return ctcp_reply(who, target, *ctcp, message);
  if (ctcp->command == "ACTION") return action(who, target, ctcp->text, message);
  ctcp_query(who, target, *ctcp, message);
}

void IrcClient::ctcp_query(IrcSource const& who, std::string_view, CtcpMessage const& query,
                           IrcMessage const&) {
  if (is_me(who.nick)) return;
  std::string_view reply;
  if (query.command == "VERSION") reply = settings_.version;
  if (query.command == "SOURCE") reply = settings_.source;
  if (query.command == "PING") reply = query.text;
  if (query.command == "CLIENTINFO") reply = "ACTION CLIENTINFO PING SOURCE VERSION";
  if (reply.empty() || !replies_.take(clock_.now())) return;
  // What cannot be sent back, or has no room, is not worth a word.
  static_cast<void>(ctcp_make_reply(who.nick, {.command = query.command, .text = reply}));
}

// --- channels and people ---

void IrcClient::irc_join(IrcMessage const& message) {
  auto const who = message.source();
  if (who.nick.empty()) return bad_message(message.line());
  if (is_me(who.nick)) note_own_source(who);
  for_each_name(message.parameter(0), [&](std::string_view channel) {
    is_me(who.nick) ? joined(channel, message) : user_joined(who, channel, message);
  });
}

void IrcClient::irc_part(IrcMessage const& message) {
  auto const who = message.source();
  if (who.nick.empty()) return bad_message(message.line());
  for_each_name(message.parameter(0), [&](std::string_view channel) {
    is_me(who.nick) ? left(channel, message)
                    : user_left(who, channel, message.parameter(1), message);
  });
}

void IrcClient::irc_kick(IrcMessage const& message) {
  auto const channel = message.parameter(0);
  auto const nick = message.parameter(1);
  auto const reason = message.parameter(2);
  if (is_me(nick))
    kicked_from(channel, message.source(), reason, message);
  else
    user_kicked(nick, channel, message.source(), reason, message);
}

void IrcClient::irc_quit(IrcMessage const& message) {
  auto const who = message.source();
  if (who.nick.empty()) return bad_message(message.line());
  user_quit(who, message.parameter(0), message);
}

void IrcClient::irc_nick(IrcMessage const& message) {
  auto const who = message.source();
  auto const nick = message.parameter(0);
  if (who.nick.empty() || nick.empty()) return bad_message(message.line());
  if (!is_me(who.nick)) return user_renamed(who, nick, message);
  if (!is_irc_word(nick)) return bad_message(message.line());  // it could not be said again
  nick_ = nick;
  note_own_source({.nick = nick_, .user = who.user, .host = who.host});
  nick_changed(nick, message);
}

void IrcClient::irc_mode(IrcMessage const& message) {
  auto const target = message.parameter(0);
  auto const words = message.parameters().subspan(1);
  mode_changed(message.source(), target,
               support_.is_channel(target) ? IrcModes(support_, words) : IrcModes(words), message);
}

void IrcClient::irc_topic(IrcMessage const& message) {
  topic_updated(message.source(), message.parameter(0), message.parameter(1), message);
}

void IrcClient::told_topic(IrcMessage const& message) {
  auto const topic = message.number() == 332 ? message.parameter(2) : "";
  topic_updated(message.source(), message.parameter(1), topic, message);
}

// "me = #channel :names", where old servers leave the sign out.
void IrcClient::told_names(IrcMessage const& message) {
  auto const count = message.parameters().size();
  if (message.number() == 366) return names_ended(message.parameter(1), message);
  names_listed(message.parameter(count - 2), message.trailing(), message);
}

void IrcClient::irc_invite(IrcMessage const& message) {
  invited(message.source(), message.parameter(0), message.parameter(1), message);
}

// --- oneself ---

void IrcClient::note_own_source(IrcSource const& who) {
  if (who.user.empty() || who.host.empty()) return;
  std::string source(who.nick);
  ((source += '!') += who.user) += '@';
  own_source_ = source += who.host;
}

void IrcClient::irc_chghost(IrcMessage const& message) {
  auto const who = message.source();
  if (is_me(who.nick))
    note_own_source({.nick = who.nick, .user = message.parameter(0), .host = message.parameter(1)});
  irc_unknown(message);
}

void IrcClient::told_host(IrcMessage const& message) {
  auto const own = IrcSource::split(own_source_);
  // Some servers name the user as well.
  auto const now = IrcSource::split(message.parameter(1));
  if (now.host.empty())
    note_own_source({.nick = own.nick, .user = own.user, .host = now.nick});
  else
    note_own_source({.nick = own.nick, .user = now.nick, .host = now.host});
  irc_unknown(message);
}

// --- the server ---

void IrcClient::irc_ping(IrcMessage const& message) {
  // One with bytes that cannot be sent back comes from no server.
  static_cast<void>(at_once(irc_line("PONG", {message.trailing()}, true)));
}

void IrcClient::irc_pong(IrcMessage const& message) { pong(message.trailing(), message); }

void IrcClient::irc_error(IrcMessage const& message) {
  error_received(message.trailing(), message);
}

void IrcClient::irc_batch(IrcMessage const& message) {
  if (auto const change = batches_.take(message)) batch_changed(*change, message);
}

void IrcClient::supports(IrcMessage const& message) {
  support_.take(message);
  isupport(message);
}

void IrcClient::motd_line(IrcMessage const& message) {
  if (message.number() == 375)
    motd_.clear();
  else if (motd_.size() < most_motd)
    motd_.emplace_back(message.trailing());
}

void IrcClient::motd_ended(IrcMessage const& message) {
  auto const lines = std::exchange(motd_, {});
  received_motd(lines, message);
}

}  // namespace twx
