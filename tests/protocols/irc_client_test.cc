// What happens on a server is told, whatever it is.
#include "protocols/irc_client.h"

#include <string>

#include "tests/protocols/support/irc_session.h"
#include "tests/protocols/support/splits.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("What is said is told by kind", "[irc]") {
  SignedOn f;
  CHECK(f.events_of(":bob!b@h PRIVMSG #c :hello  all ") == Lines{"privmsg bob #c hello  all "});
  CHECK(f.events_of(":bob!b@h NOTICE me :psst") == Lines{"noticed bob me psst"});
  CHECK(f.events_of("NOTICE * :*** Looking up") == Lines{"noticed  * *** Looking up"});
  CHECK(f.events_of(":bob!b@h PRIVMSG #c :\001ACTION waves\001") == Lines{"action bob #c waves"});
  CHECK(f.events_of(":bob!b@h PRIVMSG @#c :\001ACTION waves") == Lines{"action bob @#c waves"});
  CHECK(f.events_of(":bob!b@h NOTICE me :\001VERSION x 1\001") ==
        Lines{"ctcp_reply bob VERSION x 1"});
  CHECK(f.events_of(":bob!b@h PRIVMSG #c :\001") == Lines{"privmsg bob #c \001"});
  CHECK(f.events_of(":me!m@h PRIVMSG #c :my own") == Lines{"privmsg me #c my own"});
}

TEST_CASE("Comings and goings are told, one's own and others'", "[irc]") {
  SignedOn f;
  CHECK(f.events_of(":me!m@h JOIN #c") == Lines{"joined #c"});
  CHECK(f.events_of(":me!m@h JOIN #c * :My Name") == Lines{"joined #c"});
  CHECK(f.events_of(":bob!b@h JOIN :#c") == Lines{"user_joined bob #c"});
  CHECK(f.events_of(":bob!b@h JOIN #c,#d") == Lines{"user_joined bob #c", "user_joined bob #d"});
  CHECK(f.events_of(":bob!b@h PART #c :bye all") == Lines{"user_left bob #c bye all"});
  CHECK(f.events_of(":me!m@h PART #c") == Lines{"left #c"});
  CHECK(f.events_of(":bob!b@h QUIT :gone") == Lines{"user_quit bob gone"});
  CHECK(f.events_of(":bob!b@h QUIT") == Lines{"user_quit bob "});
  CHECK(f.events_of(":op!o@h KICK #c bob :out") == Lines{"user_kicked bob #c op out"});
  CHECK(f.events_of(":op!o@h KICK #c ME") == Lines{"kicked_from #c op "});
  CHECK(f.events_of(":op!o@h INVITE me #d") == Lines{"invited op me #d"});
}

TEST_CASE("A nick that begins with one's own is another's", "[irc][irc27]") {
  SignedOn f;
  CHECK(f.events_of(":me2!m@h JOIN #c") == Lines{"user_joined me2 #c"});
  CHECK(f.events_of(":m!m@h JOIN #c") == Lines{"user_joined m #c"});
  CHECK(f.events_of(":me2!m@h NICK me3") == Lines{"user_renamed me2 me3"});
  CHECK(f.events_of(":op!o@h KICK #c me2 :x") == Lines{"user_kicked me2 #c op x"});
  CHECK(f.client.nick() == "me");
}

TEST_CASE("One's own nick is followed", "[irc][irc17]") {
  SignedOn f;
  CHECK(f.events_of(":me!m@h NICK :Guest12") == Lines{"nick_changed Guest12"});
  CHECK(f.client.nick() == "Guest12");
  CHECK(f.client.is_me("guest12"));
  CHECK_FALSE(f.client.is_me("me"));
  CHECK(f.events_of(":bob!b@h NICK me") == Lines{"user_renamed bob me"});
  CHECK(f.client.own_source() == "Guest12!m@h");
}

TEST_CASE("Whether two nicks are one is as the server says", "[irc][irc18]") {
  IrcSession f({.nick = "TWX[LOG]", .capabilities = {}});
  f.deliver({":srv 001 TWX[LOG] :Welcome"});
  CHECK(f.client.is_me("twx{log}"));
  f.deliver(":srv 005 TWX[LOG] CASEMAPPING=ascii :are supported");
  CHECK_FALSE(f.client.is_me("twx{log}"));
  CHECK(f.client.is_me("twx[log]"));
  f.client.events.clear();
  f.deliver(":twx{log}!x@h JOIN #c");
  CHECK(f.client.events == Lines{"user_joined twx{log} #c"});
}

