// Public. IrcClient: one connection to an IRC server (RFC 1459, 2812; IRCv3), as Twisted's
// IRCClient: derive, override what matters, call what you want done.
//
//   class Greeter : public IrcClient {
//     using IrcClient::IrcClient;
//     void signed_on(IrcMessage const&) override { static_cast<void>(join("#twx")); }
//     void user_joined(IrcSource const& who, std::string_view channel, IrcMessage const&) override
//     {
//       static_cast<void>(say(channel, "Hello, " + std::string(who.nick)));
//     }
//   };
//
// It knows its own nick, what the server supports and what is agreed upon; it keeps no list of
// channels, members or messages.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/ctcp.h"
#include "protocols/irc_batch.h"
#include "protocols/irc_capabilities.h"
#include "protocols/irc_login.h"
#include "protocols/irc_message.h"
#include "protocols/irc_modes.h"
#include "protocols/irc_send_queue.h"
#include "protocols/irc_support.h"
#include "protocols/line_receiver.h"
#include "reactor/clock.h"

namespace twx {

// Of one connection. Texts are UTF-8, or what else the server takes.
struct IrcSettings {
  std::string nick = "twx";                  // the first that is tried
  std::string user = {};                     // empty: the nick
  std::string realname = {};                 // empty: the nick
  Secret password = {};                      // of the server (PASS); empty: none
  std::optional<IrcCredentials> login = {};  // SASL; nothing: none
  // What is used of what the server offers. "sasl" comes by itself if there is a login. Who wants
  // "echo-message" must not answer oneself.
  std::vector<std::string> capabilities = {"server-time", "message-tags",  "batch",
                                           "account-tag", "multi-prefix",  "away-notify",
                                           "chghost",     "extended-join", "account-notify",
                                           "cap-notify",  "setname",       "invite-notify"};
  IrcRate rate = {};                                  // of what is said
  IrcRate replies = {4, std::chrono::seconds(5)};     // of replies to CTCP
  Duration login_timeout = std::chrono::seconds(30);  // for each step of the login
  std::string version = {};                           // reply to CTCP VERSION; empty: none
  std::string source = {};                            // to CTCP SOURCE
};

// Callbacks come in the order of the server's messages, inside data_received. All that they are
// given is valid in the call only, and is as the server sent it: any bytes but CR LF. `message` is
// the whole of it, for its tags ("time", "msgid", "account"). Throwing ends the connection.
//
// What is not overridden does nothing unless it says so. Who overrides connection_made,
// connection_lost or line_received calls the ones of this class too.
class IrcClient : public LineReceiver {
 public:
  // `clock` is the reactor's. Throws std::invalid_argument for a setting that cannot be sent: a
  // space in a nick, a line end, a rate without a burst.
  explicit IrcClient(Clock& clock, IrcSettings settings = {});

  // --- the session ---
  // Every message, before the callback of its own.
  virtual void message_received(IrcMessage const& /*message*/) {}
  // One that has no callback of its own: most of the numbers, for example.
  virtual void irc_unknown(IrcMessage const& /*message*/) {}
  // A line that is no message, lacks what its command needs, or gives oneself a nick that could not
  // be sent; or was too long: then `line` is its first bytes. It has no other effect.
  virtual void bad_message(std::string_view /*line*/) {}
  // The server has said welcome (001): one has a nick and may talk. What the server supports comes
  // after it.
  virtual void signed_on(IrcMessage const& /*message*/) {}
  // The greeting: 001 to 004, 251 to 255, 265, 266.
  virtual void banner(IrcMessage const& /*message*/) {}
  // A 005 was taken: support() knows more.
  virtual void isupport(IrcMessage const& /*message*/) {}
  // The end of the message of the day (376), or that there is none (422): all of the greeting has
  // come. At most 500 lines of it are kept until then.
  virtual void received_motd(std::vector<std::string> const& /*lines*/,
                             IrcMessage const& /*message*/) {}
  // The server closes the connection and says why (ERROR).
  virtual void error_received(std::string_view /*reason*/, IrcMessage const& /*message*/) {}
  // The answer to ping(), with its text.
  virtual void pong(std::string_view /*text*/, IrcMessage const& /*message*/) {}
  // The server has taken the login (900, 903), as that account: empty if it does not say.
  virtual void logged_in(std::string_view /*account*/) {}
  // The login was asked for and there will be none; or the server's password is wrong (464). As it
  // stands this quits and loses the connection: nobody shall see an address that the login would
  // have hidden. If it is overridden and does neither, the registration goes on without.
  virtual void login_failed(Failure const& why);
  // Before the welcome the server does not take `nick`: 432, 433, 436, 437. The one that is
  // returned is tried at once; empty: none is, set_nick may be called later. As it stands that is
  // `nick` with "_" behind it, or where that is too long or 432 came, a shorter one with a digit.
  virtual std::string nick_refused(std::string_view nick, IrcMessage const& message);
  // Capabilities have come or gone since the registration (CAP NEW, DEL, ACK).
  virtual void capabilities_changed() {}
  // A batch has begun or ended. Those in it come as ever meanwhile: see batches().
  virtual void batch_changed(IrcBatches::Change const& /*change*/, IrcMessage const& /*message*/) {}

