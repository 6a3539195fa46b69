// twx connect udp://host:port: each read of standard input leaves as a datagram, each datagram that
// comes goes to standard output.
//
// Datagrams have no end, so the session's is a matter of time: after the end of standard input it
// is over when nothing has come for two seconds in which it was read.
#include "clients/connect_datagram.h"

#include <unistd.h>

#include "cli/remedy.h"
#include "clients/standard_protocol.h"
#include "reactor/log.h"
#include "reactor/reactor.h"
#include "reactor/visible.h"

namespace twx {
namespace {

constexpr auto quiet_time = std::chrono::seconds(2);

class Session {
 public:
  Session(Reactor& reactor, ConnectArguments const& arguments)
      : reactor_(reactor), arguments_(arguments), to_terminal_(isatty(STDOUT_FILENO) == 1) {}

  Outcome run();

  // The socket.
  void started(DatagramTransport&);
  void peer_sent(Bytes);
  void refused() { failed(std::make_error_code(std::errc::connection_refused)); }
  void go_on_sending();

  // Standard input and output.
  void standard_made(Transport&);
  void input(Bytes);
  void input_ended();
  void standard_lost(Failure const&);
  // What standard output cannot take yet is not read from the socket.
  void hold_peer(bool hold);

 private:
  void connect();
  void send();
  void all_sent();
  void wait_for_quiet();
  void touch();
  void failed(Failure const&);
  void end(Outcome);
  void leave();
  void tell_traffic() const;
  void signalled(int number);
  std::string name() const { return "connect " + arguments_.endpoint.to_string() + ": "; }

  Reactor& reactor_;
  ConnectArguments const& arguments_;
  bool const to_terminal_;
  Deferred<void> connecting_ = succeed();
  DatagramTransport* peer_ = nullptr;
  Transport* standard_ = nullptr;
  VisibleText visible_;
  std::string unsent_;    // of the last read of standard input
  std::size_t sent_ = 0;  // of that
  DelayedCall max_time_;
  DelayedCall idle_;
  DelayedCall quit_;
  bool input_ended_ = false;
  bool all_sent_ = false;
  bool held_ = false;  // the peer, until standard output takes more
  bool left_ = false;
  bool over_ = false;  // the outcome stands; only what is on its way to standard output remains
  Outcome outcome_;
};

class PeerProtocol final : public DatagramProtocol {
 public:
  explicit PeerProtocol(Session& session) : session_(session) {}
  void start_protocol() override { session_.started(transport()); }
  void datagram_received(Bytes data, Address const&) override { session_.peer_sent(data); }
  void connection_refused() override { session_.refused(); }
  void resume_writing() override { session_.go_on_sending(); }

