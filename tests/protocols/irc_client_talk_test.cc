// What a client says on a server: answers, commands, long messages.
#include <algorithm>
#include <chrono>
#include <string>

#include "protocols/irc_client.h"
#include "tests/protocols/support/irc_session.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

// Nothing waits.
IrcSettings unlimited() {
  auto settings = IrcSession::usual();
  settings.rate = {1, 0s};
  return settings;
}

// --- what is answered ---

TEST_CASE("A client says what it is, if it wants to", "[irc][irc38]") {
  auto settings = unlimited();
  settings.version = "twx 1";
  settings.source = "https://example.org";
  SignedOn f(std::move(settings));
  auto const asked = [&](std::string const& query) {
    f.clock.advance(1min);
    f.deliver(":bob!b@h PRIVMSG me :\001" + query + "\001");
    return f.sent();
  };
  CHECK(asked("VERSION") == Lines{"NOTICE bob :\001VERSION twx 1\001"});
  CHECK(asked("SOURCE") == Lines{"NOTICE bob :\001SOURCE https://example.org\001"});
  CHECK(asked("PING 12 34") == Lines{"NOTICE bob :\001PING 12 34\001"});
  CHECK(asked("CLIENTINFO") ==
        Lines{"NOTICE bob :\001CLIENTINFO ACTION CLIENTINFO PING SOURCE VERSION\001"});
  CHECK(asked("TIME").empty());
  CHECK(asked("PING").empty());
  CHECK(asked("DCC SEND x").empty());
  SignedOn silent;
  silent.deliver(":bob!b@h PRIVMSG me :\001VERSION\001");
  CHECK(silent.sent().empty());
}

TEST_CASE("Notices and one's own words are never answered", "[irc][irc39][irc40]") {
  auto settings = unlimited();
  settings.version = "twx 1";
  SignedOn f(std::move(settings));
  f.deliver({":bob!b@h NOTICE me :\001VERSION\001", ":me!m@h PRIVMSG me :\001VERSION\001"});
  CHECK(f.sent().empty());
}

TEST_CASE("Fifty queries get few answers, and a ping is not kept waiting", "[irc][irc38]") {
  auto settings = IrcSession::usual();
  settings.version = "twx 1";
  SignedOn f(std::move(settings));
  for (int i = 0; i < 50; ++i) f.deliver(":bob!b@h PRIVMSG me :\001VERSION\001");
  f.deliver("PING :now");
  auto const sent = f.sent();
  CHECK(sent.size() <= 8);
  CHECK(sent.back() == "PONG :now");
  f.clock.advance(1h);
  CHECK(f.sent().empty());
}

TEST_CASE("A ping is answered before what waits", "[irc][irc38]") {
  SignedOn f;
  for (int i = 0; i < 50; ++i) CHECK(f.client.say("#c", "line"));
  f.sent();
  f.deliver("PING :now");
  CHECK(f.sent() == Lines{"PONG :now"});
}

// --- what can be done ---

TEST_CASE("Commands are said in the words of the RFC", "[irc]") {
  SignedOn f(unlimited());
  auto const sent = [&](Result<void> const& done) {
    CHECK(done);
    return f.sent();
  };
  CHECK(sent(f.client.join("#c")) == Lines{"JOIN #c"});
  CHECK(sent(f.client.join("#c", "key")) == Lines{"JOIN #c key"});
  CHECK(sent(f.client.part("#c")) == Lines{"PART #c"});
  CHECK(sent(f.client.part("#c", "bye")) == Lines{"PART #c :bye"});
  CHECK(sent(f.client.say("#c", "hello")) == Lines{"PRIVMSG #c :hello"});
  CHECK(sent(f.client.say("#c", "a\nb")) == Lines{"PRIVMSG #c :a", "PRIVMSG #c :b"});
  CHECK(sent(f.client.notice("bob", "hello")) == Lines{"NOTICE bob :hello"});
  CHECK(sent(f.client.describe("#c", "waves")) == Lines{"PRIVMSG #c :\001ACTION waves\001"});
  CHECK(sent(f.client.topic("#c")) == Lines{"TOPIC #c"});
  CHECK(sent(f.client.topic("#c", "")) == Lines{"TOPIC #c :"});
  CHECK(sent(f.client.mode("#c", "+o", "bob")) == Lines{"MODE #c +o bob"});
  CHECK(sent(f.client.mode("me", "+B")) == Lines{"MODE me +B"});
  CHECK(sent(f.client.kick("#c", "bob", "out")) == Lines{"KICK #c bob :out"});
  CHECK(sent(f.client.kick("#c", "bob")) == Lines{"KICK #c bob"});
  CHECK(sent(f.client.invite("bob", "#c")) == Lines{"INVITE bob #c"});
  CHECK(sent(f.client.whois("bob")) == Lines{"WHOIS bob"});
  CHECK(sent(f.client.away("gone")) == Lines{"AWAY :gone"});
  CHECK(sent(f.client.back()) == Lines{"AWAY"});
  CHECK(sent(f.client.ping("x y")) == Lines{"PING :x y"});
  CHECK(sent(f.client.send("CHATHISTORY", {"LATEST", "#c", "*", "10"})) ==
        Lines{"CHATHISTORY LATEST #c * 10"});
  CHECK(sent(f.client.send_queued("X y")) == Lines{"X y"});
  CHECK(sent(f.client.quit()) == Lines{"QUIT"});
  CHECK(sent(f.client.quit("bye")) == Lines{"QUIT :bye"});
}

