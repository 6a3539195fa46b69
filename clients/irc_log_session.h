// One run of irc-log: connections, one after the other, until it is told to stop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_status.h"
#include "clients/irc_log_book.h"
#include "clients/irc_log_options.h"
#include "clients/irc_logger.h"
#include "reactor/reactor.h"
#include "reactor/reconnecting.h"

namespace twx {

class IrcLogSession {
 public:
  // Both must outlive it. With TLS `arguments.connect.tls` is set.
  IrcLogSession(Reactor& reactor, IrcLogArguments const& arguments);
  ~IrcLogSession();
  IrcLogSession(IrcLogSession const&) = delete;
  IrcLogSession& operator=(IrcLogSession const&) = delete;

  // Opens the log and connects. Fails if no log can be kept.
  Result<void> start();
  // start(), then the reactor until it is told to stop.
  Outcome run();

  IrcLogBook& book() { return book_; }
  Outcome const& outcome() const { return outcome_; }
  // What a signal asks for: first to say good-bye, then to be gone.
  void stop();

 private:
  class Connections;

  std::unique_ptr<Protocol> build();
  void joined();
  bool lost(Failure const&);
  bool failed(Failure const&);
  void tell(std::string_view what, Failure const&);
  void finish();
  bool is_hopeless(Failure const&) const;
  void check_reader();

  Reactor& reactor_;
  IrcLogArguments const& arguments_;
  IrcLogBook book_;
  std::shared_ptr<Connections> connections_;
  std::shared_ptr<Connector> connector_;
  IrcLogger* logger_ = nullptr;  // of the live connection
  Outcome outcome_;
  std::optional<Failure> login_refused_;  // by the last connection
  std::string told_;                      // why the last attempt failed
  DelayedCall limit_;
  bool ever_joined_ = false;
  bool stopping_ = false;
  bool finished_ = false;
};

}  // namespace twx
