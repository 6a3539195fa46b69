#include "reactor/application.h"

#include <sys/stat.h>

#include <memory>

#include "reactor/log.h"
#include "reactor/pid_file.h"

namespace twx {
namespace {

// One run of one application, from the first service to the last connection.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(Application& application, Reactor& reactor, Privileges const& privileges, Identity identity,
      Duration limit)
      : application_(application),
        reactor_(reactor),
        identity_(std::move(identity)),
        no_new_privs_(privileges.no_new_privs.value_or(privileges.user || privileges.group)),
        limit_(limit) {}
  // What is still under way refers to this and to the application.
  ~Run() {
    closing_ = true;
    over_ = {};
    started_.cancel();
    stopped_.cancel();
  }
  Run(Run const&) = delete;
  Run& operator=(Run const&) = delete;

  Result<void> run() {
    auto const run = weak_from_this();  // the reactor keeps what it is given for longer
    reactor_.on_termination([run, &reactor = reactor_](int) {
      if (auto const present = run.lock()) return present->asked_to_stop();
      if (reactor.running()) reactor.stop();
    });
    reactor_.call_when_running([run] {
      if (auto const present = run.lock()) present->start();
    });
    auto const trigger =
        reactor_.add_system_event_trigger(Phase::before, SystemEvent::shutdown, [run] {
          auto const present = run.lock();
          return present ? present->close() : succeed();
        });
    reactor_.run();
    reactor_.remove_system_event_trigger(trigger);
    return outcome_;
  }

 private:
  void start() {
    started_ = application_.privileged_start_service()
                   .add_callback([this] { return drop(); })
                   .add_callback([this] { return application_.start_service(); })
                   .add_errback([this](Failure const& why) { failed(why); });
  }

  Result<void> drop() {
    if (auto dropped = drop_privileges(identity_); !dropped) return dropped;
    return no_new_privs_ ? forbid_new_privileges() : Result<void>();
  }

  void failed(Failure const& why) {
    if (closing_) return;
    outcome_ = why;
    stop();
  }

  void asked_to_stop() { closing_ ? end() : stop(); }

  void stop() {
    if (std::exchange(stopping_, true)) return;
    try {
      reactor_.stop();
    } catch (ReactorNotRunning const&) {
      log(Level::debug, "somebody else has stopped the reactor in this turn");
    }
  }

  // Holds the end of the reactor back until all is over.
  Deferred<void> close() {
    closing_ = true;
    Deferred<void> over;
    over_ = over.promise();
    deadline_ = reactor_.call_later(limit_, [this] { end(); });
    stopped_ = application_.stop_service()
                   .add_errback([this](Failure const& why) { stop_failed(why); })
                   .add_callback([this] { return drain(); })
                   .add_both([this](Result<void> const&) { end(); });
    return over;
  }

  void stop_failed(Failure const& why) const {
    if (!why.is(Error::cancelled)) log_failure("stopping " + application_.name(), why);
  }

  Deferred<void> drain() { return over_.fired() ? succeed() : reactor_.drain(limit_); }

  void end() {
    if (!over_.fired()) over_.callback();
  }

  Application& application_;
  Reactor& reactor_;
  Identity identity_;
  bool no_new_privs_;
  Duration limit_;
  bool stopping_ = false;  // reactor_.stop() was called here
  bool closing_ = false;   // by whomever, and it has begun
  Promise<void> over_;
  DelayedCall deadline_;
  Deferred<void> started_ = succeed();
  Deferred<void> stopped_ = succeed();
  Result<void> outcome_;
};

}  // namespace

Result<void> Application::run(Reactor& reactor) {
  if (reactor.running()) throw ReactorAlreadyRunning();
  auto identity = settings_.privileges.resolve();
  if (!identity) return identity.failure();
  if (settings_.umask) ::umask(*settings_.umask);
  std::optional<PidFile> pid_file;
  if (!settings_.pid_file.empty()) {
    auto written = PidFile::create(settings_.pid_file);
    if (!written) return written.failure();
    pid_file.emplace(std::move(*written));
  }
  return std::make_shared<Run>(*this, reactor, settings_.privileges, std::move(*identity),
                               settings_.stop_limit)
      ->run();
}

}  // namespace twx
