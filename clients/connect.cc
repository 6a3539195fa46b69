// twx connect: standard input to the peer, the peer to standard output.
//
// Two protocols share one Session. The end of standard input half-closes the connection; the end of
// the peer's output, or of the connection, ends the session once standard output has taken
// everything. Between plain descriptors the reactor forwards the bytes itself; otherwise the
// protocols pass them on.
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <csignal>

#include "cli/remedy.h"
#include "clients/connect_datagram.h"
#include "clients/connect_options.h"
#include "clients/standard_protocol.h"
#include "reactor/log.h"
#include "reactor/reactor.h"
#include "reactor/visible.h"

namespace twx {
namespace {

// How many bytes of standard input nobody has read; what a terminal has can still be read by the
// next.
int unread_input() {
  int waiting = 0;
  if (isatty(STDIN_FILENO) == 1 || ioctl(STDIN_FILENO, FIONREAD, &waiting) < 0) return 0;
  return waiting;
}

// Reading standard input now would tell its end: a pipe without writers, a file read to its end,
// /dev/null. The connection can end before that was read.
bool input_is_at_end() {
  struct stat status{};
  if (fstat(STDIN_FILENO, &status) == 0 && S_ISCHR(status.st_mode))
    return status.st_rdev == makedev(1, 3);  // other devices never end: /dev/zero, terminals
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0 && unread_input() == 0;
}

class Session {
 public:
  Session(Reactor& reactor, ConnectArguments const& arguments)
      : reactor_(reactor), arguments_(arguments), to_terminal_(isatty(STDOUT_FILENO) == 1) {}

  Outcome run();

  // The connection.
  void connected(Transport& peer);
  void peer_sent(Bytes);
  void peer_ended();
  void peer_lost(Failure const&);
  // The attempt or the connection is over, and none follows.
  void gave_up(Failure const&);

  // Standard input and output.
  void standard_made(Transport&);
  void input(Bytes data) {
    if (peer_) peer_->write(data);
  }
  void input_ended();
  void standard_lost(Failure const&);

  // What a side cannot take yet is not read from the other.
  void hold_peer(bool hold);
  void hold_input(bool hold);

  // Whom it must not trust it does not ask again.
  bool wants_retry(Failure const& reason) const {
    if (reason.is(Error::certificate_not_trusted) || reason.is(Error::pin_mismatch)) return false;
    return arguments_.reconnect && !over_ && !complete();
  }
  ConnectArguments const& arguments() const { return arguments_; }

 private:
  bool complete() const { return peer_ended_ && (input_ended_ || input_is_at_end()); }
  void join();
  void end(Outcome);
  void leave();
  void signalled(int number);

  Reactor& reactor_;
  ConnectArguments const& arguments_;
  bool const to_terminal_;
  std::shared_ptr<Connector> connector_;
  Transport* peer_ = nullptr;
  Transport* standard_ = nullptr;
  VisibleText visible_;
  std::string peer_name_;
  DelayedCall max_time_;
  DelayedCall quit_;
  DelayedCall hear_peer_;
  std::uint64_t dropped_ = 0;  // bytes of standard input that no connection took
  bool input_ended_ = false;
  bool peer_ended_ = false;
  bool left_ = false;
  bool over_ = false;  // the outcome stands; only what is on its way to standard output remains
  Outcome outcome_;
};

class PeerProtocol final : public Protocol {
 public:
  explicit PeerProtocol(Session& session) : session_(session) {}
  void connection_made() override { session_.connected(transport()); }
  void data_received(Bytes data) override { session_.peer_sent(data); }
  void eof_received() override { session_.peer_ended(); }
  void connection_lost(Failure const& reason) override { session_.peer_lost(reason); }
  void pause_writing() override { session_.hold_input(true); }
  void resume_writing() override { session_.hold_input(false); }

 private:
  Session& session_;
};

// Without --reconnect it never tries again, and what it says is all that happens.
class SessionFactory final : public ReconnectingClientFactory {
 public:
  SessionFactory(Reactor& reactor, Session& session)
      : ReconnectingClientFactory(reactor, session.arguments().retry), session_(session) {
    noisy = false;
  }

