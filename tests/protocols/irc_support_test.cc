// What servers say about themselves.
#include "protocols/irc_support.h"

#include <string>

#include "tests/support/catch.h"

namespace {

using namespace twx;

IrcSupport after(std::string const& tokens) {
  IrcSupport support;
  support.take(*IrcMessage::parse(":srv 005 me " + tokens + " :are supported by this server"));
  return support;
}

TEST_CASE("Before a server has spoken the usual things count", "[irc][irc18]") {
  IrcSupport const support;
  CHECK(support.case_mapping() == IrcCaseMapping::rfc1459);
  CHECK(support.prefix_modes() == "ov");
  CHECK(support.prefix_signs() == "@+");
  CHECK(support.channel_types() == "#&");
  CHECK(support.modes() == 3);
  CHECK(support.line_length() == 512);
  CHECK(support.network().empty());
  CHECK_FALSE(support.nick_length());
  CHECK_FALSE(support.bot_mode());
  CHECK_FALSE(support.chat_history());
  CHECK_FALSE(support.has("PREFIX"));
}

TEST_CASE("Tokens have values, also empty ones", "[irc]") {
  auto const support = after(
      "NETWORK=Test NICKLEN=31 TOPICLEN=390 USERLEN=10 HOSTLEN=64 WHOX "
      "KICKLEN= CHATHISTORY=1000 MSGREFTYPES=timestamp,msgid BOT=B "
      "LINELEN=2048");
  CHECK(support.network() == "Test");
  CHECK(support.nick_length() == 31);
  CHECK(support.topic_length() == 390);
  CHECK(support.user_length() == 10);
  CHECK(support.host_length() == 64);
  CHECK(support.whox());
  CHECK(support.value("KICKLEN") == "");
  CHECK(support.chat_history() == 1000);
  CHECK(support.message_reference_types() == "timestamp,msgid");
  CHECK(support.bot_mode() == 'B');
  CHECK(support.line_length() == 2048);
  CHECK_FALSE(support.has("are"));
  CHECK_FALSE(support.has("me"));
}

TEST_CASE("CASEMAPPING says which nicks are one", "[irc][irc18]") {
  CHECK(after("CASEMAPPING=rfc1459").same("TWX[LOG]", "twx{log}"));
  CHECK(after("X").same("TWX[LOG]", "twx{log}"));
  CHECK_FALSE(after("CASEMAPPING=ascii").same("TWX[LOG]", "twx{log}"));
  CHECK(after("CASEMAPPING=ascii").same("TWX[LOG]", "twx[log]"));
}

TEST_CASE("Escapes in values are undone", "[irc]") {
  CHECK(after(R"(NETWORK=My\x20Net\x3D1)").network() == "My Net=1");
  CHECK(after(R"(NETWORK=a\x2)").network() == R"(a\x2)");
  CHECK(after(R"(NETWORK=a\xzz\y)").network() == R"(a\xzz\y)");
  CHECK(after(R"(NETWORK=a\)").network() == R"(a\)");
}

TEST_CASE("A token can be taken back", "[irc]") {
  auto support = after("NETWORK=Test CASEMAPPING=ascii PREFIX=(qo)~@ CHANTYPES=+");
  support.take_token("-CASEMAPPING");
  support.take_token("-PREFIX");
  support.take_token("-CHANTYPES");
  support.take_token("-NOTHING");
  CHECK(support.case_mapping() == IrcCaseMapping::rfc1459);
  CHECK(support.prefix_modes() == "ov");
  CHECK(support.channel_types() == "#&");
  CHECK(support.network() == "Test");
  support.clear();
  CHECK_FALSE(support.has("NETWORK"));
}

TEST_CASE("PREFIX pairs modes with signs", "[irc]") {
  auto const support = after("PREFIX=(qaohv)~&@%+");
  CHECK(support.prefix_modes() == "qaohv");
  CHECK(support.prefix_signs() == "~&@%+");
  CHECK(after("PREFIX=").prefix_modes().empty());
  CHECK(after("PREFIX=").prefix_signs().empty());
  for (auto const* const wrong :
       {"PREFIX=ov", "PREFIX=(ov", "PREFIX=(ov)@", "PREFIX=)(", "PREFIX=(o)@+"})
    CHECK(after(wrong).prefix_modes() == "ov");
}

TEST_CASE("CHANTYPES says what is a channel", "[irc]") {
  auto const support = after("CHANTYPES=#! STATUSMSG=@+");
  CHECK(support.is_channel("#c"));
  CHECK(support.is_channel("!c"));
  CHECK_FALSE(support.is_channel("&c"));
  CHECK_FALSE(support.is_channel("c"));
  CHECK_FALSE(support.is_channel(""));
  CHECK_FALSE(after("CHANTYPES=").is_channel("#c"));
  CHECK(support.without_status("@#c") == "#c");
  CHECK(support.without_status("@+#c") == "#c");
  CHECK(support.without_status("#c") == "#c");
  CHECK(support.without_status("@bob") == "@bob");
  CHECK(after("X").without_status("@#c") == "@#c");
}

TEST_CASE("CHANMODES says which modes take a parameter", "[irc]") {
  auto const support = after("CHANMODES=beI,kq,lf,imnt,xyz PREFIX=(ohv)@%+");
  CHECK(support.mode_kind('b') == IrcModeKind::list);
  CHECK(support.mode_kind('k') == IrcModeKind::always);
  CHECK(support.mode_kind('f') == IrcModeKind::when_set);
  CHECK(support.mode_kind('t') == IrcModeKind::flag);
  CHECK(support.mode_kind('h') == IrcModeKind::status);
  CHECK(support.mode_kind('x') == IrcModeKind::unknown);
  CHECK(support.mode_kind('?') == IrcModeKind::unknown);
  CHECK(IrcSupport().mode_kind('k') == IrcModeKind::always);
}

TEST_CASE("Limits are numbers, or there are none", "[irc]") {
  CHECK(after("MODES=4").modes() == 4);
  CHECK_FALSE(after("MODES=").modes());
  CHECK_FALSE(after("MODES").modes());
  CHECK_FALSE(after("NICKLEN=x").nick_length());
  CHECK_FALSE(after("NICKLEN=9x").nick_length());
  CHECK_FALSE(after("NICKLEN=-9").nick_length());
  CHECK(after("LINELEN=10").line_length() == 512);
  CHECK(after("LINELEN=99999999").line_length() == 8192);
  auto const support = after("TARGMAX=NAMES:1,PRIVMSG:4,JOIN:,KICK");
  CHECK(support.target_max("PRIVMSG") == 4);
  CHECK(support.target_max("NAMES") == 1);
  CHECK_FALSE(support.target_max("JOIN"));
  CHECK_FALSE(support.target_max("KICK"));
  CHECK_FALSE(support.target_max("PRIV"));
}

TEST_CASE("A server that has too much to say is not listened to for ever", "[irc][irc29]") {
  IrcSupport support;
  for (int i = 0; i < 10'000; ++i) support.take_token("T" + std::to_string(i) + "=x");
  CHECK(support.tokens().size() == 512);
  support.take_token("T1=y");
  CHECK(support.value("T1") == "y");
  support.take_token("");
  support.take_token("-");
  support.take_token("=x");
}

}  // namespace
