// The protocol of irc-log: what happens on one connection to an IRC server becomes lines of a log.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clients/irc_history.h"
#include "clients/irc_joins.h"
#include "clients/irc_lag.h"
#include "clients/irc_log_book.h"
#include "clients/irc_log_options.h"
#include "clients/irc_members.h"
#include "clients/irc_nicks.h"
#include "clients/irc_splits.h"
#include "protocols/irc_client.h"

namespace twx {

class IrcLogger final : public IrcClient {
 public:
  struct Told {
    Function<void()> in;                           // a channel was joined
    Function<void(Failure const&)> login_refused;  // the connection ends
    Function<void()> wrote;                        // perhaps; after each piece of input
  };

  // All but `told` must outlive it.
  IrcLogger(Clock& clock, IrcLogArguments const& arguments, IrcLogBook& book, Told told);

  // The server is asked to end the connection.
  void leave();
  // It ends at once.
  void be_gone() { transport().abort_connection(); }

  void connection_made() override;
  void data_received(Bytes data) override;
  void connection_lost(Failure const& reason) override;

 private:
  using Kind = IrcLogKind;

  // The session.
  void signed_on(IrcMessage const&) override;
  void isupport(IrcMessage const&) override;
  void received_motd(std::vector<std::string> const& lines, IrcMessage const&) override;
  void login_failed(Failure const& why) override;
  void error_received(std::string_view reason, IrcMessage const&) override;
  void irc_unknown(IrcMessage const&) override;
  void batch_changed(IrcBatches::Change const&, IrcMessage const&) override;
  std::string nick_refused(std::string_view nick, IrcMessage const&) override;
  void nick_changed(std::string_view nick, IrcMessage const&) override;

  // What is said.
  void privmsg(IrcSource const& who, std::string_view target, std::string_view text,
               IrcMessage const&) override;
  void action(IrcSource const& who, std::string_view target, std::string_view text,
              IrcMessage const&) override;
  void noticed(IrcSource const& who, std::string_view target, std::string_view text,
               IrcMessage const&) override;
  void ctcp_query(IrcSource const& who, std::string_view target, CtcpMessage const& query,
                  IrcMessage const&) override;

  // Channels and people.
  void joined(std::string_view channel, IrcMessage const&) override;
  void left(std::string_view channel, IrcMessage const&) override;
  void kicked_from(std::string_view channel, IrcSource const& kicker, std::string_view reason,
                   IrcMessage const&) override;
  void user_joined(IrcSource const& who, std::string_view channel, IrcMessage const&) override;
  void user_left(IrcSource const& who, std::string_view channel, std::string_view reason,
                 IrcMessage const&) override;
  void user_kicked(std::string_view nick, std::string_view channel, IrcSource const& kicker,
                   std::string_view reason, IrcMessage const&) override;
  void user_renamed(IrcSource const& who, std::string_view nick, IrcMessage const&) override;
  void user_quit(IrcSource const& who, std::string_view reason, IrcMessage const&) override;
  void topic_updated(IrcSource const& who, std::string_view channel, std::string_view topic,
                     IrcMessage const&) override;
  void mode_changed(IrcSource const& who, std::string_view target, IrcModes changes,
                    IrcMessage const&) override;
  void names_listed(std::string_view channel, std::string_view names, IrcMessage const&) override;
  void invited(IrcSource const& who, std::string_view nick, std::string_view channel,
               IrcMessage const&) override;

  void do_or_end(void (IrcLogger::*step)());
  void greeted();
  void start_joining();
  void identified();
  void identify();
  void be_a_bot();
  void say_connected();
  void refused(std::size_t channel, IrcMessage const&);
  void out_of(std::size_t channel, Time since);
  void tell_gap(std::size_t channel, IrcLogEvent const& joined);
  bool ask_history(std::size_t channel, Duration missing, IrcLogEvent const& joined);
  void history_failed(IrcMessage const&);
  void history_followed(std::size_t channel, IrcHistory::End);
  bool note_heard(std::size_t channel, IrcMessage const&, IrcLogEvent const&);
  bool has_history() const;
  bool replayed(IrcMessage const&) const;
  std::string split_of(std::string_view reason, IrcMessage const&) const;
  void wish_nick();
  void regain();

  IrcLogEvent event(Kind kind, IrcMessage const&);
  IrcLogEvent own_event(Kind kind) const;
  std::optional<std::size_t> said(Kind kind, IrcSource const& who, std::string_view target,
                                  std::string_view text, IrcMessage const&);
  std::span<std::size_t const> seats_of(std::string_view nick);
  bool ignored(IrcMessage const&) const;
  bool may_answer(IrcSource const& who, IrcMessage const&);
  void answer(IrcSource const& who, std::string_view target, std::string_view text,
              std::optional<std::size_t> channel);

  IrcLogArguments const& arguments_;
  IrcLogBook& book_;
  Told told_;
  IrcNicks nicks_;
  IrcRegain regaining_;
  IrcLag lag_;
  IrcJoins joins_;
  IrcMembers members_;
  IrcSplits splits_;
  IrcHistory history_;
  TokenBucket answers_;
  IrcCaseMapping mapping_ = IrcCaseMapping::rfc1459;
  std::string account_;                            // of the event at hand
  std::string text_;                               // likewise
  std::vector<std::size_t> seats_;                 // kept for its memory
  std::optional<IrcLogEvent::Time> connected_at_;  // not in the log yet
  std::string why_;                                // the server's last words
  std::string tried_nick_;
  bool leaving_ = false;
  bool greeted_ = false;
  bool waits_for_login_ = false;
  DelayedCall greeting_;
  DelayedCall nick_try_;
};

}  // namespace twx
