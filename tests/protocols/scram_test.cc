// SCRAM-SHA-256, with RFC 7677's example.
#include "protocols/scram.h"

#include <string>

#include "protocols/irc_error.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

constexpr auto nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr auto server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr auto server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ScramClient client() { return {"user", Secret("pencil"), nonce}; }

// With the first two steps done.
ScramClient asked() {
  auto scram = client();
  scram.first();
  CHECK(scram.final(server_first));
  return scram;
}

TEST_CASE("The example of RFC 7677", "[irc][scram]") {
  auto scram = client();
  CHECK(scram.first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  CHECK(scram.final(server_first).value() ==
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  CHECK_FALSE(scram.verified());
  CHECK(scram.verify(server_final));
  CHECK(scram.verified());
}

TEST_CASE("A wrong signature is noticed", "[irc][scram][irc9]") {
  for (auto const* const text : {"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "", "x",
                                 "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4", "v=AAAA"}) {
    auto scram = asked();
    auto const verified = scram.verify(text);
    REQUIRE_FALSE(verified);
    CHECK(verified.failure().code() == IrcError::server_not_proved);
    CHECK_FALSE(scram.verified());
  }
}

TEST_CASE("A signature that comes too early proves nothing", "[irc][scram][irc9]") {
  auto scram = client();
  scram.first();
  CHECK_FALSE(scram.verify("v="));
  CHECK_FALSE(scram.verify(server_final));
}

TEST_CASE("A server may name its error", "[irc][scram]") {
  auto scram = asked();
  auto const verified = scram.verify("e=invalid-proof");
  REQUIRE_FALSE(verified);
  CHECK(verified.failure().code() == IrcError::login_refused);
  CHECK(verified.failure().message().find("invalid-proof") != std::string::npos);
}

TEST_CASE("A server's message that breaks a rule ends the login", "[irc][scram]") {
  for (auto const* const text :
       {"", "r=", "x", "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096",
        "r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096",  // nothing of its own in the nonce
        "r=otherNonce,s=AAAA,i=4096",            // somebody else's
        "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=A,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA",
        "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=", "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096x",
        "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=-1", "r=rOprNGfwEbeRWgbNEkqOx,i=4096,s=AAAA"}) {
    auto scram = client();
    scram.first();
    auto const answer = scram.final(text);
    REQUIRE_FALSE(answer);
    CHECK(answer.failure().code() == IrcError::login_broken);
  }
}

TEST_CASE("The work that a server may ask for has limits both ways", "[irc][scram]") {
  auto const asked_for = [](std::string const& count) {
    auto scram = client();
    scram.first();
    return bool(scram.final("r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=" + count));
  };
  CHECK_FALSE(asked_for("1"));
  CHECK_FALSE(asked_for("4095"));
  CHECK(asked_for("4096"));
  CHECK_FALSE(asked_for("1000001"));
  CHECK_FALSE(asked_for("99999999999"));
}

TEST_CASE("A name may hold what has a meaning", "[irc][scram]") {
  ScramClient scram("a=b,c", Secret("x"), "n");
  CHECK(scram.first() == "n,,n=a=3Db=2Cc,r=n");
}

TEST_CASE("No two logins have one nonce", "[irc][scram]") {
  CHECK(ScramClient("u", Secret("p")).first() != ScramClient("u", Secret("p")).first());
}

}  // namespace
