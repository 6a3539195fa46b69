// The way to 001, and what the login and the nick may meet on it.
#include <stdexcept>
#include <utility>

#include "protocols/irc_client.h"

namespace twx {
namespace {

constexpr std::size_t oldest_nick_length = 9;  // RFC 2812, section 1.2.1
constexpr unsigned most_nicks = 10;

std::vector<std::string> wanted(IrcSettings const& settings) {
  auto names = settings.capabilities;
  if (settings.login) names.emplace_back("sasl");
  return names;
}

IrcSettings complete(IrcSettings settings) {
  if (settings.user.empty()) settings.user = settings.nick;
  if (settings.realname.empty()) settings.realname = settings.nick;
  return settings;
}

std::string line_or_throw(std::string_view command,
                          std::initializer_list<std::string_view> parameters, bool colon = false) {
  auto line = irc_line(command, parameters, colon);
  if (!line)
    throw std::invalid_argument(std::string(command) + " cannot be sent with such a setting");
  return std::move(*line);
}

std::string user_line(IrcSettings const& settings) {
  return line_or_throw("USER", {settings.user, "0", "*", settings.realname}, true);
}

}  // namespace

IrcClient::IrcClient(Clock& clock, IrcSettings settings)
    : clock_(clock),
      settings_(complete(std::move(settings))),
      nick_(settings_.nick),
      capabilities_(wanted(settings_)),
      queue_(clock, settings_.rate, [this](std::string const& line) { write_line(line); }),
      replies_(settings_.replies) {
  if (!is_irc_word(nick_)) throw std::invalid_argument("this cannot be a nick");
  user_line(settings_);
  auto password = line_or_throw("PASS", {settings_.password.text()}, true);
  wipe(password);
  if (settings_.login) login_.emplace(std::move(*settings_.login));
  settings_.login.reset();
  set_line_end(LineEnd::any);
  set_max_length(IrcLimits::line);
}

void IrcClient::connection_made() {
  capabilities_.begin();
  send_capabilities();
  if (!settings_.password.empty()) {
    auto password = line_or_throw("PASS", {settings_.password.text()}, true);
    write_line(password);
    wipe(password);
    settings_.password.clear();
  }
  write_line(line_or_throw("NICK", {nick_}));
  write_line(user_line(settings_));
}

void IrcClient::connection_lost(Failure const&) {
  lost_ = true;
  queue_.clear();
  batches_.clear();
  login_limit_ = {};
}

// --- capabilities ---

void IrcClient::irc_cap(IrcMessage const& message) {
  capabilities_.take(message);
  send_capabilities();
  if (registered_ && message.is("CAP")) return capabilities_changed();
  if (!message.is("CAP")) irc_unknown(message);
  negotiate();
}

void IrcClient::send_capabilities() {
  for (auto const& line : capabilities_.take_output()) write_line(line);
}

void IrcClient::negotiate() {
  if (registered_ || cap_ended_ || quitting_ || !capabilities_.settled()) return;
  if (!login_ || login_->done()) return end_negotiation();
  if (login_->busy()) return;
  if (capabilities_.enabled("sasl"))
    login_->begin(capabilities_.offered("sasl").value_or(""));
  else
    login_->not_offered();
  follow(*login_);
}

void IrcClient::end_negotiation() {
  if (std::exchange(cap_ended_, true)) return;
  write_line("CAP END");
}

// --- the login ---

void IrcClient::irc_authenticate(IrcMessage const& message) {
  if (login_ && login_->take(message))
    follow(*login_);
  else
    irc_unknown(message);
}

void IrcClient::follow(IrcLogin& login) {
  for (auto& line : login.take_output()) {
    write_line(line);
    wipe(line);
  }
  login_limit_ = {};
  if (!login.done()) {
    login_limit_ = clock_.call_later(settings_.login_timeout, [this, &login] {
      login.time_out();
      follow(login);
    });
    return;
  }
  if (auto const& failure = login.failure())
    login_failed(*failure);
  else
    logged_in(login.account());
  if (!registered_ && !quitting_ && !transport().disconnecting()) end_negotiation();
}

void IrcClient::login_failed(Failure const&) {
  static_cast<void>(quit());
  transport().lose_connection();
}

void IrcClient::refused_password(IrcMessage const& message) {
  login_failed(Failure::with_message(IrcError::login_refused, std::string(message.trailing())));
}

std::string_view IrcClient::account() const {
  return login_ ? std::string_view(login_->account()) : std::string_view();
}

// --- nicks ---

void IrcClient::refused_nick(IrcMessage const& message) {
  if (registered_) return irc_unknown(message);
  auto const next = nick_refused(nick_, message);
  if (next.empty()) return;
  // Whoever chose it has to know what can be sent.
  if (auto const sent = set_nick(next); !sent) sent.failure().rethrow();
}

std::string IrcClient::nick_refused(std::string_view nick, IrcMessage const& message) {
  if (++refused_nicks_ > most_nicks) {
    static_cast<void>(quit());
    transport().lose_connection();
    return {};
  }
  if (message.number() != 432) return std::string(nick) + '_';
  if (nick.size() > oldest_nick_length) return std::string(nick.substr(0, oldest_nick_length));
  return "guest" + std::to_string(refused_nicks_);
}

// --- the end of it ---

void IrcClient::welcome(IrcMessage const& message) {
  if (std::exchange(registered_, true)) return banner(message);
  if (is_irc_word(message.parameter(0))) nick_ = message.parameter(0);
  capabilities_.give_up();
  cap_ended_ = true;
  if (login_ && !login_->done()) {
    login_->not_offered();
    follow(*login_);
    if (quitting_ || transport().disconnecting()) return;
  }
  banner(message);
  signed_on(message);
}

}  // namespace twx