  // --- what is said ---
  // `target` is a channel, perhaps with a sign of STATUSMSG before it, or one's own nick. With
  // echo-message one's own words come too: is_me(who.nick).
  virtual void privmsg(IrcSource const& /*who*/, std::string_view /*target*/,
                       std::string_view /*text*/, IrcMessage const& /*message*/) {}
  virtual void noticed(IrcSource const& /*who*/, std::string_view /*target*/,
                       std::string_view /*text*/, IrcMessage const& /*message*/) {}
  // "/me": CTCP ACTION.
  virtual void action(IrcSource const& /*who*/, std::string_view /*target*/,
                      std::string_view /*text*/, IrcMessage const& /*message*/) {}
  // Any other CTCP in a PRIVMSG. As it stands VERSION, SOURCE, PING and CLIENTINFO are answered
  // where the settings have something to say and the rate of replies allows it; nothing is answered
  // to what one said oneself.
  virtual void ctcp_query(IrcSource const& who, std::string_view target, CtcpMessage const& query,
                          IrcMessage const& message);
  // A CTCP in a NOTICE.
  virtual void ctcp_reply(IrcSource const& /*who*/, std::string_view /*target*/,
                          CtcpMessage const& /*reply*/, IrcMessage const& /*message*/) {}

  // --- channels ---
  virtual void joined(std::string_view /*channel*/, IrcMessage const& /*message*/) {}  // oneself
  virtual void left(std::string_view /*channel*/, IrcMessage const& /*message*/) {}    // oneself
  // Oneself; the channel is left with that.
  virtual void kicked_from(std::string_view /*channel*/, IrcSource const& /*kicker*/,
                           std::string_view /*reason*/, IrcMessage const& /*message*/) {}
  // Another one.
  virtual void user_joined(IrcSource const& /*who*/, std::string_view /*channel*/,
                           IrcMessage const& /*message*/) {}
  // Another one. `reason` may be empty.
  virtual void user_left(IrcSource const& /*who*/, std::string_view /*channel*/,
                         std::string_view /*reason*/, IrcMessage const& /*message*/) {}
  // Another one, from `channel`.
  virtual void user_kicked(std::string_view /*nick*/, std::string_view /*channel*/,
                           IrcSource const& /*kicker*/, std::string_view /*reason*/,
                           IrcMessage const& /*message*/) {}
  // The topic of a channel was changed (TOPIC), or is told to who joins (332, 331: empty); then
  // `who` is the server.
  virtual void topic_updated(IrcSource const& /*who*/, std::string_view /*channel*/,
                             std::string_view /*topic*/, IrcMessage const& /*message*/) {}
  // Of a channel, or of oneself. Take copies of `changes` to read them twice.
  virtual void mode_changed(IrcSource const& /*who*/, std::string_view /*target*/,
                            IrcModes /*changes*/, IrcMessage const& /*message*/) {}
  // One line of the names in a channel (353): nicks with their signs, with spaces; then the end
  // (366). None is kept.
  virtual void names_listed(std::string_view /*channel*/, std::string_view /*names*/,
                            IrcMessage const& /*message*/) {}
  virtual void names_ended(std::string_view /*channel*/, IrcMessage const& /*message*/) {}
  virtual void invited(IrcSource const& /*who*/, std::string_view /*nick*/,
                       std::string_view /*channel*/, IrcMessage const& /*message*/) {}

  // --- people ---
  // Another one has a new name.
  virtual void user_renamed(IrcSource const& /*who*/, std::string_view /*nick*/,
                            IrcMessage const& /*message*/) {}
  // Oneself, by wish or not; nick() is it already.
  virtual void nick_changed(std::string_view /*nick*/, IrcMessage const& /*message*/) {}
  // Of oneself too.
  virtual void user_quit(IrcSource const& /*who*/, std::string_view /*reason*/,
                         IrcMessage const& /*message*/) {}

