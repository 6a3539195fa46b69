// The life of a program of services, without a network. Privileges and the pid file have tests of
// their own.
#include "reactor/application.h"

#include <csignal>

#include "reactor/client_service.h"
#include "reactor/fakes/memory_reactor.h"
#include "reactor/server_service.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Writes down what it is told.
class Scribe final : public Service {
 public:
  explicit Scribe(std::string& story) : story_(story) {}
  std::function<Deferred<void>()> privileged, start, stop;

 private:
  Deferred<void> tell(char const* what, std::function<Deferred<void>()> const& doing) {
    story_ += std::string(story_.empty() ? "" : " ") + what;
    return doing ? doing() : succeed();
  }
  Deferred<void> on_privileged_start() override { return tell("privileged", privileged); }
  Deferred<void> on_start() override { return tell("start", start); }
  Deferred<void> on_stop() override { return tell("stop", stop); }

  std::string& story_;
};

struct Fixture {
  MemoryReactor reactor;
  std::string story;
  Application application{"test"};
  Scribe& scribe = application.emplace_service<Scribe>(story);

  void after(Duration time, std::function<void()> call) {
    reactor.call_later(time, std::move(call)).release();
  }
};

Deferred<void> never() {
  static std::vector<Promise<void>> kept;
  Deferred<void> deferred;
  kept.push_back(deferred.promise());
  return deferred;
}

TEST_CASE("Running an application starts its services, and a signal stops them",
          "[application][rule157]") {
  Fixture f;
  auto const signal = GENERATE(SIGINT, SIGTERM);
  std::string before;
  f.after(10s, [&] {
    before = f.story;
    f.reactor.raise_signal(signal);
  });
  CHECK(f.application.run(f.reactor));
  CHECK(before == "privileged start");
  CHECK(f.story == "privileged start stop");
  CHECK_FALSE(f.application.running());
  CHECK(f.reactor.now() - Time() == 10s);
}

TEST_CASE("Stopping the reactor stops the services too", "[application]") {
  Fixture f;
  f.after(1s, [&] { f.reactor.stop(); });
  CHECK(f.application.run(f.reactor));
  CHECK(f.story == "privileged start stop");
}

TEST_CASE("The reactor stops when the services have", "[application]") {
  Fixture f;
  Promise<void> promise;
  f.scribe.stop = [&] {
    Deferred<void> work;
    promise = work.promise();
    return work;
  };
  f.after(1s, [&] { f.reactor.raise_signal(SIGTERM); });
  f.after(4s, [&] { promise.callback(); });
  CHECK(f.application.run(f.reactor));
  CHECK(f.reactor.now() - Time() == 4s);
}

TEST_CASE("Services that do not stop are not waited for longer than the limit", "[application]") {
  Fixture f;
  f.scribe.stop = never;
  f.after(1s, [&] { f.reactor.raise_signal(SIGTERM); });
  CHECK(f.application.run(f.reactor));
  CHECK(f.reactor.now() - Time() == 6s);
}

TEST_CASE("A service that stops when all is over hurts nobody", "[application]") {
  LogLines const log;
  Promise<void> late;
  {
    Fixture f;
    f.scribe.stop = [&] {
      Deferred<void> work;
      late = work.promise();
      return work;
    };
    f.after(1s, [&] { f.reactor.raise_signal(SIGTERM); });
    CHECK(f.application.run(f.reactor));
  }
  late.callback();
  CHECK(log.count("stopping") == 0);
}

TEST_CASE("A second signal does not wait for anything", "[application]") {
  Fixture f;
  f.scribe.stop = never;
  f.after(1s, [&] { f.reactor.raise_signal(SIGINT); });
  f.after(2s, [&] { f.reactor.raise_signal(SIGINT); });
  CHECK(f.application.run(f.reactor));
  CHECK(f.reactor.now() - Time() == 2s);
}

TEST_CASE("What connections have written is sent before the end", "[application]") {
  Fixture f;
  auto const connection = make_connection();
  f.application.emplace_service<StreamServerEndpointService>(f.reactor, Endpoint::tcp("", 80),
                                                             factory_for(connection));
  FakeTransport* peer = nullptr;
  f.after(1s, [&] {
    peer = f.reactor.ports().at(0)->accept();
    peer->set_capacity(0);
    peer->write(std::string_view("the last word"));
    f.reactor.raise_signal(SIGTERM);
  });
  f.after(3s, [&] { peer->drain(); });
  CHECK(f.application.run(f.reactor));
  CHECK(peer->take() == "the last word");
  CHECK(connection->lost->is(Error::connection_done));
  CHECK(f.reactor.now() - Time() == 3s);
}

TEST_CASE("A privileged part that fails is the failure of the run, and starts nothing",
          "[application]") {
  Fixture f;
  f.scribe.privileged = [] { return fail<void>(Error::cannot_listen); };
  auto const result = f.application.run(f.reactor);
  REQUIRE_FALSE(result);
  CHECK(result.failure().is(Error::cannot_listen));
  CHECK(f.story == "privileged stop");
}

TEST_CASE("A start that fails is the failure of the run", "[application]") {
  Fixture f;
  f.scribe.start = [] { return fail<void>(Error::cannot_listen); };
  auto const result = f.application.run(f.reactor);
  REQUIRE_FALSE(result);
  CHECK(result.failure().is(Error::cannot_listen));
  CHECK(f.story == "privileged start stop");
}

TEST_CASE("A signal during the start is no failure", "[application]") {
  Fixture f;
  SECTION("that lets itself be cancelled") { f.scribe.privileged = never; }
  SECTION("that goes on regardless") {
    f.scribe.privileged = [] { return never().add_errback([](Failure const&) {}); };
  }
  f.after(1s, [&] { f.reactor.raise_signal(SIGTERM); });
  CHECK(f.application.run(f.reactor));
  CHECK(f.story == "privileged stop");
}

TEST_CASE("An application may be run again, and one that has run leaves signals to others",
          "[application]") {
  Fixture f;
  for (int i = 0; i < 2; ++i) {
    f.story.clear();
    f.after(1s, [&] { f.reactor.raise_signal(SIGTERM); });
    CHECK(f.application.run(f.reactor));
    CHECK(f.story == "privileged start stop");
  }
  f.story.clear();
  f.after(1s, [&] { f.reactor.raise_signal(SIGTERM); });
  f.after(1h, [] {});
  auto const before = f.reactor.now();
  f.reactor.run();
  CHECK(f.reactor.now() - before == 1s);
  CHECK(f.story.empty());
}

TEST_CASE("Inside a running reactor nothing is started", "[application]") {
  Fixture f;
  auto thrown = false;
  f.reactor.call_when_running([&] {
    try {
      static_cast<void>(f.application.run(f.reactor));
    } catch (ReactorAlreadyRunning const&) {
      thrown = true;
    }
    f.reactor.stop();
  });
  f.reactor.run();
  CHECK(thrown);
  CHECK(f.story.empty());
}

TEST_CASE("A user that does not exist is told before anything is done", "[application]") {
  Application::Settings settings;
  settings.privileges.user = "no-such-user";
  Application application("test", std::move(settings));
  std::string story;
  application.emplace_service<Scribe>(story);
  MemoryReactor reactor;
  auto const result = application.run(reactor);
  REQUIRE_FALSE(result);
  CHECK(result.failure().message() == "there is no user 'no-such-user'");
  CHECK(story.empty());
}

}  // namespace