  void started_connecting(Connector&) override { log(Level::info, "Started to connect."); }
  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    log(Level::info, "Connected.");
    if (session_.arguments().reconnect) {
      log(Level::info, "Resetting reconnection delay");
      reset_delay();
    }
    return std::make_unique<PeerProtocol>(session_);
  }
  void client_connection_lost(Connector& connector, Failure const& reason) override {
    log(Level::info, "Lost connection. Reason: " + reason.message());
    if (session_.wants_retry(reason))
      ReconnectingClientFactory::client_connection_lost(connector, reason);
    if (!waiting()) session_.gave_up(reason);
  }
  void client_connection_failed(Connector& connector, Failure const& reason) override {
    log(Level::info, "Connection failed. Reason: " + reason.message());
    if (session_.wants_retry(reason))
      ReconnectingClientFactory::client_connection_failed(connector, reason);
    if (!waiting()) session_.gave_up(reason);
  }

 private:
  Session& session_;
};

Outcome Session::run() {
  reactor_.on_termination([this](int signal) { signalled(signal); });
  if (arguments_.max_time)
    max_time_ = reactor_.call_later(*arguments_.max_time, [this] {
      end({ExitStatus::timed_out, "connect " + arguments_.endpoint.to_string() +
                                      ": not finished within the time allowed"});
      leave();
    });
  connector_ =
      reactor_.connect(arguments_.endpoint, std::make_shared<SessionFactory>(reactor_, *this),
                       arguments_.connect);
  reactor_.run();
  return outcome_;
}

void Session::connected(Transport& peer) {
  peer_ = &peer;
  peer_ended_ = false;
  peer_name_ = peer.peer().to_string();
  peer.set_idle_timeout(arguments_.idle_timeout);
  if (log_enabled(Level::info)) log(Level::info, "connected to " + peer_name_);
  if (auto const tls = peer.tls(); tls && log_enabled(Level::debug))
    log(Level::debug, to_string(*tls));
  if (standard_) return join();
  peer.pause_producing();  // until standard_made()
  reactor_.standard_io(std::make_unique<StandardProtocol<Session>>(*this));
}

void Session::standard_made(Transport& standard) {
  standard_ = &standard;
  if (!peer_) return;
  join();
  // A peer that answers and closes unasked ends it all: what standard input holds goes before.
  hear_peer_ = reactor_.call_later(Duration::zero(), [this] { hold_peer(false); });
}

// Both sides are there: for the first time, or once more after a loss.
void Session::join() {
  if (arguments_.receive_only)
    standard_->pause_producing();
  else if (input_ended_)
    peer_->lose_write_connection();
  else {
    standard_->resume_producing();
    standard_->forward_to(*peer_);  // if it cannot, the protocols pass the bytes on
  }
  if (!to_terminal_ && !arguments_.send_only) peer_->forward_to(*standard_);
}

void Session::peer_sent(Bytes data) {
  if (arguments_.send_only || !standard_) return;
  if (to_terminal_)
    standard_->write(visible_.feed(text(data)));
  else
    standard_->write(data);
}

// The peer will send no more. By default that is the end, once what was read from standard input is
// sent.
void Session::peer_ended() {
  peer_ended_ = true;
  if (arguments_.half_open && !input_ended_) return;
  if (standard_) standard_->pause_producing();
  peer_->lose_connection();
}

void Session::peer_lost(Failure const& reason) {
  auto const traffic = peer_->traffic();
  dropped_ += traffic.dropped;
  peer_ = nullptr;
  if (standard_) standard_->pause_producing();
  if (log_enabled(Level::info))
    log(Level::info, "connection to " + peer_name_ + " ended: sent " +
                         std::to_string(traffic.sent) + ", received " +
                         std::to_string(traffic.received) + " bytes; " + reason.message());
}

void Session::gave_up(Failure const& reason) {
  auto const name = "connect " + arguments_.endpoint.to_string() + ": ";
  if (!reason.is(Error::connection_done))
    end({exit_status(reason),
         name + reason.message() + remedy(reason, arguments_.endpoint, arguments_.connect.family)});
  else if (dropped_ > 0 || (!input_ended_ && !arguments_.receive_only && unread_input() > 0))
    end({ExitStatus::ended_early, name + "the peer closed before all of standard input was sent"});
  else
    end({});
}

void Session::input_ended() {
  input_ended_ = true;
  if (!peer_) return;
  if (arguments_.send_only || peer_ended_)
    peer_->lose_connection();
  else
    peer_->lose_write_connection();
  if (arguments_.quit_after)
    quit_ = reactor_.call_later(*arguments_.quit_after, [this] {
      if (peer_) peer_->lose_connection();
      peer_ended_ = true;
    });
}

void Session::standard_lost(Failure const& reason) {
  standard_ = nullptr;
  if (reason.is(Error::cannot_write) || reason.is(Error::cannot_read))
    end({exit_status(reason), reason.message()});
  else
    end({});  // the reader of standard output has all that it wants
  leave();
}

void Session::hold_peer(bool hold) {
  if (!peer_) return;
  hold ? peer_->pause_producing() : peer_->resume_producing();
}

void Session::hold_input(bool hold) {
  if (!standard_ || arguments_.receive_only) return;
  hold ? standard_->pause_producing() : standard_->resume_producing();
}

// Fixes the outcome; the first one stands. What waits for standard output still goes there.
void Session::end(Outcome outcome) {
  if (std::exchange(over_, true)) return;
  outcome_ = std::move(outcome);
  if (!standard_) return leave();
  if (to_terminal_) standard_->write(visible_.finish());
  standard_->lose_connection();
}

void Session::leave() {
  if (std::exchange(left_, true)) return;
  if (peer_) peer_->abort_connection();
  reactor_.stop();
}

void Session::signalled(int number) {
  end({.signal = number});
  leave();
}

Action declare(Options& options) {
  auto const arguments = declare_connect(options);
  options.example("twx connect example.org 80 <request >answer", "Send a request, keep the answer");
  options.example("twx connect -v unix:///run/app.sock", "Talk to a unix socket, say what happens");
  options.example("twx connect --tls example.org 443", "Talk TLS, with a verified peer");
  options.example("tail -f log | twx connect --send-only --reconnect loghost 5140",
                  "Feed a log server, for ever");
  options.example("echo status | twx connect udp://localhost:9000", "Ask by UDP");
  return [arguments](Reactor& reactor) -> Outcome {
    if (arguments->endpoint.datagram()) return connect_datagram(reactor, *arguments);
    if (auto const tls = tls_options_for(arguments->endpoint, arguments->tls)) {
      auto context = TlsContext::client(*tls);
      if (!context) return {exit_status(context.failure()), context.failure().message()};
      if (tls->insecure && tls->pins.empty())
        log(Level::warning, "--insecure: the peer is not verified");
      arguments->connect.tls = *context;
    }
    return Session(reactor, *arguments).run();
  };
}

}  // namespace

extern constinit Command const client_connect{
    "connect", "standard input to a peer, the peer to standard output",
    "Connects to HOST and PORT or to an endpoint. Standard input goes to the peer; its end closes "
    "the sending side, and the answer is still read to its end. When the peer has closed, and "
    "standard output has taken everything, the command ends.\n\n"
    "All addresses of a name are tried, 250 ms apart; the first that answers is used. On a "
    "terminal the peer's control characters are shown as \\x1b; pipes and files get the bytes "
    "untouched.\n\n"
    "To udp:// and unix-dgram: endpoints each read of standard input leaves as one datagram: a "
    "line of a terminal, a chunk of a pipe, up to --datagram-size bytes of a file. Empty ones "
    "cannot be sent. Each datagram that comes from the peer is written as it is. An address of a "
    "name that refuses before anything has come is left for the next, which gets all that was sent "
    "so far again, unless that is more than 64 KiB or 256 datagrams. After the end of standard "
    "input the command ends when none has come for two seconds, with status 0 whether or not there "
    "were any; a peer that refuses ends it with status 7.",
    declare};

}  // namespace twx
