// The login before the registration.
#include "protocols/irc_login.h"

#include <string>
#include <vector>

#include "protocols/base64.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

using Lines = std::vector<std::string>;

IrcCredentials plain(std::string const& password = "sesame") {
  return {.mechanism = IrcMechanism::plain, .user = "jilles", .password = Secret(password)};
}

struct Fixture {
  explicit Fixture(IrcCredentials credentials = plain(), std::string nonce = {})
      : login(std::move(credentials), std::move(nonce)) {}
  Lines begin(std::string_view offered = "") {
    login.begin(offered);
    return login.take_output();
  }
  Lines take(std::string const& line) {
    login.take(*IrcMessage::parse(line));
    return login.take_output();
  }
  bool failed(IrcError error) const { return login.failure() && login.failure()->code() == error; }
  IrcLogin login;
};

// --- PLAIN ---

TEST_CASE("PLAIN sends the name twice and the password", "[irc]") {
  Fixture f;
  CHECK(f.begin("EXTERNAL,PLAIN") == Lines{"AUTHENTICATE PLAIN"});
  CHECK(f.login.busy());
  CHECK(f.take("AUTHENTICATE +") == Lines{"AUTHENTICATE amlsbGVzAGppbGxlcwBzZXNhbWU="});
  CHECK(f.take(":srv 900 me me!u@h jilles :You are now logged in").empty());
  CHECK_FALSE(f.login.done());
  CHECK(f.take(":srv 903 me :SASL authentication successful").empty());
  CHECK(f.login.succeeded());
  CHECK_FALSE(f.login.busy());
  CHECK(f.login.account() == "jilles");
  CHECK_FALSE(f.login.failure());
}

TEST_CASE("A colon before the plus is no part of it", "[irc][irc8]") {
  Fixture f;
  f.begin();
  CHECK(f.take("AUTHENTICATE :+").size() == 1);
}

TEST_CASE("A mechanism that is not listed gets no password", "[irc][irc7]") {
  Fixture f;
  for (auto const* const offered : {"EXTERNAL", "PLAINX,XPLAIN", "SCRAM-SHA-256,EXTERNAL"}) {
    Fixture each;
    CHECK(each.begin(offered).empty());
    CHECK(each.failed(IrcError::login_unavailable));
    CHECK(each.take("AUTHENTICATE +").empty());
  }
}

TEST_CASE("Where the list comes late the login fails with it", "[irc][irc7]") {
  Fixture f;
  f.begin();
  CHECK(f.take(":srv 908 me EXTERNAL :are available SASL mechanisms").empty());
  CHECK(f.failed(IrcError::login_unavailable));
  CHECK(f.login.failure()->message().find("EXTERNAL") != std::string::npos);
  CHECK(f.take(":srv 904 me :SASL authentication failed").empty());
  CHECK(f.take("AUTHENTICATE +").empty());
}

TEST_CASE("A long password goes in pieces of 400 bytes", "[irc][irc6]") {
  // Of 300 bytes in all come 400 in base64.
  auto const sent = [](std::size_t bytes) {
    Fixture f(plain(std::string(bytes - 14, 'x')));
    f.begin();
    std::string whole;
    std::vector<std::size_t> sizes;
    for (auto const& line : f.take("AUTHENTICATE +")) {
      CHECK(line.starts_with("AUTHENTICATE "));
      auto const piece = line.substr(13);
      sizes.push_back(piece.size());
      if (piece != "+") whole += piece;
    }
    CHECK(base64_decoded(whole)->size() == bytes);
    return sizes;
  };
  CHECK(sent(299) == std::vector<std::size_t>{400, 1});  // padded to 300
  CHECK(sent(297) == std::vector<std::size_t>{396});
  CHECK(sent(300) == std::vector<std::size_t>{400, 1});
  CHECK(sent(301) == std::vector<std::size_t>{400, 4});
  CHECK(sent(600) == std::vector<std::size_t>{400, 400, 1});
}

TEST_CASE("A refusal is a failure with the server's text", "[irc][irc10]") {
  for (auto const* const number : {"902", "904", "905", "906"}) {
    Fixture f;
    f.begin();
    f.take("AUTHENTICATE +");
    f.take(":srv " + std::string(number) + " me :No, thanks");
    CHECK(f.failed(IrcError::login_refused));
    CHECK(f.login.failure()->message() == "No, thanks");
    CHECK_FALSE(f.login.succeeded());
  }
}

TEST_CASE("Being logged in already is being logged in", "[irc]") {
  Fixture f;
  f.begin();
  f.take(":srv 907 me :You have already authenticated using SASL");
  CHECK(f.login.succeeded());
}

TEST_CASE("A challenge that PLAIN does not have ends it", "[irc]") {
  Fixture f;
  f.begin();
  f.take("AUTHENTICATE +");
  CHECK(f.take("AUTHENTICATE +") == Lines{"AUTHENTICATE *"});
  CHECK(f.failed(IrcError::login_broken));
}

TEST_CASE("What cannot be said in PLAIN is not begun", "[irc]") {
  Fixture f(plain(std::string("a\0b", 3)));
  CHECK(f.begin().empty());
  CHECK(f.failed(IrcError::bad_part));
}

TEST_CASE("A step that gets no answer ends it", "[irc][irc11]") {
  Fixture f;
  f.begin();
  f.login.time_out();
  CHECK(f.login.take_output() == Lines{"AUTHENTICATE *"});
  CHECK(f.failed(IrcError::login_timeout));
  f.login.time_out();
  CHECK(f.login.take_output().empty());
}

