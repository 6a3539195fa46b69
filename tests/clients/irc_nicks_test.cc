#include "clients/irc_nicks.h"

#include <set>
#include <string>

#include "protocols/irc_message.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("A nick in use makes way for others, none of them twice", "[irc-log][irc14]") {
  IrcNicks nicks("twistedbot");
  std::set<std::string, std::less<>> all{"twistedbot"};
  std::string nick = "twistedbot";
  for (int i = 0; i < 200; ++i) {
    nick = nicks.next(nick, false);
    CHECK(is_irc_word(nick));
    CHECK(all.insert(nick).second);
  }
  CHECK(all.contains("twistedbot_"));
  CHECK(all.contains("twistedbot__"));
  CHECK(all.contains("twistedbot3"));
}

TEST_CASE("The pauses between nicks grow: 30 tries take longer than 3 s", "[irc-log][irc15]") {
  IrcNicks nicks("a");
  Duration all{};
  auto last = 0ns;
  for (int i = 0; i < 29; ++i) {
    nicks.next("a", false);
    CHECK(nicks.pause() >= last);
    last = nicks.pause();
    all += last;
  }
  CHECK(all > 3s);
  CHECK(last == 10s);
  IrcNicks others("a");
  others.next("a", false);
  CHECK(others.pause() == 200ms);
}

TEST_CASE("A nick that is refused for its length is cut to nine bytes", "[irc-log][irc16]") {
  IrcNicks nicks("twistedbot");
  CHECK(nicks.next("twistedbot", true) == "twistedbo");
  CHECK(nicks.wanted() == "twistedbo");
  CHECK(nicks.next("twistedbo", false) == "twistedb_");
  CHECK(nicks.next("twistedb_", false) == "twisted__");
  CHECK(nicks.next("twisted__", false) == "twistedb3");
  for (int i = 0; i < 200; ++i) CHECK(nicks.next("x", false).size() <= 9);
}

TEST_CASE("One that is short and refused is spelled with letters", "[irc-log][irc16]") {
  IrcNicks nicks("7{log}");
  CHECK(nicks.next("7{log}", true) == "log3");
  CHECK(nicks.next("log3", true) == "twx4");
  IrcNicks others("\xE4\xF6");
  CHECK(others.next("\xE4\xF6", true) == "twx3");
}

TEST_CASE("NICKLEN cuts what is wanted", "[irc-log][irc16]") {
  IrcNicks nicks("twistedbot");
  nicks.set_most(5);
  CHECK(nicks.wanted() == "twist");
  CHECK(nicks.next("twist", false) == "twis_");
}

TEST_CASE("The wanted nick is asked for ever more rarely", "[irc-log]") {
  IrcRegain regain;
  CHECK(regain.next() == 30s);
  CHECK(regain.next() == 1min);
  for (int i = 0; i < 20; ++i) regain.next();
  CHECK(regain.next() == 10min);
}