TEST_CASE("Topics, modes and names are told", "[irc]") {
  SignedOn f;
  CHECK(f.events_of(":bob!b@h TOPIC #c :new one") == Lines{"topic bob #c new one"});
  CHECK(f.events_of(":srv 332 me #c :the topic") == Lines{"topic srv #c the topic"});
  CHECK(f.events_of(":srv 331 me #c :No topic is set") == Lines{"topic srv #c "});
  CHECK(f.events_of(":op!o@h MODE #c +o-v bob al") == Lines{"mode op #c +obob-val"});
  CHECK(f.events_of(":me MODE me :+ix") == Lines{"mode me me +i+x"});
  CHECK(f.events_of(":srv 353 me = #c :@op +al bob") == Lines{"names #c @op +al bob"});
  CHECK(f.events_of(":srv 353 me #c :bob") == Lines{"names #c bob"});
  CHECK(f.events_of(":srv 366 me #c :End") == Lines{"names_ended #c"});
}

TEST_CASE("The server's own words are told", "[irc]") {
  SignedOn f;
  CHECK(f.events_of("ERROR :Closing link") == Lines{"error Closing link"});
  CHECK(f.events_of(":srv PONG srv :abc") == Lines{"pong abc"});
  f.deliver({":srv 375 me :- start", ":srv 372 me :- one", ":srv 372 me :- two"});
  CHECK(f.events_of(":srv 376 me :End") == Lines{"motd|- one|- two"});
  CHECK(f.events_of(":srv 422 me :No MOTD") == Lines{"motd"});
  CHECK(f.events_of(":srv BATCH +a netsplit x y") == Lines{"batch + netsplit"});
  CHECK(f.client.batches().size() == 1);
  CHECK(f.events_of(":srv BATCH -a") == Lines{"batch - netsplit"});
}

TEST_CASE("Every message is told, most numbers only so", "[irc]") {
  SignedOn f;
  auto const before = f.client.messages;
  f.deliver(
      {":srv 473 me #c :Invite only", ":srv 470 me #c ##over :Forward", "WALLOPS :x", "PING 1"});
  CHECK(f.client.messages == before + 4);
  CHECK(f.client.unknown ==
        Lines{":srv 473 me #c :Invite only", ":srv 470 me #c ##over :Forward", "WALLOPS :x"});
}

TEST_CASE("Batches end with the connection", "[irc][irc36]") {
  SignedOn f;
  f.deliver(":srv BATCH +a netsplit x y");
  f.wire.lose();
  CHECK(f.client.batches().size() == 0);
}

// --- nasty input ---

TEST_CASE("Messages that lack something have no effect", "[irc][irc32]") {
  SignedOn f;
  Lines const malformed{":bob!b@h PRIVMSG",
                        ":bob!b@h PRIVMSG #c",
                        "PRIVMSG #c :x",
                        ": PRIVMSG #c :x",
                        ":bob!b@h NOTICE",
                        ":bob!b@h JOIN",
                        "JOIN #c",
                        ": JOIN #c",
                        ":bob!b@h PART",
                        "PART #c",
                        "QUIT",
                        ": QUIT :x",
                        ":bob!b@h NICK",
                        "NICK x",
                        ":bob!b@h NICK :",
                        ":op KICK #c",
                        ":op KICK",
                        ":op MODE",
                        ":op MODE #c",
                        ":bob!b@h TOPIC",
                        ":srv 353",
                        ":srv 353 me",
                        ":srv 366 me",
                        ":srv 332 me #c",
                        ":srv 331",
                        ":srv 005",
                        ":srv 005 me",
                        ":srv 372",
                        ":srv BATCH",
                        ":srv CAP",
                        ":srv CAP *",
                        "AUTHENTICATE",
                        ":op INVITE me",
                        ":",
                        ":x",
                        "@a=b",
                        "@",
                        ":srv 396 me",
                        "@a :x",
                        "@a :bob!b@h JOIN",
                        ":srv 001",
                        ":bob CHGHOST x"};
  CHECK(malformed.size() >= 40);
  for (auto const& line : malformed) {
    f.deliver(line);
    INFO(line);
    CHECK(f.client.bad == Lines{line});
    f.client.bad.clear();
  }
  CHECK(f.client.events.empty());
  CHECK(f.events_of(":bob!b@h PRIVMSG #c :well") == Lines{"privmsg bob #c well"});
}

