// What an IrcLogger missed, and who is gone with a part of the network.
#include "clients/irc_logger.h"
#include "tests/clients/irc_logging.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

TEST_CASE("A netsplit is one line, with or without a batch", "[irc-log]") {
  Logging f;
  f.begin("NETWORK=Net", "batch");
  f.deliver({":ann!a@h QUIT :a.example b.example", ":bob!b@h QUIT :a.example b.example"});
  f.clock.advance(5s);
  f.deliver({":ann!a@h JOIN #chan", ":srv BATCH +1 netsplit c.example d.example",
             "@batch=1 :ann!a@h QUIT :c d", ":srv BATCH -1"});
  CHECK(f.said() == Lines{"[netsplit: a.example b.example: ann, bob]",
                          "[netsplit over: a.example b.example: ann]",
                          "[netsplit: c.example d.example: ann]"});
}

TEST_CASE("Behind an interruption there is its length", "[irc-log]") {
  Logging f;
  f.begin();
  f.lose();
  f.clock.advance(192s);
  f.begin();
  CHECK(f.said() == Lines{"[disconnected at TIME]", "[gap of 00:03:12]"});
  f.clock.advance(100s);
  f.lose(Error::connection_lost);
  f.begin();
  CHECK(f.said().back() == "[gap of 00:01:40]");  // since the last word
}

TEST_CASE("What a server remembers of a gap is logged, and nothing twice", "[irc-log]") {
  Logging f;
  constexpr auto tokens = "NETWORK=Net CHATHISTORY=50";
  constexpr auto capabilities = "batch server-time message-tags draft/chathistory";
  f.begin(tokens, capabilities);
  f.deliver("@msgid=m1;time=2026-11-21T10:00:00.000Z :ann!a@h PRIVMSG #chan :same");
  f.lose();
  f.clock.advance(60s);
  f.sign_on(tokens, capabilities);
  f.sent();
  f.join();
  CHECK(f.sent() == Lines{"CHATHISTORY AFTER #chan msgid=m1 50"});
  f.deliver({"@msgid=m4;time=2026-11-21T10:01:01.000Z :ann!a@h PRIVMSG #chan :live",
             ":srv BATCH +h chathistory #chan",
             "@batch=h;msgid=m2;time=2026-11-21T10:00:00.000Z :ann!a@h PRIVMSG #chan :same",
             "@batch=h;msgid=m3;time=2026-11-21T10:00:30.000Z :bob!b@h PRIVMSG #chan :missed",
             ":srv BATCH -h"});
  CHECK(f.sent() == Lines{"CHATHISTORY AFTER #chan msgid=m3 50"});
  f.deliver({":srv BATCH +i chathistory #chan",
             "@batch=i;msgid=m4;time=2026-11-21T10:01:01.000Z :ann!a@h PRIVMSG #chan :live",
             ":srv BATCH -i"});
  CHECK(f.sent().empty());
  CHECK(f.said() == Lines{"<ann> same", "[disconnected at TIME]",
                          "[gap of 00:01:00: what the server remembers of it follows]",
                          "<ann> live", "<ann> same", "<bob> missed"});
}

TEST_CASE("A history that ends too soon is told of", "[irc-log]") {
  Logging f;
  constexpr auto capabilities = "batch server-time message-tags draft/chathistory";
  f.begin("CHATHISTORY=50", capabilities);
  f.deliver("@msgid=m1;time=2026-11-21T10:00:00.000Z :ann!a@h PRIVMSG #chan :one");
  f.lose();
  f.begin("CHATHISTORY=50", capabilities);
  f.deliver(":srv FAIL CHATHISTORY INVALID_TARGET AFTER #chan :unknown id");
  CHECK(f.sent() == Lines{"CHATHISTORY AFTER #chan timestamp=2026-11-21T10:00:00.000Z 50"});
  f.deliver(":srv FAIL CHATHISTORY MESSAGE_ERROR AFTER #chan :no");
  CHECK(f.said().back() == "[the server does not remember all of it]");
}

TEST_CASE("The name of the network is known before a file is named after it", "[irc-log]") {
  Logging f;
  f.arguments.log.path = IrcLogTemplate::parse(f.scratch.path("{network}")).value();
  f.connect();
  f.lose();
  f.begin();
  CHECK(f.book->network() == "Net");
  CHECK(std::ifstream(f.scratch.path("Net")).good());
  CHECK_FALSE(std::ifstream(f.scratch.path("irc.example")).good());
}

TEST_CASE("A time that no clock can show is none", "[irc-log]") {
  Logging f;
  f.arguments.log.time = IrcLogTime::server;
  f.begin();
  f.deliver({"@time=9999-12-31T23:59:59.999Z :ann!a@h PRIVMSG #chan :far",
             "@time=0001-01-01T00:00:00.000Z :ann!a@h PRIVMSG #chan :long ago"});
  CHECK(f.said() == Lines{"<ann> far", "<ann> long ago"});
}

}  // namespace