TEST_CASE("What cannot be sent is refused", "[irc]") {
  SignedOn f(unlimited());
  auto const refused = [](Result<void> const& done) {
    return !done && done.failure().code() == IrcError::bad_part;
  };
  CHECK(refused(f.client.join("#c d")));
  CHECK(refused(f.client.join("")));
  CHECK(refused(f.client.say("#c", std::string("a\0b", 3))));
  CHECK(refused(f.client.say("#c", "a\rb")));
  CHECK(refused(f.client.part("#c", "a\nQUIT")));
  CHECK(refused(f.client.quit("a\nb")));
  CHECK(refused(f.client.send_now("a\nb")));
  CHECK(refused(f.client.send_queued("a\nb")));
  CHECK(refused(f.client.set_nick("a b")));
  CHECK(f.sent().empty());
}

TEST_CASE("After the end nothing can be done", "[irc]") {
  SignedOn f;
  f.wire.lose();
  auto const done = f.client.say("#c", "x");
  REQUIRE_FALSE(done);
  CHECK(done.failure().code() == std::errc::not_connected);
  FakeClock clock;
  IrcClient never(clock);
  CHECK_FALSE(never.ping("x"));
}

TEST_CASE("Talk leaves at the rate of the settings", "[irc]") {
  SignedOn f;
  for (int i = 0; i < 10; ++i) CHECK(f.client.say("#c", std::to_string(i)));
  CHECK(f.sent().size() == 5);
  CHECK(f.client.waiting() == 5);
  f.clock.advance(2s);
  CHECK(f.sent() == Lines{"PRIVMSG #c :5"});
  f.clock.advance(1min);
  CHECK(f.sent().size() == 4);
}

TEST_CASE("Quitting does not wait for what waits", "[irc]") {
  SignedOn f;
  for (int i = 0; i < 10; ++i) CHECK(f.client.say("#c", "x"));
  f.sent();
  CHECK(f.client.quit("bye"));
  CHECK(f.sent() == Lines{"QUIT :bye"});
  f.clock.advance(1min);
  CHECK(f.sent().empty());
}

// --- long messages ---

// What others get of each message that was sent.
std::size_t longest_relayed(std::string const& source, Lines const& sent) {
  std::size_t longest = 0;
  for (auto const& line : sent)
    longest = std::max(longest, 1 + source.size() + 1 + line.size() + 2);
  return longest;
}

TEST_CASE("A long text goes in pieces that all can read whole", "[irc]") {
  SignedOn f(unlimited());
  f.deliver(":me!~user@a.rather.long.host.name.example.org JOIN #c");
  f.sent();
  std::string const text(2000, 'x');
  CHECK(f.client.say("#c", text));
  auto const sent = f.sent();
  CHECK(longest_relayed(f.client.own_source(), sent) == 512);
  std::string all;
  for (auto const& line : sent) all += line.substr(line.find(':') + 1);
  CHECK(all == text);
}

TEST_CASE("As long as one's own address is not known the longest is assumed", "[irc]") {
  SignedOn f(unlimited());
  CHECK(f.client.own_source().empty());
  CHECK(f.client.say("#c", std::string(2000, 'x')));
  auto const sent = f.sent();
  auto const source = "me!" + std::string(11, 'u') + '@' + std::string(63, 'h');
  CHECK(longest_relayed(source, sent) == 512);
  f.deliver(":srv 005 me USERLEN=5 HOSTLEN=20 LINELEN=1024 :are supported");
  CHECK(f.client.text_length("PRIVMSG", "#c") ==
        1024 - std::string(":me!uuuuu@ PRIVMSG #c :\r\n").size() - 20);
}

TEST_CASE("No character is cut, and each piece of an action is one", "[irc]") {
  SignedOn f(unlimited());
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\u20ac";
  CHECK(f.client.describe("#c", text));
  std::string all;
  for (auto const& line : f.sent()) {
    auto const action = ctcp_message(std::string_view(line).substr(line.find(':') + 1));
    REQUIRE(action);
    CHECK(action->text.size() % 3 == 0);
    CHECK(line.ends_with('\001'));
    CHECK(line.size() + 82 <= 512);
    all += action->text;
  }
  CHECK(all == text);
}

TEST_CASE("One's own address is followed", "[irc]") {
  SignedOn f;
  f.deliver(":me!~u@host JOIN #c");
  CHECK(f.client.own_source() == "me!~u@host");
  f.deliver(":srv 396 me hidden.host :is now your hidden host");
  CHECK(f.client.own_source() == "me!~u@hidden.host");
  f.deliver(":srv 396 me v@other.host :is now your hidden host");
  CHECK(f.client.own_source() == "me!v@other.host");
  f.deliver(":me!v@other.host CHGHOST w new.host");
  CHECK(f.client.own_source() == "me!w@new.host");
  f.deliver(":bob!b@h CHGHOST x y");
  f.deliver(":me!w@new.host NICK you");
  CHECK(f.client.own_source() == "you!w@new.host");
}

}  // namespace
