#include "clients/irc_log_session.h"

#include <csignal>
#include <optional>

#include "protocols/irc_error.h"
#include "reactor/fakes/memory_reactor.h"
#include "tests/clients/irc_log_fixture.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

struct Session : IrcLogFixture {
  using IrcLogFixture::IrcLogFixture;

  void start() {
    session.emplace(reactor, arguments);
    REQUIRE(session->start());
    connector = reactor.connectors().at(0);
  }
  void refuse(Failure const& why = std::make_error_code(std::errc::connection_refused)) {
    connector->fail(why);
    reactor.turn();
  }
  // A connection, as far as the channel.
  void succeed() {
    connector->succeed();
    deliver(":srv CAP * LS :\r\n:srv 001 twistedbot :hi\r\n:srv 422 twistedbot :no MOTD\r\n");
  }
  void join() { deliver(":twistedbot!t@h JOIN #chan\r\n"); }
  void deliver(std::string_view text) {
    connector->transport()->deliver(text);
    reactor.turn();
  }
  // How long it waits before it tries again, in steps of 10 ms.
  Duration pause() {
    Duration waited{};
    for (; !connector->attempting() && waited < 1h; waited += 10ms) reactor.advance(10ms);
    return waited;
  }

  MemoryReactor reactor;
  std::optional<IrcLogSession> session;
  std::shared_ptr<MemoryConnector> connector;
};

}  // namespace

TEST_CASE("A first connection that fails is not the last", "[irc-log][irc19]") {
  Session f;
  f.start();
  f.refuse();
  auto const first = f.pause();
  CHECK(first >= 2s);
  CHECK(first <= 2600ms);
  for (int i = 0; i < 20; ++i) {
    f.refuse();
    CHECK(f.pause() <= 5min);
  }
  f.succeed();
  f.join();
  CHECK(f.logged() == Lines{"[connected at TIME]", "[I have joined #chan]"});
  CHECK(f.log.count("cannot connect to irc.example:6697: ") >= 1);
}

TEST_CASE("The pauses do not shrink until a channel was joined", "[irc-log][irc20]") {
  Session f;
  f.start();
  Duration last{};
  for (int i = 0; i < 4; ++i) {
    f.succeed();
    f.deliver("ERROR :Closing link: reconnect too fast\r\n");
    f.connector->transport()->lose(Error::connection_done);
    f.reactor.turn();
    auto const now = f.pause();
    CHECK(now >= last);
    last = now;
  }
  CHECK(last > 15s);
  f.succeed();
  f.join();
  f.connector->transport()->lose(Error::connection_done);
  f.reactor.turn();
  CHECK(f.pause() <= 2600ms);
}

TEST_CASE("A server that falls silent is left, and another connection made", "[irc-log][irc21]") {
  Session f;
  f.arguments.lag_timeout = 10s;
  f.start();
  f.succeed();
  f.join();
  f.reactor.advance(10s);
  CHECK(f.connector->transport()->lost());
  CHECK(f.pause() < 3s);
}

TEST_CASE("A failed login is tried again after growing pauses", "[irc-log][irc10]") {
  Session f;
  f.arguments.irc.login = IrcCredentials{.user = "acc", .password = Secret("wrong")};
  f.start();
  Duration last{};
  for (int i = 0; i < 3; ++i) {
    f.connector->succeed();
    f.deliver(
        ":srv CAP * LS :sasl\r\n:srv CAP * ACK :sasl\r\nAUTHENTICATE +\r\n:srv 904 * :no\r\n");
    f.reactor.turn();
    auto const now = f.pause();
    CHECK(now >= last);
    last = now;
  }
  CHECK(f.log.count("irc-log: login: ") == 3);
  f.session->stop();
  CHECK(f.session->outcome().status == ExitStatus::login_refused);
}

TEST_CASE("A certificate that is not trusted ends it, unless it was trusted before",
          "[irc-log][irc12]") {
  Session f;
  f.start();
  f.refuse(Error::certificate_not_trusted);
  CHECK(f.session->outcome().status == ExitStatus::not_trusted);
  CHECK(f.pause() == 1h);
  Session pinned;
  pinned.start();
  pinned.refuse(Error::pin_mismatch);
  CHECK(pinned.session->outcome().status == ExitStatus::pin_mismatch);
  Session known;
  known.start();
  known.succeed();
  known.join();
  known.connector->transport()->lose();
  known.reactor.turn();
  known.pause();
  known.refuse(Error::certificate_not_trusted);
  CHECK(known.pause() < 1min);
}

TEST_CASE("Told to stop it says good-bye, and its last line is the disconnection",
          "[irc-log][irc47]") {
  Session f;
  f.start();
  f.succeed();
  f.join();
  f.connector->transport()->take();
  f.reactor.raise_signal(SIGTERM);
  f.reactor.turn();
  CHECK(f.connector->transport()->take().starts_with("QUIT"));
  f.connector->transport()->lose(Error::connection_done);
  f.reactor.turn();
  CHECK(f.logged().back() == "[disconnected at TIME]");
  CHECK(f.session->outcome().status == ExitStatus::done);
  CHECK(f.pause() == 1h);
}

TEST_CASE("A server that does not take a good-bye is not waited for", "[irc-log][irc47]") {
  Session f;
  f.start();
  f.succeed();
  f.join();
  f.session->stop();
  f.reactor.advance(1s);
  f.reactor.turn();
  CHECK(f.connector->transport()->lost());
  CHECK(f.logged().back() == "[disconnected at TIME]");
  Session other;
  other.start();
  other.succeed();
  other.session->stop();
  other.session->stop();
  other.reactor.turn();
  CHECK(other.connector->transport()->aborted());
}

TEST_CASE("Told to stop while it waits or connects it stops at once", "[irc-log]") {
  Session f;
  f.start();
  f.refuse();
  f.session->stop();
  CHECK(f.pause() == 1h);
  Session connecting;
  connecting.start();
  connecting.reactor.turn();
  connecting.session->stop();
  connecting.reactor.turn();
  CHECK_FALSE(connecting.connector->attempting());
}

TEST_CASE("A log that cannot be kept is said before anything is connected", "[irc-log]") {
  Session f;
  f.arguments.log.path = IrcLogTemplate::parse(f.scratch.path("missing/log")).value();
  f.session.emplace(f.reactor, f.arguments);
  CHECK_FALSE(f.session->start());
  CHECK(f.reactor.connectors().empty());
}
