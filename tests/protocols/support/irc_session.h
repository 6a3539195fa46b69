// An IrcClient for tests: keeps what happened, in order, with a server that the test plays.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/irc_client.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"

namespace twx::test {

// "privmsg bob #c hello", "joined #c", "lost": the callback and what it got, without the message.
class RecordingClient : public IrcClient {
 public:
  using IrcClient::IrcClient;

  std::vector<std::string> events;
  std::vector<std::string> unknown;  // lines that had no callback of their own
  std::vector<std::string> bad;
  std::function<std::string(std::string_view nick)> on_refused;  // instead of the usual
  bool stays_without_login = false;
  int messages = 0;

  void message_received(IrcMessage const&) override { ++messages; }
  void irc_unknown(IrcMessage const& message) override { unknown.emplace_back(message.line()); }
  void bad_message(std::string_view line) override { bad.emplace_back(line); }
  void signed_on(IrcMessage const&) override { add({"signed_on", nick()}); }
  void received_motd(std::vector<std::string> const& lines, IrcMessage const&) override {
    std::string all = "motd";
    for (auto const& line : lines) all += '|' + line;
    events.push_back(all);
  }
  void error_received(std::string_view reason, IrcMessage const&) override {
    add({"error", reason});
  }
  void pong(std::string_view text, IrcMessage const&) override { add({"pong", text}); }
  void logged_in(std::string_view account) override { add({"logged_in", account}); }
  void login_failed(Failure const& why) override {
    add({"login_failed", why.code().message()});
    if (!stays_without_login) IrcClient::login_failed(why);
  }
  std::string nick_refused(std::string_view nick, IrcMessage const& message) override {
    return on_refused ? on_refused(nick) : IrcClient::nick_refused(nick, message);
  }
  void capabilities_changed() override { events.emplace_back("capabilities_changed"); }
  void batch_changed(IrcBatches::Change const& change, IrcMessage const&) override {
    add({"batch", change.begun ? "+" : "-", change.batch.type});
  }
  void privmsg(IrcSource const& who, std::string_view target, std::string_view text,
               IrcMessage const&) override {
    add({"privmsg", who.nick, target, text});
  }
  void noticed(IrcSource const& who, std::string_view target, std::string_view text,
               IrcMessage const&) override {
    add({"noticed", who.nick, target, text});
  }
  void action(IrcSource const& who, std::string_view target, std::string_view text,
              IrcMessage const&) override {
    add({"action", who.nick, target, text});
  }
  void ctcp_reply(IrcSource const& who, std::string_view, CtcpMessage const& reply,
                  IrcMessage const&) override {
    add({"ctcp_reply", who.nick, reply.command, reply.text});
  }
  void joined(std::string_view channel, IrcMessage const&) override { add({"joined", channel}); }
  void left(std::string_view channel, IrcMessage const&) override { add({"left", channel}); }
  void kicked_from(std::string_view channel, IrcSource const& kicker, std::string_view reason,
                   IrcMessage const&) override {
    add({"kicked_from", channel, kicker.nick, reason});
  }
  void user_joined(IrcSource const& who, std::string_view channel, IrcMessage const&) override {
    add({"user_joined", who.nick, channel});
  }
  void user_left(IrcSource const& who, std::string_view channel, std::string_view reason,
                 IrcMessage const&) override {
    add({"user_left", who.nick, channel, reason});
  }
  void user_kicked(std::string_view nick, std::string_view channel, IrcSource const& kicker,
                   std::string_view reason, IrcMessage const&) override {
    add({"user_kicked", nick, channel, kicker.nick, reason});
  }
  void topic_updated(IrcSource const& who, std::string_view channel, std::string_view topic,
                     IrcMessage const&) override {
    add({"topic", who.nick, channel, topic});
  }
  void mode_changed(IrcSource const& who, std::string_view target, IrcModes changes,
                    IrcMessage const&) override {
    std::string all;
    while (auto const change = changes.next())
      ((all += change->set ? '+' : '-') += change->mode) += change->parameter;
    add({"mode", who.nick, target, all});
  }
  void names_listed(std::string_view channel, std::string_view names, IrcMessage const&) override {
    add({"names", channel, names});
  }
  void names_ended(std::string_view channel, IrcMessage const&) override {
    add({"names_ended", channel});
  }
  void invited(IrcSource const& who, std::string_view nick, std::string_view channel,
               IrcMessage const&) override {
    add({"invited", who.nick, nick, channel});
  }
  void user_renamed(IrcSource const& who, std::string_view nick, IrcMessage const&) override {
    add({"user_renamed", who.nick, nick});
  }
  void nick_changed(std::string_view nick, IrcMessage const&) override {
    add({"nick_changed", nick});
  }
  void user_quit(IrcSource const& who, std::string_view reason, IrcMessage const&) override {
    add({"user_quit", who.nick, reason});
  }
  void connection_lost(Failure const& reason) override {
    IrcClient::connection_lost(reason);
    events.emplace_back("lost");
  }

 private:
  void add(std::initializer_list<std::string_view> words) {
    std::string event;
    for (auto const word : words) ((event += event.empty() ? "" : " ")) += word;
    events.push_back(std::move(event));
  }
};

struct IrcSession {
  explicit IrcSession(IrcSettings settings = {.nick = "me"}) : client(clock, std::move(settings)) {
    wire.connect(client);
  }
  // Past 001, with nothing written and nothing heard.
  static IrcSettings usual() { return {.nick = "me", .capabilities = {}}; }
  void sign_on() {
    deliver({":srv CAP * LS :", ":srv 001 me :Welcome",
             ":srv 005 me CASEMAPPING=rfc1459 :are supported"});
    forget();
  }
  void deliver(std::initializer_list<std::string_view> lines) {
    for (auto const line : lines) deliver(line);
  }
  void deliver(std::string_view line) { wire.deliver(std::string(line) + "\r\n"); }
  // What the client has sent since the last call, a line each.
  std::vector<std::string> sent() {
    std::vector<std::string> lines;
    auto const all = wire.take();
    for (std::string_view rest = all; !rest.empty();) {
      auto const end = rest.find("\r\n");
      lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 2);
    }
    return lines;
  }
  void forget() {
    wire.take();
    client.events.clear();
    client.unknown.clear();
    client.bad.clear();
  }

  FakeClock clock;
  RecordingClient client;
  FakeTransport wire;
};

using Lines = std::vector<std::string>;

// After the welcome.
struct SignedOn : IrcSession {
  explicit SignedOn(IrcSettings settings = usual()) : IrcSession(std::move(settings)) { sign_on(); }
  // What one message is told as.
  Lines events_of(std::string_view line) {
    client.events.clear();
    deliver(line);
    return client.events;
  }
};

}  // namespace twx::test
