#include "clients/irc_logger.h"

#include <algorithm>

#include "tests/clients/irc_logging.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

// --- the seed's lines ---

TEST_CASE("The lines and answers are those of Twisted's bot", "[irc-log]") {
  Logging f;
  f.sign_on();
  CHECK(f.sent().back() == "JOIN #chan");
  f.join();
  f.deliver({":ann!a@h PRIVMSG #chan :hello", ":ann!a@h PRIVMSG twistedbot :psst",
             ":ann!a@h PRIVMSG #chan :twistedbot: are you there?",
             ":ann!a@h PRIVMSG #chan :\x01"
             "ACTION waves\x01",
             ":ann!a@h NICK :eve"});
  CHECK(f.sent() == Lines{"PRIVMSG ann :It isn't nice to whisper! Play nice with the group.",
                          "PRIVMSG #chan :ann: I am a log bot"});
  f.lose();
  CHECK(f.logged() == Lines{"[connected at TIME]", "[I have joined #chan]", "<ann> hello",
                            "<ann> psst", "<ann> twistedbot: are you there?",
                            "<twistedbot> ann: I am a log bot", "* ann waves",
                            "ann is now known as eve", "[disconnected at TIME]"});
  CHECK(f.joins == 1);
}

TEST_CASE("What else happens is in the log as well", "[irc-log]") {
  Logging f;
  f.begin();
  f.deliver({":carl!c@h JOIN #chan", ":carl!c@h PART #chan :later", ":bob!b@h QUIT :Quit: bye",
             ":ann!a@h KICK #chan dora :out", ":ann!a@h MODE #chan +o-v eve bob",
             ":ann!a@h TOPIC #chan :new", ":ann!a@h NOTICE #chan :note", ":srv NOTICE * :no",
             ":srv 332 twistedbot #chan :told to who joins"});
  CHECK(f.said() == Lines{"*** Joins: carl (c@h)", "*** Parts: carl (c@h) (later)",
                          "*** Quits: bob (b@h) (Quit: bye)", "*** dora was kicked by ann (out)",
                          "*** ann sets mode: +o-v eve bob", "*** ann changes topic to 'new'",
                          "-ann- note"});
}

TEST_CASE("With several channels a QUIT and a NICK are in those where the person was",
          "[irc-log]") {
  Logging f({"#a", "#b"});
  f.sign_on();
  f.join("#a", "ann bob");
  f.join("#b", "ann");
  f.deliver({":bob!b@h NICK rob", ":ann!a@h QUIT :bye", ":rob!b@h PRIVMSG #a :alone"});
  CHECK(f.said() == Lines{"#a bob is now known as rob", "#a *** Quits: ann (a@h) (bye)",
                          "#b *** Quits: ann (a@h) (bye)", "#a <rob> alone"});
}

TEST_CASE("Who is ignored is neither logged nor answered", "[irc-log]") {
  Logging f;
  f.arguments.ignored = {"*!*@spam.example"};
  f.begin();
  f.deliver({":x!y@spam.example JOIN #chan", ":x!y@spam.example PRIVMSG #chan :twistedbot: hi",
             ":x!y@spam.example PRIVMSG twistedbot :hi", ":x!y@spam.example NICK z",
             ":z!y@spam.example QUIT :bye"});
  CHECK(f.said().empty());
  CHECK(f.sent().empty());
}

// --- login ---

TEST_CASE("Where SASL fails nothing is joined, the error is told, and the end comes",
          "[irc-log][irc10]") {
  Logging f;
  f.arguments.irc.login = IrcCredentials{.user = "acc", .password = Secret("wrong")};
  f.connect();
  f.deliver({":srv CAP * LS :sasl", ":srv CAP * ACK :sasl", "AUTHENTICATE +",
             ":srv 904 * :SASL authentication \x1b[31mfailed"});
  auto const sent = f.sent();
  CHECK(sent.back() == "QUIT");
  CHECK(f.wire->lost());
  CHECK(
      std::none_of(sent.begin(), sent.end(), [](auto& line) { return line.starts_with("JOIN"); }));
  REQUIRE(f.refused);
  CHECK(f.refused->code() == IrcError::login_refused);
  CHECK_THAT(f.log.text(), ContainsSubstring("SASL authentication \\x1b[31mfailed"));
}

