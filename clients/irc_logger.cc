// The session: getting in, staying in, and its end.
#include "clients/irc_logger.h"

#include <algorithm>
#include <utility>

#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

// How long after the welcome channels are joined though the greeting has no end yet.
constexpr auto longest_greeting = 500ms;
// How long NickServ may take before channels are joined all the same.
constexpr auto longest_login = 5s;
constexpr std::size_t usual_targets = 50;

IrcSettings settings_of(IrcLogArguments const& arguments) {
  auto settings = arguments.irc;
  settings.capabilities = {"server-time",   "message-tags",     "batch",
                           "account-tag",   "multi-prefix",     "echo-message",
                           "chghost",       "extended-join",    "cap-notify",
                           "invite-notify", "draft/chathistory"};
  return settings;
}

std::vector<IrcJoins::Channel> channels_of(IrcLogArguments const& arguments) {
  std::vector<IrcJoins::Channel> channels;
  channels.reserve(arguments.channels.size());
  for (auto const& channel : arguments.channels)
    channels.push_back({.name = channel.name, .key = channel.password});
  return channels;
}

}  // namespace

IrcLogger::IrcLogger(Clock& clock, IrcLogArguments const& arguments, IrcLogBook& book, Told told)
    : IrcClient(clock, settings_of(arguments)),
      arguments_(arguments),
      book_(book),
      told_(std::move(told)),
      nicks_(arguments.irc.nick),
      lag_(
          clock, arguments.lag_timeout,
          [this] {
            if (registered()) static_cast<void>(ping("twx"));
          },
          [this] {
            why_ = "the server is silent";
            transport().abort_connection();
          }),
      joins_(clock, channels_of(arguments), {.first = arguments.rejoin_delay},
             [this](std::string const& channels, std::string const& keys) {
               static_cast<void>(join(channels, keys));
             }),
      members_(support()),
      splits_(clock,
              [this](std::size_t channel, IrcLogEvent const& line) { book_.write(channel, line); }),
      history_([this](std::size_t channel, std::string const& reference, std::size_t limit) {
        static_cast<void>(send("CHATHISTORY", {"AFTER", book_.channel(channel).name, reference,
                                               std::to_string(limit)}));
      }),
      answers_({.burst = 5, .interval = 5s}),
      tried_nick_(arguments.irc.nick) {}

void IrcLogger::connection_made() {
  connected_at_ = std::chrono::system_clock::now();
  if (!arguments_.log.path.has_network() || book_.knows_network()) say_connected();
  lag_.start();
  IrcClient::connection_made();
}

void IrcLogger::data_received(Bytes data) {
  lag_.heard();
  IrcClient::data_received(data);
  told_.wrote();
}

void IrcLogger::say_connected() {
  if (auto const at = std::exchange(connected_at_, std::nullopt))
    book_.write_all({.kind = Kind::connected, .time = *at});
}

void IrcLogger::connection_lost(Failure const& reason) {
  IrcClient::connection_lost(reason);
  lag_.stop();
  splits_.flush();
  greeting_ = {};
  nick_try_ = {};
  // What came after the last word of a silent server is missing as well.
  auto const since = reason.is(Error::connection_done) ? clock().now() : lag_.last_heard();
  for (std::size_t index = 0; index < book_.size(); ++index)
    if (joins_.is_in(index)) book_.channel(index).missing_since = since;
  // The file that it belongs into has no name yet.
  if (connected_at_) return;
  auto const why = why_.empty() ? reason.message() : why_;
  auto last = own_event(Kind::disconnected);
  last.text = why;
  book_.write_all(last);
}

void IrcLogger::leave() {
  leaving_ = true;
  static_cast<void>(quit("twx irc-log is told to stop"));
}

// --- getting in ---

void IrcLogger::signed_on(IrcMessage const&) {
  auto const cut = std::string_view(tried_nick_).starts_with(nick());
  if (cut && nick().size() < tried_nick_.size()) nicks_.set_most(nick().size());
  identify();
  greeting_ = clock().call_later(longest_greeting, [this] { do_or_end(&IrcLogger::greeted); });
}