TEST_CASE("Empty lines are nothing", "[irc][irc32]") {
  SignedOn f;
  f.wire.deliver("\r\n\n \r\n\r\r\n");
  CHECK(f.client.bad.empty());
  CHECK(f.client.events.empty());
}

TEST_CASE("A line that is too long is left out, the next one is whole", "[irc][irc28]") {
  SignedOn f;
  auto const* const end = GENERATE("\r\n", "\n");
  f.wire.deliver(":bob!b@h PRIVMSG #c :" + std::string(20'000, 'x') + end);
  f.wire.deliver(":bob!b@h PRIVMSG #c :next" + std::string(end));
  CHECK(f.client.events == Lines{"privmsg bob #c next"});
  REQUIRE(f.client.bad.size() == 1);
  CHECK(f.client.bad.front().size() == 512);
}

TEST_CASE("So it is however it is cut", "[irc][irc28][irc30]") {
  auto const stream = ":a!b@h PRIVMSG #c :1\r\n:a!b@h PRIVMSG #c :" + std::string(14'000, 'x') +
                      "\r\n:a!b@h PRIVMSG #c :2\n" + std::string(30'000, 'y') +
                      "\n:a!b@h PRIVMSG #c :3\r\n";
  for (std::size_t const size : {1, 2, 7, 100, 12'287, 12'288, 12'289, 12'290, 20'000, 65'536}) {
    SignedOn f;
    for (auto const piece : in_pieces(stream, size)) f.wire.deliver(piece);
    CHECK(f.client.events == Lines{"privmsg a #c 1", "privmsg a #c 2", "privmsg a #c 3"});
    CHECK(f.client.bad.size() == 2);
  }
}

TEST_CASE("An endless line takes no memory, and things go on behind it", "[irc][irc29]") {
  SignedOn f;
  std::string const piece(65'536, 'x');
  for (int i = 0; i < 256; ++i) f.client.data_received(bytes(piece));  // 16 MiB
  f.wire.deliver("\n:bob!b@h PRIVMSG #c :well\n");
  CHECK(f.client.events == Lines{"privmsg bob #c well"});
  CHECK(f.client.bad.size() == 1);
}

TEST_CASE("Byte by byte, with LF or CR LF, the same comes", "[irc][irc30]") {
  std::string const stream =
      ":a!b@h JOIN #c\r\n:a!b@h PRIVMSG #c :one\n@time=x :a!b@h PRIVMSG #c :two\r\n:a!b@h QUIT\n";
  for (auto const& pieces : splits(stream)) {
    SignedOn f;
    for (auto const each : pieces) f.wire.deliver(each);
    CHECK(f.client.events ==
          Lines{"user_joined a #c", "privmsg a #c one", "privmsg a #c two", "user_quit a "});
  }
}

TEST_CASE("No text of tags becomes a message", "[irc][irc31]") {
  SignedOn f;
  f.deliver("@a=" + std::string(8200, 'x') + " :bob!b@h PRIVMSG #c :too much");
  f.deliver("@" + std::string(30'000, 'x') + ":bob!b@h PRIVMSG #c :x");
  CHECK(f.client.events.empty());
  CHECK(f.client.bad.size() == 2);
  f.deliver("@a=\\n:bob!b@h\\sPRIVMSG;b=\\r\\n :bob!b@h PRIVMSG #c :text");
  CHECK(f.client.events == Lines{"privmsg bob #c text"});
}

TEST_CASE("A message of the day without an end is not kept for ever", "[irc][irc29]") {
  SignedOn f;
  for (int i = 0; i < 5000; ++i) f.deliver(":srv 372 me :- x");
  f.deliver(":srv 376 me :End");
  CHECK(f.client.events.back().size() == 4 + 500 * 4);
}

}  // namespace