 private:
  Session& session_;
};

Outcome Session::run() {
  reactor_.on_termination([this](int signal) { signalled(signal); });
  if (arguments_.max_time)
    max_time_ = reactor_.call_later(*arguments_.max_time, [this] {
      end({ExitStatus::timed_out, name() + "not finished within the time allowed"});
      leave();
    });
  reactor_.call_when_running([this] { connect(); });
  reactor_.run();
  connecting_.cancel();
  return outcome_;
}

void Session::connect() {
  connecting_ = reactor_
                    .connect_datagram(arguments_.endpoint, std::make_unique<PeerProtocol>(*this),
                                      arguments_.connect)
                    .add_callbacks([](DatagramTransport*) {},
                                   [this](Failure const& failure) { failed(failure); });
}

// Nothing is read before there is a place for it.
void Session::started(DatagramTransport& peer) {
  if (over_) return;
  peer_ = &peer;
  peer.pause_producing();
  if (log_enabled(Level::info))
    log(Level::info,
        "datagrams from " + peer.host().to_string() + " to " + peer.peer().to_string());
  if (arguments_.idle_timeout > Duration::zero())
    idle_ = reactor_.call_later(arguments_.idle_timeout, [this] { failed(Error::idle_timeout); });
  reactor_.standard_io(std::make_unique<StandardProtocol<Session>>(*this));
}

void Session::standard_made(Transport& standard) {
  standard_ = &standard;
  if (over_) return standard.lose_connection();
  peer_->resume_producing();
  if (arguments_.receive_only) standard.pause_producing();
}

void Session::peer_sent(Bytes data) {
  touch();
  if (quit_.active() && !arguments_.quit_after) wait_for_quiet();
  if (arguments_.send_only || !standard_ || over_) return;
  if (!to_terminal_) return standard_->write(data);
  standard_->write(visible_.feed(text(data)));
  standard_->write(visible_.finish());  // a datagram is a whole: nothing of it waits for the next
}

void Session::hold_peer(bool hold) {
  if (!peer_) return;
  held_ = hold;
  hold ? peer_->pause_producing() : peer_->resume_producing();
  if (!all_sent_ || arguments_.quit_after) return;
  if (hold)
    quit_ = {};
  else
    wait_for_quiet();
}

// --- sending ---

void Session::input(Bytes data) {
  if (over_) return;
  touch();
  unsent_ = text(data);
  sent_ = 0;
  send();
}

void Session::send() {
  while (sent_ < unsent_.size() && peer_ && peer_->unsent() == 0) {
    auto const piece = std::string_view(unsent_).substr(sent_, arguments_.datagram_size);
    sent_ += piece.size();
    if (auto const error = peer_->write(piece)) return failed(error);
  }
  if (!peer_ || !standard_) return;
  if (peer_->unsent() > 0)
    standard_->pause_producing();
  else if (input_ended_)
    all_sent();
}

void Session::go_on_sending() {
  if (standard_ && !arguments_.receive_only) standard_->resume_producing();
  send();
}

void Session::input_ended() {
  input_ended_ = true;
  send();
}

void Session::all_sent() {
  if (arguments_.send_only) return end({});
  if (std::exchange(all_sent_, true)) return;
  if (arguments_.quit_after)
    quit_ = reactor_.call_later(*arguments_.quit_after, [this] { end({}); });
  else if (!held_)
    wait_for_quiet();
}

// What comes, or stops the reading, starts it anew. When the time is over, what is already there to
// be read still counts: the calls of a turn are made before the sockets are read.
void Session::wait_for_quiet() {
  quit_ = reactor_.call_later(quiet_time, [this] {
    quit_ = reactor_.call_later(Duration::zero(), [this] { end({}); });
  });
}

// --- the end ---

void Session::touch() {
  if (idle_.active()) idle_.reset(arguments_.idle_timeout);
}

void Session::failed(Failure const& failure) {
  end({exit_status(failure), name() + failure.message() +
                                 remedy(failure, arguments_.endpoint, arguments_.connect.family)});
}

void Session::standard_lost(Failure const& reason) {
  standard_ = nullptr;
  if (reason.is(Error::reader_gone))
    end({});  // it has all that it wants
  else
    end({exit_status(reason), reason.message()});
  leave();
}

// Fixes the outcome; the first one stands. What waits for standard output still goes there.
void Session::end(Outcome outcome) {
  if (std::exchange(over_, true)) return;
  outcome_ = std::move(outcome);
  tell_traffic();
  idle_ = {};
  if (auto* const peer = std::exchange(peer_, nullptr)) peer->stop_listening().release();
  if (!standard_) return leave();
  standard_->lose_connection();
}

void Session::tell_traffic() const {
  if (!peer_ || !log_enabled(Level::info)) return;
  auto const traffic = peer_->traffic();
  log(Level::info, "datagrams to " + peer_->peer().to_string() + " ended: sent " +
                       std::to_string(traffic.sent) + " (" + std::to_string(traffic.sent_bytes) +
                       " bytes), received " + std::to_string(traffic.received) + " (" +
                       std::to_string(traffic.received_bytes) + " bytes)");
}

void Session::leave() {
  if (std::exchange(left_, true)) return;
  reactor_.stop();
}

void Session::signalled(int number) {
  end({.signal = number});
  leave();
}

}  // namespace

Outcome connect_datagram(Reactor& reactor, ConnectArguments const& arguments) {
  return Session(reactor, arguments).run();
}

}  // namespace twx