void IrcLogger::isupport(IrcMessage const&) {
  if (auto const most = support().nick_length(); most && *most > 0) nicks_.set_most(*most);
  if (auto const most = support().chat_history())
    history_.set_limits(*most, support().message_reference_types());
  if (support().case_mapping() == mapping_) return;
  mapping_ = support().case_mapping();
  book_.fold(mapping_);
  members_.fold_anew();
}

void IrcLogger::received_motd(std::vector<std::string> const&, IrcMessage const&) { greeted(); }

// A timer's failure is no end of the connection by itself, but without this step nothing is logged.
void IrcLogger::do_or_end(void (IrcLogger::*step)()) {
  try {
    (this->*step)();
  } catch (...) {
    log_failure("irc-log", Failure::from_current_exception());
    transport().abort_connection();
  }
}

void IrcLogger::greeted() {
  if (std::exchange(greeted_, true)) return;
  greeting_ = {};
  book_.set_network(support().network());
  say_connected();
  be_a_bot();
  wish_nick();
  if (!waits_for_login_) return start_joining();
  greeting_ = clock().call_later(longest_login, [this] { do_or_end(&IrcLogger::start_joining); });
}

void IrcLogger::be_a_bot() {
  if (auto const letter = support().bot_mode())
    static_cast<void>(mode(nick(), std::string("+") + *letter));
}

void IrcLogger::start_joining() {
  greeting_ = {};
  if (!joins_.started()) joins_.start(support().target_max("JOIN").value_or(usual_targets));
}

// Channels that want a login can be tried now.
void IrcLogger::identified() {
  waits_for_login_ = false;
  if (joins_.started())
    joins_.hurry();
  else if (greeted_)
    start_joining();
}

void IrcLogger::identify() {
  if (arguments_.nickserv_password.empty()) return;
  waits_for_login_ = true;
  std::string line = "PRIVMSG NickServ :IDENTIFY ";
  line.reserve(line.size() + arguments_.irc.nick.size() + 1 +
               arguments_.nickserv_password.text().size());
  if (!is_me(arguments_.irc.nick)) (line += arguments_.irc.nick) += ' ';
  line += arguments_.nickserv_password.text();
  static_cast<void>(send_now(line));
  wipe(line);
}

void IrcLogger::login_failed(Failure const& why) {
  why_ = "login: " + why.message();
  log(Level::error, "irc-log: " + escaped(why_));
  told_.login_refused(why);
  IrcClient::login_failed(why);
}

void IrcLogger::error_received(std::string_view reason, IrcMessage const&) {
  if (why_.empty()) why_ = reason;
  auto const expected = leaving_ || !book_.new_word(reason);
  log(expected ? Level::info : Level::warning, "irc-log: the server says: " + escaped(reason));
}

// --- nicks ---

std::string IrcLogger::nick_refused(std::string_view nick, IrcMessage const& message) {
  auto next = nicks_.next(nick, message.number() == 432);
  log(Level::info, "irc-log: the nick " + escaped(nick) + " cannot be had (" +
                       escaped(message.trailing()) + "); trying " + escaped(next));
  nick_try_ = clock().call_later(nicks_.pause(), [this, next = std::move(next)] {
    tried_nick_ = next;
    if (!registered()) static_cast<void>(set_nick(next));
  });
  return {};
}

// Asks for the wanted nick, now and then, as long as another one is borne.
void IrcLogger::wish_nick() {
  if (is_me(nicks_.wanted()))
    nick_try_ = {};
  else if (!nick_try_.active())
    nick_try_ = clock().call_later(regaining_.next(), [this] { regain(); });
}

void IrcLogger::regain() {
  if (!registered() || is_me(nicks_.wanted())) return;
  static_cast<void>(set_nick(nicks_.wanted()));
  nick_try_ = clock().call_later(regaining_.next(), [this] { regain(); });
}

