// An IrcLogger stays in its channels, or comes back, whatever becomes of it there.
#include "clients/irc_logger.h"
#include "tests/clients/irc_logging.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

TEST_CASE("A server that falls silent is left", "[irc-log][irc21]") {
  Logging f;
  f.arguments.lag_timeout = 4min;
  f.begin();
  f.clock.advance(2min);
  CHECK(f.sent() == Lines{"PING :twx"});
  f.deliver(":srv PONG srv :twx");
  f.clock.advance(2min);
  CHECK(f.sent() == Lines{"PING :twx"});
  f.clock.advance(2min);
  f.wire->turn();
  CHECK(f.wire->aborted());
}

TEST_CASE("Kicked, it says so, waits, and joins once", "[irc-log][irc22]") {
  Logging f;
  f.begin();
  f.deliver(":ann!a@h KICK #chan bob :not you");
  f.clock.advance(1min);
  CHECK(f.sent().empty());
  f.deliver(":ann!a@h KICK #chan twistedbot :out");
  CHECK(f.sent().empty());
  f.clock.advance(5s);
  CHECK(f.sent() == Lines{"JOIN #chan"});
  f.join();
  f.clock.advance(1min);
  CHECK(f.sent().empty());
  CHECK(f.said() == Lines{"*** bob was kicked by ann (not you)",
                          "*** twistedbot was kicked by ann (out)", "[gap of 00:00:05]"});
}

TEST_CASE("A refusal is told once for each cause", "[irc-log][irc23][irc24]") {
  Logging f;
  f.sign_on();
  f.sent();
  for (int i = 0; i < 4; ++i) {
    f.deliver(":srv 474 twistedbot #chan :Cannot join channel (+b)");
    f.clock.advance(10min);
    CHECK(f.sent("JOIN").size() >= 1);
  }
  f.deliver({":srv 477 twistedbot #chan :You need a login", ":srv 474 twistedbot #chan :(+b)"});
  CHECK(f.said() == Lines{"[cannot join #chan: Cannot join channel (+b) (474)]",
                          "[cannot join #chan: You need a login (477)]"});
  CHECK(f.log.count("cannot join #chan") == 2);
}

TEST_CASE("Led elsewhere, it is not in the channel, and leaves", "[irc-log][irc25]") {
  Logging f;
  f.sign_on();
  f.sent();
  f.deliver({":srv 470 twistedbot #chan ##overflow :Forwarding", ":twistedbot!t@h JOIN ##overflow",
             ":ann!a@h PRIVMSG ##overflow :elsewhere"});
  CHECK(f.sent() == Lines{"PART ##overflow"});
  CHECK(f.logged() == Lines{"[connected at TIME]",
                            "[cannot join #chan: Forwarding (470, forwarded to ##overflow)]"});
  CHECK(f.joins == 0);
}

TEST_CASE("A login that comes later opens the channel at once", "[irc-log][irc26]") {
  for (auto const* const login : {":srv 900 twistedbot n!u@h acc :You are now logged in",
                                  ":NickServ!n@s MODE twistedbot :+r"}) {
    Logging f;
    f.sign_on();
    f.deliver(":srv 477 twistedbot #chan :You need a login");
    f.sent();
    f.deliver(login);
    CHECK(f.sent() == Lines{"JOIN #chan"});
  }
}

TEST_CASE("Another's nick may begin with one's own", "[irc-log][irc27]") {
  Logging f;
  f.sign_on();
  f.deliver(":twistedbot2!t@h JOIN #chan");
  CHECK(f.joins == 0);
  CHECK(f.said() == Lines{"*** Joins: twistedbot2 (t@h)"});
}

TEST_CASE("A batch that was cut off is over with its connection", "[irc-log][irc36]") {
  Logging f;
  f.begin("NETWORK=Net", "batch");
  f.deliver(
      {":srv BATCH +1 chathistory #chan", "@batch=1 :ann!a@h PRIVMSG #chan :twistedbot: old"});
  CHECK(f.sent().empty());
  f.lose();
  f.begin("NETWORK=Net", "batch");
  f.deliver("@batch=1 :ann!a@h PRIVMSG #chan :twistedbot: new");
  CHECK(f.sent().size() == 1);
}

TEST_CASE("The greeting may have no end: it joins all the same", "[irc-log]") {
  Logging f;
  f.connect();
  f.deliver({":srv CAP * LS :", ":srv 001 twistedbot :Welcome"});
  f.sent();
  f.clock.advance(500ms);
  CHECK(f.sent() == Lines{"JOIN #chan"});
}

TEST_CASE("An invitation to a channel that it waits for is taken", "[irc-log]") {
  Logging f;
  f.sign_on();
  f.deliver({":srv 473 twistedbot #chan :(+i)"});
  f.sent();
  f.deliver({":ann!a@h INVITE twistedbot #other", ":ann!a@h INVITE twistedbot #chan"});
  CHECK(f.sent() == Lines{"JOIN #chan"});
}

TEST_CASE("A server that has bots gets one", "[irc-log]") {
  Logging f;
  f.sign_on("BOT=B");
  CHECK(f.sent("MODE") == Lines{"MODE twistedbot +B"});
}

}  // namespace
