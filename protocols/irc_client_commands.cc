// What one asks of the server.
#include <algorithm>
#include <string>
#include <utility>

#include "protocols/irc_client.h"
#include "protocols/irc_split.h"
#include "reactor/log.h"

namespace twx {
namespace {

Failure not_connected() { return Failure(std::make_error_code(std::errc::not_connected)); }

}  // namespace

void IrcClient::write_line(std::string_view line) {
  std::string whole;
  whole.reserve(line.size() + 2);
  (whole += line) += "\r\n";
  transport().write(whole);
  wipe(whole);
}

Result<void> IrcClient::send_queued(std::string line) {
  if (!ready()) return not_connected();
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
    return Failure(IrcError::bad_part);
  return queue_.push(std::move(line));
}

Result<void> IrcClient::send_now(std::string_view line) {
  if (!ready()) return not_connected();
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
    return Failure(IrcError::bad_part);
  write_line(line);
  return {};
}

Result<void> IrcClient::queue(Result<std::string> line) {
  if (!line) return line.failure();
  return send_queued(std::move(*line));
}

Result<void> IrcClient::at_once(Result<std::string> const& line) {
  if (!line) return line.failure();
  return send_now(*line);
}

Result<void> IrcClient::send(std::string_view command,
                             std::initializer_list<std::string_view> parameters, bool colon) {
  return queue(irc_line(command, parameters, colon));
}

// For parameters that are names.
Result<void> IrcClient::send_words(std::string_view command,
                                   std::initializer_list<std::string_view> parameters) {
  if (!std::all_of(parameters.begin(), parameters.end(), is_irc_word))
    return Failure(IrcError::bad_part);
  return send(command, parameters);
}

// --- texts ---

std::size_t IrcClient::text_length(std::string_view command, std::string_view target) const {
  // As long as it has not been seen: what the server adds to a user at most, "~" with it.
  auto const guess = nick_.size() + 1 + support_.user_length().value_or(11) + 1 +
                     support_.host_length().value_or(63);
  auto const source = own_source_.empty() ? guess : own_source_.size();
  // ":source COMMAND target :text\r\n"
  auto const around = 1 + source + 1 + command.size() + 1 + target.size() + 2 + 2;
  return std::max<std::size_t>(4,
                               support_.line_length() - std::min(support_.line_length(), around));
}

Result<void> IrcClient::tell(std::string_view command, std::string_view target,
                             std::string_view text) {
  for (auto const piece : irc_pieces(text, text_length(command, target)))
    if (auto told = queue(irc_line(command, {target, piece}, true)); !told) return told;
  return {};
}

Result<void> IrcClient::say(std::string_view target, std::string_view text) {
  return tell("PRIVMSG", target, text);
}

Result<void> IrcClient::notice(std::string_view target, std::string_view text) {
  return tell("NOTICE", target, text);
}

Result<void> IrcClient::describe(std::string_view target, std::string_view action) {
  auto const around = ctcp_text("ACTION", " ").size() - 1;
  auto const most = text_length("PRIVMSG", target);
  for (auto const piece : irc_pieces(action, most - std::min(most, around)))
    if (auto told = ctcp_make_query(target, {.command = "ACTION", .text = piece}); !told)
      return told;
  return {};
}

Result<void> IrcClient::ctcp_make_query(std::string_view target, CtcpMessage const& query) {
  return send("PRIVMSG", {target, ctcp_text(query.command, query.text)}, true);
}

Result<void> IrcClient::ctcp_make_reply(std::string_view target, CtcpMessage const& reply) {
  return send("NOTICE", {target, ctcp_text(reply.command, reply.text)}, true);
}

// --- channels ---

Result<void> IrcClient::join(std::string_view channel, std::string_view key) {
  return key.empty() ? send_words("JOIN", {channel}) : send_words("JOIN", {channel, key});
}

Result<void> IrcClient::part(std::string_view channel, std::string_view reason) {
  return reason.empty() ? send_words("PART", {channel}) : send("PART", {channel, reason}, true);
}

Result<void> IrcClient::topic(std::string_view channel, std::optional<std::string_view> topic) {
  return topic ? send("TOPIC", {channel, *topic}, true) : send_words("TOPIC", {channel});
}

Result<void> IrcClient::mode(std::string_view target, std::string_view modes,
                             std::string_view parameter) {
  return parameter.empty() ? send_words("MODE", {target, modes})
                           : send_words("MODE", {target, modes, parameter});
}

Result<void> IrcClient::kick(std::string_view channel, std::string_view nick,
                             std::string_view reason) {
  return reason.empty() ? send_words("KICK", {channel, nick})
                        : send("KICK", {channel, nick, reason}, true);
}

Result<void> IrcClient::invite(std::string_view nick, std::string_view channel) {
  return send_words("INVITE", {nick, channel});
}

// --- oneself and the server ---

Result<void> IrcClient::set_nick(std::string_view nick) {
  if (!is_irc_word(nick)) return Failure(IrcError::bad_part);
  auto sent = at_once(irc_line("NICK", {nick}));
  if (sent && !registered_) nick_ = nick;
  return sent;
}

Result<void> IrcClient::whois(std::string_view nick) { return send_words("WHOIS", {nick}); }

Result<void> IrcClient::away(std::string_view text) { return send("AWAY", {text}, true); }

Result<void> IrcClient::back() { return send("AWAY", {}); }

Result<void> IrcClient::ping(std::string_view text) {
  return at_once(irc_line("PING", {text}, true));
}

Result<void> IrcClient::quit(std::string_view reason) {
  if (auto const dropped = queue_.clear(); dropped > 0)
    log(Level::warning, "IRC: quitting, " + std::to_string(dropped) + " lines were not sent");
  quitting_ = true;
  return at_once(reason.empty() ? irc_line("QUIT", {}) : irc_line("QUIT", {reason}, true));
}

}  // namespace twx
