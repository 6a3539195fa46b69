// The way to the welcome.
#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>

#include "protocols/base64.h"
#include "tests/protocols/support/irc_session.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

IrcSettings with_login(IrcMechanism mechanism = IrcMechanism::plain) {
  return {.nick = "me",
          .login = IrcCredentials{.mechanism = mechanism, .user = "acc", .password = Secret("pw")},
          .capabilities = {"batch"}};
}

bool sends_password(Lines const& lines) {
  auto const secret = base64_encoded(std::string_view("acc\0acc\0pw", 10));
  for (auto const& line : lines)
    if (line.find(secret) != line.npos) return true;
  return false;
}

bool says(Lines const& lines, std::string_view line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

// --- without a login ---

TEST_CASE("A session begins with CAP LS 302, a nick and a user", "[irc][irc1]") {
  IrcSession f({.nick = "me", .user = "u", .realname = "A Name"});
  CHECK(f.sent() == Lines{"CAP LS 302", "NICK me", "USER u 0 * :A Name"});
}

TEST_CASE("User and name are the nick where nothing else is said", "[irc]") {
  IrcSession f;
  CHECK(f.sent().back() == "USER me 0 * :me");
}

TEST_CASE("A password for the server comes before the nick", "[irc]") {
  IrcSession f({.nick = "me", .password = Secret("s e cret")});
  CHECK(f.sent() == Lines{"CAP LS 302", "PASS :s e cret", "NICK me", "USER me 0 * :me"});
}

TEST_CASE("Settings that cannot be sent are refused", "[irc]") {
  FakeClock clock;
  for (auto const* const bad : {"", "a b", "a\n", ":a"}) {
    CHECK_THROWS_AS(IrcClient(clock, {.nick = bad, .user = "u"}), std::invalid_argument);
    if (*bad) CHECK_THROWS_AS(IrcClient(clock, {.user = bad}), std::invalid_argument);
  }
  CHECK_THROWS_AS(IrcClient(clock, {.realname = "a\rb"}), std::invalid_argument);
  CHECK_THROWS_AS(IrcClient(clock, {.password = Secret("a\nb")}), std::invalid_argument);
  CHECK_THROWS_AS(IrcClient(clock, {.rate = {0, 1s}}), std::invalid_argument);
}

TEST_CASE("An empty list of capabilities ends the negotiation", "[irc][irc2]") {
  IrcSession f;
  f.sent();
  f.deliver(":srv CAP * LS :");
  CHECK(f.sent() == Lines{"CAP END"});
}

TEST_CASE("A list that goes on is waited for", "[irc][irc3]") {
  IrcSession f({.nick = "me", .capabilities = {"batch"}});
  f.sent();
  f.deliver({":srv CAP * LS * :batch", ":srv CAP * LS * :other"});
  CHECK(f.sent().empty());
  f.deliver(":srv CAP * LS :more");
  CHECK(f.sent() == Lines{"CAP REQ :batch"});
  f.deliver(":srv CAP * ACK :batch");
  CHECK(f.sent() == Lines{"CAP END"});
  CHECK(f.client.capabilities().enabled("batch"));
}

TEST_CASE("The registration ends where everything is refused", "[irc][irc4]") {
  IrcSession f({.nick = "me", .capabilities = {"batch"}});
  f.sent();
  f.deliver({":srv CAP * LS :batch", ":srv CAP * NAK :batch"});
  CHECK(f.sent() == Lines{"CAP REQ :batch", "CAP END"});
  f.deliver(":srv CAP * NAK :batch");
  CHECK(f.sent().empty());
}

TEST_CASE("A server without capabilities gets one in", "[irc][irc4]") {
  IrcSession f;
  f.deliver({":srv 421 * CAP :Unknown command", ":srv 001 me :Welcome"});
  CHECK(f.client.events == Lines{"signed_on me"});
  CHECK(f.client.registered());
}

TEST_CASE("A ping before the welcome is answered at once", "[irc][irc5]") {
  IrcSession f;
  f.sent();
  f.deliver("PING :cookie 123");
  CHECK(f.sent() == Lines{"PONG :cookie 123"});
  f.deliver(":srv PING abc");
  CHECK(f.sent() == Lines{"PONG :abc"});
  f.deliver(":srv 001 me :Welcome");
  f.sent();
  f.deliver(":srv PING a b");
  CHECK(f.sent() == Lines{"PONG :b"});
}

TEST_CASE("The nick is the one that the server welcomes", "[irc][irc17]") {
  IrcSession f({.nick = "a_very_long_nick", .capabilities = {}});
  f.deliver(":srv 001 a_very_lo :Welcome");
  CHECK(f.client.nick() == "a_very_lo");
  CHECK(f.client.is_me("A_VERY_LO"));
}

TEST_CASE("After the registration capabilities come and go", "[irc]") {
  IrcSession f({.nick = "me", .capabilities = {"batch"}});
  f.deliver({":srv CAP * LS :", ":srv 001 me :Welcome"});
  f.forget();
  f.deliver(":srv CAP me NEW :batch");
  CHECK(f.sent() == Lines{"CAP REQ :batch"});
  f.deliver(":srv CAP me ACK :batch");
  CHECK(f.sent().empty());
  CHECK(f.client.capabilities().enabled("batch"));
  CHECK(f.client.events == Lines{"capabilities_changed", "capabilities_changed"});
}

// --- with one ---

TEST_CASE("The login comes before the end of the negotiation", "[irc]") {
  IrcSession f(with_login());
  f.sent();
  f.deliver(":srv CAP * LS :batch sasl=PLAIN");
  CHECK(f.sent() == Lines{"CAP REQ :batch", "CAP REQ :sasl"});
  f.deliver({":srv CAP * ACK :batch", ":srv CAP * ACK :sasl"});
  CHECK(f.sent() == Lines{"AUTHENTICATE PLAIN"});
  f.deliver("AUTHENTICATE :+");
  CHECK(sends_password(f.sent()));
  f.deliver({":srv 900 me me!u@h acc :You are logged in", ":srv 903 me :ok"});
  CHECK(f.sent() == Lines{"CAP END"});
  CHECK(f.client.account() == "acc");
  CHECK(f.client.events == Lines{"logged_in acc"});
  f.clock.advance(1h);
  CHECK(f.client.events.size() == 1);
}

TEST_CASE("A mechanism that is not offered gets no password", "[irc][irc7]") {
  IrcSession f(with_login());
  f.deliver({":srv CAP * LS :sasl=EXTERNAL", ":srv CAP * ACK :sasl", "AUTHENTICATE +"});
  auto const sent = f.sent();
  CHECK(says(sent, "CAP REQ :sasl"));
  CHECK_FALSE(says(sent, "AUTHENTICATE PLAIN"));
  CHECK_FALSE(sends_password(sent));
  CHECK(says(sent, "QUIT"));
  CHECK(f.client.events == Lines{"login_failed The server offers no such login"});
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A refused login ends the session: nothing is joined", "[irc][irc10]") {
  IrcSession f(with_login());
  f.deliver({":srv CAP * LS :sasl", ":srv CAP * ACK :sasl", "AUTHENTICATE +", ":srv 904 me :No"});
  auto const sent = f.sent();
  CHECK(sent.back() == "QUIT");
  CHECK_FALSE(says(sent, "CAP END"));
  CHECK(f.wire.disconnecting());
  f.deliver({":srv 001 me :Welcome"});
  f.wire.turn();
  CHECK(f.client.events == Lines{"login_failed The server refuses the login", "lost"});
}

TEST_CASE("So does a server without SASL, or one that does not wait", "[irc][irc10]") {
  IrcSession f(with_login());
  auto const* const line =
      GENERATE(":srv CAP * LS :batch-x", ":srv 001 me :Welcome", ":srv 421 * CAP :Unknown command");
  f.deliver(line);
  CHECK(f.client.events == Lines{"login_failed The server offers no such login"});
  CHECK(f.wire.disconnecting());
}

TEST_CASE("One may stay without the login if one wants to", "[irc]") {
  IrcSession f(with_login());
  f.client.stays_without_login = true;
  f.sent();
  f.deliver({":srv CAP * LS :sasl", ":srv CAP * ACK :sasl", "AUTHENTICATE +", ":srv 904 me :No"});
  CHECK(f.sent().back() == "CAP END");
  f.deliver({":srv 906 me :Aborted", ":srv 001 me :Welcome"});
  CHECK(f.client.events == Lines{"login_failed The server refuses the login", "signed_on me"});
}

TEST_CASE("A login that gets no answer for its time is given up", "[irc][irc11]") {
  auto const steps = GENERATE(0, 1);
  IrcSession f(with_login());
  f.deliver({":srv CAP * LS :sasl", ":srv CAP * ACK :sasl"});
  if (steps > 0) f.clock.advance(20s);
  if (steps > 0) f.deliver("AUTHENTICATE +");
  f.sent();
  f.clock.advance(29s);
  CHECK_FALSE(f.wire.disconnecting());
  f.clock.advance(1s);
  CHECK(f.sent() == Lines{"AUTHENTICATE *", "QUIT"});
  CHECK(f.client.events == Lines{"login_failed The server does not answer the login"});
  CHECK(f.wire.disconnecting());
}

TEST_CASE("A server that does not prove itself in SCRAM is left", "[irc][irc9]") {
  IrcSession f(with_login(IrcMechanism::scram_sha_256));
  f.deliver({":srv CAP * LS :sasl=SCRAM-SHA-256", ":srv CAP * ACK :sasl", "AUTHENTICATE +"});
  f.sent();
  f.deliver(":srv 903 me :You are logged in");
  CHECK(f.sent() == Lines{"AUTHENTICATE *", "QUIT"});
  CHECK(f.client.events ==
        Lines{"login_failed The server does not prove that it knows the password"});
}

TEST_CASE("A wrong password of the server is a failed login", "[irc]") {
  IrcSession f({.nick = "me", .password = Secret("x")});
  f.deliver(":srv 464 me :Password incorrect");
  CHECK(f.client.events == Lines{"login_failed The server refuses the login"});
  CHECK(f.wire.disconnecting());
}

TEST_CASE("The time of a login ends with the connection", "[irc][irc11]") {
  IrcSession f(with_login());
  f.deliver({":srv CAP * LS :sasl", ":srv CAP * ACK :sasl"});
  f.wire.lose();
  f.clock.advance(1h);
  CHECK(f.client.events == Lines{"lost"});
}

// --- nicks ---

TEST_CASE("A nick that is taken gets a longer one", "[irc]") {
  IrcSession f;
  f.sent();
  f.deliver(":srv 433 * me :Nickname is already in use");
  f.deliver(":srv 436 * me_ :Collision");
  f.deliver(":srv 437 * me__ :Temporarily unavailable");
  CHECK(f.sent() == Lines{"NICK me_", "NICK me__", "NICK me___"});
  CHECK(f.client.nick() == "me___");
  f.deliver(":srv 001 me___ :Welcome");
  CHECK(f.client.is_me("me___"));
}

TEST_CASE("A nick that a server cannot stand gets a shorter one", "[irc]") {
  IrcSession f({.nick = "a_very_long_nick"});
  f.sent();
  f.deliver(":srv 432 * a_very_long_nick :Erroneous Nickname");
  f.deliver(":srv 432 * a_very_lo :Erroneous Nickname");
  CHECK(f.sent() == Lines{"NICK a_very_lo", "NICK guest2"});
}

TEST_CASE("A nick that could not be said again is none, whoever gives it", "[irc]") {
  IrcSession f;
  f.sent();
  f.deliver(":me!m@h NICK :two words");
  CHECK(f.client.bad == Lines{":me!m@h NICK :two words"});
  f.deliver(":srv 433 * me :Nickname is already in use");
  CHECK(f.sent() == Lines{"NICK me_"});
  f.deliver(":srv 001 :two words");
  CHECK(f.client.nick() == "me_");
  CHECK_FALSE(f.wire.disconnecting());
}

TEST_CASE("Nicks are not tried for ever", "[irc]") {
  IrcSession f;
  f.sent();
  Lines sent;
  for (int i = 0; i < 100 && !f.wire.disconnecting(); ++i) {
    f.deliver(":srv 433 * me :Nickname is already in use");
    for (auto& line : f.sent()) sent.push_back(line);
  }
  CHECK(sent.size() == 11);
  CHECK(sent.back() == "QUIT");
}

TEST_CASE("Which nick is next, and when, is the user's to say", "[irc][irc14]") {
  IrcSession f;
  f.sent();
  f.client.on_refused = [](std::string_view nick) { return std::string(nick) + "|log"; };
  f.deliver(":srv 433 * me :Nickname is already in use");
  CHECK(f.sent() == Lines{"NICK me|log"});
  f.client.on_refused = [](std::string_view) { return std::string(); };
  f.deliver(":srv 433 * me|log :Nickname is already in use");
  CHECK(f.sent().empty());
  CHECK(f.client.set_nick("later"));
  CHECK(f.sent() == Lines{"NICK later"});
  CHECK(f.client.nick() == "later");
}

TEST_CASE("A refusal after the welcome changes nothing", "[irc]") {
  IrcSession f(IrcSession::usual());
  f.sign_on();
  CHECK(f.client.set_nick("other"));
  CHECK(f.client.nick() == "me");
  f.deliver(":srv 433 me other :Nickname is already in use");
  CHECK(f.sent() == Lines{"NICK other"});
  CHECK(f.client.unknown.size() == 1);
}

}  // namespace
