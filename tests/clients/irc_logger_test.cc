#include "clients/irc_logger.h"

#include <algorithm>
#include <optional>

#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/clients/irc_log_fixture.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

struct Logging : IrcLogFixture {
  using IrcLogFixture::IrcLogFixture;

  void connect() {
    if (!book) book.emplace(clock, arguments);
    wire.emplace(&clock);
    logger.emplace(clock, arguments, *book,
                   IrcLogger::Told{.in = [this] { ++joins; },
                                   .login_refused = [this](Failure const& why) { refused = why; },
                                   .wrote = [] {}});
    wire->connect(*logger);
  }
  void deliver(std::string_view line) {
    wire->deliver(std::string(line) + "\r\n");
    wire->turn();
  }
  void deliver(std::initializer_list<std::string_view> lines) {
    for (auto const line : lines) deliver(line);
  }
  // As far as JOIN, with nothing left to be read.
  void sign_on(std::string_view tokens = "NETWORK=Net", std::string_view capabilities = "") {
    connect();
    deliver(":srv CAP * LS :" + std::string(capabilities));
    if (!capabilities.empty()) deliver(":srv CAP * ACK :" + std::string(capabilities));
    deliver(":srv 001 twistedbot :Welcome");
    deliver(":srv 005 twistedbot " + std::string(tokens) + " :are supported");
    deliver(":srv 422 twistedbot :no MOTD");
  }
  void join(std::string_view channel = "#chan", std::string_view names = "@ann bob twistedbot") {
    deliver(":twistedbot!t@h JOIN " + std::string(channel));
    deliver(":srv 353 twistedbot = " + std::string(channel) + " :" + std::string(names));
  }
  void begin(std::string_view tokens = "NETWORK=Net", std::string_view capabilities = "") {
    sign_on(tokens, capabilities);
    join();
    wire->take();
  }
  Lines sent() { return lines_of(wire->take()); }
  Lines sent(std::string_view beginning) {
    auto lines = sent();
    std::erase_if(lines, [=](auto const& line) { return !line.starts_with(beginning); });
    return lines;
  }
  void lose(Failure const& why = Error::connection_done) { wire->lose(why); }
  // Of the log, behind the lines of the connection.
  Lines said() const {
    auto lines = logged();
    std::erase_if(lines, [](auto const& line) {
      return line.starts_with("[connected") || line.starts_with("[I have joined");
    });
    return lines;
  }

  FakeClock clock;
  std::optional<IrcLogBook> book;
  std::optional<FakeTransport> wire;
  std::optional<IrcLogger> logger;
  int joins = 0;
  std::optional<Failure> refused;
};

}  // namespace

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

// --- staying in ---

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

// --- splits, gaps, history ---

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