TEST_CASE("A login that gets no answer ends the connection after 30 s", "[irc-log][irc11]") {
  Logging f;
  f.arguments.irc.login = IrcCredentials{.user = "acc", .password = Secret("pw")};
  f.connect();
  f.deliver({":srv CAP * LS :sasl", ":srv CAP * ACK :sasl"});
  f.clock.advance(30s);
  f.wire->turn();
  CHECK(f.wire->lost());
}

TEST_CASE("NickServ is told first; channels are joined when it has answered, or after a while",
          "[irc-log]") {
  for (auto const* const answer : {":srv 900 twistedbot n!u@h acc :You are now logged in",
                                   ":NickServ MODE twistedbot :+r", ""}) {
    Logging f;
    f.arguments.nickserv_password = Secret("pw");
    f.sign_on();
    CHECK(f.sent().back() == "PRIVMSG NickServ :IDENTIFY pw");
    if (*answer)
      f.deliver(answer);
    else
      f.clock.advance(5s);
    CHECK(f.sent() == Lines{"JOIN #chan"});
  }
}

// --- nicks ---

TEST_CASE("Six nicks are tried, with pauses between them", "[irc-log][irc14]") {
  Logging f;
  f.connect();
  f.deliver(":srv CAP * LS :");
  Lines nicks = f.sent("NICK");
  for (int i = 0; i < 5; ++i) {
    f.deliver(":srv 433 * x :Nickname is already in use");
    CHECK(f.sent("NICK").empty());
    f.clock.advance(10s);
    for (auto const& nick : f.sent("NICK")) nicks.push_back(nick);
  }
  CHECK(nicks == Lines{"NICK twistedbot", "NICK twistedbot_", "NICK twistedbot__",
                       "NICK twistedbot3", "NICK twistedbot4", "NICK twistedbot5"});
}

TEST_CASE("A server that refuses every nick is not flooded", "[irc-log][irc15]") {
  Logging f;
  f.connect();
  f.deliver(":srv CAP * LS :");
  f.sent();
  std::size_t tries = 1;
  f.deliver(":srv 433 * x :Nickname is already in use");
  for (int tick = 0; tick < 300; ++tick) {
    f.clock.advance(10ms);
    auto const now = f.sent("NICK").size();
    tries += now;
    if (now > 0) f.deliver(":srv 433 * x :Nickname is already in use");
  }
  CHECK(tries <= 30);
  CHECK(tries > 3);
  CHECK_FALSE(f.wire->lost());
}

TEST_CASE("A nick that is too long is cut", "[irc-log][irc16]") {
  Logging f;
  f.connect();
  f.deliver({":srv CAP * LS :", ":srv 432 * twistedbot :Nickname too long"});
  f.sent();
  f.clock.advance(1s);
  CHECK(f.sent() == Lines{"NICK twistedbo"});
}

TEST_CASE("Renamed by the server it answers to its new name", "[irc-log][irc17]") {
  Logging f;
  f.begin();
  f.deliver({":twistedbot!t@h NICK Guest7", ":ann!a@h PRIVMSG #chan :twistedbot: hi",
             ":ann!a@h PRIVMSG #chan :guest7: hi", ":ann!a@h PRIVMSG Guest7 :hi"});
  CHECK(f.sent() == Lines{"PRIVMSG #chan :ann: I am a log bot",
                          "PRIVMSG ann :It isn't nice to whisper! Play nice with the group."});
  CHECK(f.said()[0] == "twistedbot is now known as Guest7");
  CHECK(f.said()[3] == "<Guest7> ann: I am a log bot");
}