void IrcLogger::nick_changed(std::string_view nick, IrcMessage const& message) {
  auto const old = message.source().nick;
  auto renamed = event(Kind::nick_changed, message);
  renamed.target = nick;
  seats_.clear();
  for (std::size_t index = 0; index < book_.size(); ++index)
    if (joins_.is_in(index)) seats_.push_back(index);
  book_.write(seats_, renamed);
  members_.renamed(old, nick);
  wish_nick();
}

// --- channels: in and out ---

void IrcLogger::joined(std::string_view channel, IrcMessage const& message) {
  if (replayed(message)) return;
  auto const index = book_.find(channel);
  if (!index) {
    log(Level::info, "irc-log: led into " + escaped(channel) + ", which is not to be logged");
    static_cast<void>(part(channel));
    return;
  }
  joins_.joined(*index);
  members_.clear(*index);
  members_.joined(*index, nick());
  auto& known = book_.channel(*index);
  known.told.clear();
  known.heard_before = known.heard.time;
  auto const in = event(Kind::joined, message);
  book_.write(*index, in);
  log(Level::info, "irc-log: joined " + escaped(channel));
  tell_gap(*index, in);
  told_.in();
}

void IrcLogger::tell_gap(std::size_t channel, IrcLogEvent const& joined) {
  auto const since = std::exchange(book_.channel(channel).missing_since, std::nullopt);
  if (!since) return;
  auto const missing = clock().now() - *since;
  auto const asked = ask_history(channel, missing, joined);
  book_.write(channel, {.kind = Kind::gap,
                        .time = joined.time,
                        .server_time = joined.server_time,
                        .text = asked ? "what the server remembers of it follows" : "",
                        .duration = std::chrono::floor<std::chrono::seconds>(missing)});
}

void IrcLogger::out_of(std::size_t channel, Time since) {
  if (joins_.is_in(channel)) book_.channel(channel).missing_since = since;
  joins_.left(channel);
  members_.clear(channel);
}

void IrcLogger::left(std::string_view channel, IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index || replayed(message)) return;
  auto out = event(Kind::left, message);
  out.text = message.parameter(1);
  book_.write(*index, out);
  out_of(*index, clock().now());
}

void IrcLogger::kicked_from(std::string_view channel, IrcSource const&, std::string_view reason,
                            IrcMessage const& message) {
  auto const index = book_.find(channel);
  if (!index || replayed(message)) return;
  auto out = event(Kind::user_kicked, message);
  out.target = message.parameter(1);
  out.text = reason;
  book_.write(*index, out);
  log(Level::info, "irc-log: kicked from " + escaped(channel) + ": " + escaped(reason));
  out_of(*index, clock().now());
}

// Each cause is told once: it is asked again and again.
void IrcLogger::refused(std::size_t channel, IrcMessage const& message) {
  joins_.refused(channel);
  if (!book_.new_cause(channel, message.number())) return;
  auto text = "cannot join " + book_.channel(channel).name + ": ";
  (text += message.trailing()) += " (";
  text += message.command();
  if (message.number() == 470) (text += ", forwarded to ") += message.parameter(2);
  text += ')';
  auto note = event(Kind::note, message);
  note.text = text;
  book_.write(channel, note);
  log(Level::warning, "irc-log: " + escaped(text));
}

void IrcLogger::invited(IrcSource const&, std::string_view nick, std::string_view channel,
                        IrcMessage const& message) {
  if (!is_me(nick) || ignored(message)) return;
  if (auto const index = book_.find(channel)) joins_.hurry(*index);
}

void IrcLogger::irc_unknown(IrcMessage const& message) {
  auto const number = message.number();
  if (number == 900) return identified();
  if (message.is("FAIL") && message.parameter(0) == "CHATHISTORY") return history_failed(message);
  if (number < 400 || number > 599) return;
  if (auto const index = book_.find(message.parameter(1)); index && !joins_.is_in(*index))
    refused(*index, message);
}

}  // namespace twx