  // --- what can be done ---
  // Each fails with IrcError::bad_part where a part cannot be sent, IrcError::queue_full where too
  // much waits, std::errc::not_connected after the end. They leave at the rate of the settings.
  //
  // Comma lists are the server's to understand. `key` may be empty.
  Result<void> join(std::string_view channel, std::string_view key = {});
  Result<void> part(std::string_view channel, std::string_view reason = {});
  // PRIVMSG. A text that is too long, or has several lines, goes as several messages.
  Result<void> say(std::string_view target, std::string_view text);
  Result<void> notice(std::string_view target, std::string_view text);
  // "/me".
  Result<void> describe(std::string_view target, std::string_view action);
  Result<void> ctcp_make_query(std::string_view target, CtcpMessage const&);
  Result<void> ctcp_make_reply(std::string_view target, CtcpMessage const&);
  // At once, before what waits.
  Result<void> set_nick(std::string_view nick);
  // Without a topic it asks for it.
  Result<void> topic(std::string_view channel, std::optional<std::string_view> topic = {});
  Result<void> mode(std::string_view target, std::string_view modes,
                    std::string_view parameter = {});
  Result<void> kick(std::string_view channel, std::string_view nick, std::string_view reason = {});
  Result<void> invite(std::string_view nick, std::string_view channel);
  Result<void> whois(std::string_view nick);
  Result<void> away(std::string_view text);
  Result<void> back();
  // At once, before what waits: an answer is to tell how the connection is, not the queue.
  Result<void> ping(std::string_view text);
  // At once; what waits is dropped, and how many lines that were is logged. The server closes the
  // connection; who does not want to wait for that calls transport().lose_connection().
  Result<void> quit(std::string_view reason = {});
  // Any other command.
  Result<void> send(std::string_view command, std::initializer_list<std::string_view> parameters,
                    bool colon = false);
  // A line that is ready, without its end: after all that waits, or at once.
  Result<void> send_queued(std::string line);
  Result<void> send_now(std::string_view line);

  // --- what is known ---
  std::string const& nick() const { return nick_; }  // the one that is tried, before the welcome
  // "nick!user@host" as others see it, empty where it has not been seen yet.
  std::string const& own_source() const { return own_source_; }
  bool is_me(std::string_view nick) const { return support_.same(nick, nick_); }
  bool registered() const { return registered_; }
  IrcSupport const& support() const { return support_; }
  IrcCapabilities const& capabilities() const { return capabilities_; }
  IrcBatches const& batches() const { return batches_; }
  // Of the login; empty without one.
  std::string_view account() const;
  // Lines that wait to be sent.
  std::size_t waiting() const { return queue_.size(); }
  // How many bytes of text a message to `target` can have, for all who read it to get all of it.
  std::size_t text_length(std::string_view command, std::string_view target) const;

  void connection_made() override;
  void line_received(std::string_view line) override;
  void connection_lost(Failure const& reason) override;

 protected:
  IrcSettings const& settings() const { return settings_; }
  Clock& clock() const { return clock_; }

 private:
  struct Dispatch;

  void line_length_exceeded(std::string_view rest) override;
  void raw_data_received(Bytes data) override;
  void skip_line(std::string_view data);

  void dispatch(IrcMessage const&);
  void heard(IrcMessage const&);
  void irc_join(IrcMessage const&);
  void irc_part(IrcMessage const&);
  void irc_kick(IrcMessage const&);
  void irc_quit(IrcMessage const&);
  void irc_nick(IrcMessage const&);
  void irc_mode(IrcMessage const&);
  void irc_topic(IrcMessage const&);
  void irc_invite(IrcMessage const&);
  void irc_chghost(IrcMessage const&);
  void irc_ping(IrcMessage const&);
  void irc_pong(IrcMessage const&);
  void irc_error(IrcMessage const&);
  void irc_batch(IrcMessage const&);
  void irc_cap(IrcMessage const&);
  void irc_authenticate(IrcMessage const&);
  void welcome(IrcMessage const&);
  void supports(IrcMessage const&);
  void told_topic(IrcMessage const&);
  void told_names(IrcMessage const&);
  void told_host(IrcMessage const&);
  void motd_line(IrcMessage const&);
  void motd_ended(IrcMessage const&);
  void refused_nick(IrcMessage const&);
  void refused_password(IrcMessage const&);
  void note_own_source(IrcSource const&);

  void send_capabilities();
  void negotiate();
  void end_negotiation();
  void follow(IrcLogin& login);
  bool ready() const { return connected() && !lost_; }
  void write_line(std::string_view line);
  Result<void> queue(Result<std::string> line);
  Result<void> at_once(Result<std::string> const& line);
  Result<void> send_words(std::string_view command,
                          std::initializer_list<std::string_view> parameters);
  Result<void> tell(std::string_view command, std::string_view target, std::string_view text);

  Clock& clock_;
  IrcSettings settings_;
  std::string nick_;
  std::string own_source_;
  IrcSupport support_;
  IrcCapabilities capabilities_;
  std::optional<IrcLogin> login_;
  IrcBatches batches_;
  IrcSendQueue queue_;
  TokenBucket replies_;
  DelayedCall login_limit_;
  std::vector<std::string> motd_;
  bool registered_ = false;
  bool cap_ended_ = false;
  bool quitting_ = false;
  bool lost_ = false;
  unsigned refused_nicks_ = 0;
};

}  // namespace twx