TEST_CASE("The wanted nick is taken when its owner goes, and asked for now and then", "[irc-log]") {
  Logging f;
  f.begin();
  f.deliver({":twistedbot!t@h NICK other", ":twistedbot!x@y QUIT :bye"});
  CHECK(f.sent() == Lines{"NICK twistedbot"});
  f.deliver(":srv 433 other twistedbot :in use");
  f.clock.advance(1min);
  CHECK(f.sent("NICK").size() == 1);
  f.deliver(":other!t@h NICK twistedbot");
  f.clock.advance(1h);
  CHECK(f.sent("NICK").empty());
}

TEST_CASE("Names are one name by CASEMAPPING", "[irc-log][irc18]") {
  Logging f({"#TWX[LOG]"});
  f.sign_on("CASEMAPPING=rfc1459");
  f.join("#twx{log}");
  f.deliver(":ann!a@h PRIVMSG #Twx[Log} :one");
  CHECK(f.said() == Lines{"<ann> one"});
  Logging other({"#TWX[LOG]"});
  other.sign_on("CASEMAPPING=ascii");
  other.join("#twx[log]");
  other.deliver({":ann!a@h PRIVMSG #twx{log} :another", ":ann!a@h PRIVMSG #twx[LOG] :one"});
  CHECK(other.said() == Lines{"<ann> one"});
}

// --- answers ---

TEST_CASE("Fifty questions at once get few answers, and PING is answered at once",
          "[irc-log][irc38]") {
  Logging f;
  f.begin();
  for (int i = 0; i < 50; ++i) f.deliver(":ann!a@h PRIVMSG twistedbot :\x01VERSION\x01");
  f.deliver("PING :now");
  auto const sent = f.sent();
  CHECK(sent.back() == "PONG :now");
  CHECK(sent.size() - 1 <= 8);
  CHECK(sent.front() == "NOTICE ann :\x01VERSION twx\x01");
}

TEST_CASE("A hundred whispers get few answers, a NOTICE none", "[irc-log][irc39]") {
  Logging f;
  f.begin();
  for (int i = 0; i < 100; ++i) f.deliver(":ann!a@h PRIVMSG twistedbot :psst");
  f.clock.advance(10s);
  auto const answers = f.sent("PRIVMSG").size();
  CHECK(answers >= 1);
  CHECK(answers <= 12);
  f.clock.advance(1h);
  f.sent();
  f.deliver({":ann!a@h NOTICE twistedbot :psst", ":ann!a@h NOTICE #chan :twistedbot: hi",
             ":irc.example PRIVMSG twistedbot :a server"});
  CHECK(f.sent().empty());
}

TEST_CASE("With echo-message an answer is in the log once, and not answered", "[irc-log][irc40]") {
  Logging f;
  f.begin("NETWORK=Net", "echo-message");
  f.deliver(":ann!a@h PRIVMSG #chan :twistedbot: hi");
  CHECK(f.sent() == Lines{"PRIVMSG #chan :ann: I am a log bot"});
  f.deliver({":twistedbot!t@h PRIVMSG #chan :ann: I am a log bot",
             ":twistedbot!t@h PRIVMSG #chan :twistedbot: hi", ":twistedbot!t@h PRIVMSG ann :hush"});
  CHECK(f.sent().empty());
  CHECK(f.said() == Lines{"<ann> twistedbot: hi", "<twistedbot> ann: I am a log bot",
                          "<twistedbot> twistedbot: hi"});
}

TEST_CASE("Two bots of a kind do not talk to each other for ever", "[irc-log]") {
  Logging f;
  f.begin();
  f.deliver({":other!t@h PRIVMSG #chan :twistedbot: I am a log bot",
             "@bot :third!t@h PRIVMSG #chan :twistedbot: hi"});
  CHECK(f.sent().empty());
}

TEST_CASE("Told to be silent it answers nothing", "[irc-log]") {
  Logging f;
  f.arguments.replies = false;
  f.begin();
  f.deliver({":ann!a@h PRIVMSG twistedbot :psst", ":ann!a@h PRIVMSG #chan :twistedbot: hi",
             ":ann!a@h PRIVMSG twistedbot :\x01VERSION\x01"});
  CHECK(f.sent().empty());
}

}  // namespace