TEST_CASE("Nothing happens before it has begun", "[irc]") {
  Fixture f;
  CHECK(f.take("AUTHENTICATE +").empty());
  CHECK(f.take(":srv 903 me :ok").empty());
  CHECK_FALSE(f.login.done());
  f.login.not_offered();
  CHECK(f.failed(IrcError::login_unavailable));
}

TEST_CASE("Other messages are none of its business", "[irc]") {
  Fixture f;
  f.begin();
  for (auto const* const line :
       {"PING x", ":srv 901 me x :logged out", ":srv 001 me :hi", ":srv 909 me"})
    CHECK_FALSE(f.login.take(*IrcMessage::parse(line)));
  CHECK(f.login.take(*IrcMessage::parse("AUTHENTICATE +")));
}

// --- EXTERNAL ---

TEST_CASE("EXTERNAL sends who one wants to be, or nothing", "[irc]") {
  Fixture nobody({.mechanism = IrcMechanism::external});
  CHECK(nobody.begin("PLAIN,EXTERNAL") == Lines{"AUTHENTICATE EXTERNAL"});
  CHECK(nobody.take("AUTHENTICATE +") == Lines{"AUTHENTICATE +"});
  nobody.take(":srv 903 me :ok");
  CHECK(nobody.login.succeeded());
  Fixture somebody({.mechanism = IrcMechanism::external, .user = "jilles"});
  somebody.begin();
  CHECK(somebody.take("AUTHENTICATE +") == Lines{"AUTHENTICATE amlsbGVz"});
}

// --- SCRAM ---

constexpr auto server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr auto server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

std::string challenge(std::string_view text) { return "AUTHENTICATE " + base64_encoded(text); }

struct ScramFixture : Fixture {
  ScramFixture()
      : Fixture({.mechanism = IrcMechanism::scram_sha_256,
                 .user = "user",
                 .password = Secret("pencil")},
                "rOprNGfwEbeRWgbNEkqO") {
    CHECK(begin("SCRAM-SHA-256") == Lines{"AUTHENTICATE SCRAM-SHA-256"});
  }
};

TEST_CASE("SCRAM ends with a plus when the server has proved itself", "[irc][scram]") {
  ScramFixture f;
  CHECK(f.take("AUTHENTICATE +") == Lines{challenge("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")});
  CHECK(f.take(challenge(server_first)) ==
        Lines{challenge("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")});
  CHECK(f.take(challenge(server_final)) == Lines{"AUTHENTICATE +"});
  CHECK_FALSE(f.login.done());
  f.take(":srv 903 user :ok");
  CHECK(f.login.succeeded());
}

TEST_CASE("A wrong signature breaks SCRAM off", "[irc][scram][irc9]") {
  ScramFixture f;
  f.take("AUTHENTICATE +");
  f.take(challenge(server_first));
  CHECK(f.take(challenge("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")) ==
        Lines{"AUTHENTICATE *"});
  CHECK(f.failed(IrcError::server_not_proved));
  CHECK(f.take(":srv 903 user :ok").empty());
  CHECK_FALSE(f.login.succeeded());
}

TEST_CASE("So does success without a signature", "[irc][scram][irc9]") {
  ScramFixture f;
  SECTION("at once") {}
  SECTION("after the first message") { f.take("AUTHENTICATE +"); }
  SECTION("after the proof") {
    f.take("AUTHENTICATE +");
    f.take(challenge(server_first));
  }
  CHECK(f.take(":srv 903 user :ok") == Lines{"AUTHENTICATE *"});
  CHECK(f.failed(IrcError::server_not_proved));
}

TEST_CASE("A challenge that breaks a rule breaks SCRAM off", "[irc][scram]") {
  ScramFixture f;
  f.take("AUTHENTICATE +");
  auto const* const text =
      GENERATE("AUTHENTICATE !!!", "AUTHENTICATE +", "AUTHENTICATE Zg", "AUTHENTICATE eDw=");
  CHECK(f.take(text) == Lines{"AUTHENTICATE *"});
  CHECK(f.failed(IrcError::login_broken));
}

TEST_CASE("A long challenge comes in pieces", "[irc][scram][irc6]") {
  // An extension makes it 800 bytes in base64, whose end is a plus.
  auto message = std::string(server_first) + ",x=";
  message += std::string(600 - message.size(), 'y');
  auto const text = base64_encoded(message);
  REQUIRE(text.size() == 800);
  ScramFixture f;
  f.take("AUTHENTICATE +");
  CHECK(f.take("AUTHENTICATE " + text.substr(0, 400)).empty());
  CHECK(f.take("AUTHENTICATE " + text.substr(400)).empty());
  CHECK(f.take("AUTHENTICATE +").size() == 1);
  CHECK_FALSE(f.login.done());
}

TEST_CASE("An endless challenge is broken off", "[irc][irc29]") {
  ScramFixture f;
  f.take("AUTHENTICATE +");
  Lines sent;
  for (int i = 0; i < 1000 && sent.empty(); ++i)
    sent = f.take("AUTHENTICATE " + std::string(400, 'A'));
  CHECK(sent == Lines{"AUTHENTICATE *"});
  CHECK(f.failed(IrcError::login_broken));
}

TEST_CASE("Mechanisms have their registered names", "[irc]") {
  CHECK(to_string(IrcMechanism::plain) == "PLAIN");
  CHECK(to_string(IrcMechanism::external) == "EXTERNAL");
  CHECK(to_string(IrcMechanism::scram_sha_256) == "SCRAM-SHA-256");
}

}  // namespace
