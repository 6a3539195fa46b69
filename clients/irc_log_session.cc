#include "clients/irc_log_session.h"

#include <csignal>
#include <random>
#include <utility>

#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_good_bye = 1s;

// Up to a quarter more, so that the loggers of one server do not come back all at once, and no
// pause is shorter than the one before.
double a_little_more(double mean, double) {
  static thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_real_distribution<double>(mean, mean * 1.25)(engine);
}

// The first pause is reconnect_min.
ReconnectingClientFactory::Settings retries_of(IrcLogArguments const& arguments) {
  ReconnectingClientFactory::Settings retries;
  retries.factor = 2;
  retries.initial_delay = arguments.reconnect_min / 2;
  retries.max_delay = arguments.reconnect_max;
  return retries;
}

}  // namespace

class IrcLogSession::Connections final : public ReconnectingClientFactory {
 public:
  Connections(Reactor& reactor, IrcLogSession& session)
      : ReconnectingClientFactory(reactor, retries_of(session.arguments_), a_little_more),
        session_(session) {
    noisy = false;
  }

  std::unique_ptr<Protocol> build_protocol(Address const& peer) override {
    if (log_enabled(Level::info)) log(Level::info, "irc-log: connected to " + peer.to_string());
    return session_.build();
  }
  void client_connection_lost(Connector& connector, Failure const& reason) override {
    if (session_.lost(reason)) ReconnectingClientFactory::client_connection_lost(connector, reason);
  }
  void client_connection_failed(Connector& connector, Failure const& reason) override {
    if (session_.failed(reason))
      ReconnectingClientFactory::client_connection_failed(connector, reason);
  }

 private:
  IrcLogSession& session_;
};

IrcLogSession::IrcLogSession(Reactor& reactor, IrcLogArguments const& arguments)
    : reactor_(reactor),
      arguments_(arguments),
      book_(reactor, arguments),
      connections_(std::make_shared<Connections>(reactor, *this)) {}

IrcLogSession::~IrcLogSession() { connections_->stop_trying(); }

Result<void> IrcLogSession::start() {
  if (auto opened = book_.writer().open(); !opened) return opened;
  reactor_.on_termination([this](int) { stop(); });
  reactor_.on_signal(SIGHUP, [this] {
    log(Level::info, "irc-log: the log's files are opened anew");
    book_.writer().reopen();
  });
  connector_ = reactor_.connect(arguments_.endpoint, connections_, arguments_.connect);
  return {};
}

Outcome IrcLogSession::run() {
  if (auto const started = start(); !started)
    return {ExitStatus::write_failed, started.failure().message()};
  reactor_.run();
  return outcome_;
}

std::unique_ptr<Protocol> IrcLogSession::build() {
  login_refused_.reset();
  auto logger = std::make_unique<IrcLogger>(
      reactor_, arguments_, book_,
      IrcLogger::Told{.in = [this] { joined(); },
                      .login_refused = [this](Failure const& why) { login_refused_ = why; },
                      .wrote = [this] { check_reader(); }});
  logger_ = logger.get();
  return logger;
}

// Only now has the connection proved good.
void IrcLogSession::joined() {
  ever_joined_ = true;
  told_.clear();
  connections_->reset_delay();
}

// A reader that went away has seen what it wanted.
void IrcLogSession::check_reader() {
  if (book_.writer().reader_gone() && !stopping_) stop();
}

// True: another attempt is wanted.
bool IrcLogSession::lost(Failure const& reason) {
  logger_ = nullptr;
  if (stopping_) {
    finish();
    return false;
  }
  tell("lost the connection to ", reason);
  return true;
}

bool IrcLogSession::failed(Failure const& reason) {
  if (!stopping_ && !is_hopeless(reason)) {
    tell("cannot connect to ", reason);
    return true;
  }
  if (!stopping_)
    outcome_ = {exit_status(reason),
                "irc-log: " + arguments_.endpoint.to_string() + ": " + reason.message()};
  finish();
  return false;
}

// One who was never let in and shows the wrong certificate will not be another one soon; one who
// was is waited for.
bool IrcLogSession::is_hopeless(Failure const& reason) const {
  return !ever_joined_ &&
         (reason.is(Error::certificate_not_trusted) || reason.is(Error::pin_mismatch));
}

// Not the same at every attempt.
void IrcLogSession::tell(std::string_view what, Failure const& reason) {
  auto text = "irc-log: " + std::string(what) + arguments_.endpoint.to_string() + ": " +
              escaped(reason.message());
  auto const again = text == told_;
  log(again ? Level::info : Level::warning, text + "; trying again");
  told_ = std::move(text);
}

void IrcLogSession::stop() {
  if (std::exchange(stopping_, true)) {
    if (logger_) logger_->be_gone();
    return;
  }
  connections_->stop_trying();
  if (!logger_) {
    connector_->disconnect();
    return finish();
  }
  logger_->leave();
  limit_ = reactor_.call_later(longest_good_bye, [this] { connector_->disconnect(); });
}

void IrcLogSession::finish() {
  if (std::exchange(finished_, true)) return;
  limit_ = {};
  if (login_refused_ && !ever_joined_ && outcome_.status == ExitStatus::done)
    outcome_ = {ExitStatus::login_refused,
                "irc-log: never logged in: " + escaped(login_refused_->message())};
  book_.writer().close(std::chrono::system_clock::now());
  if (reactor_.running()) reactor_.stop();
}

}  // namespace twx
