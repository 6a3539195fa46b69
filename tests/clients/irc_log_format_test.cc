#include "clients/irc_log_format.h"

#include <cstdlib>

#include "tests/clients/irc_log_events.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Kind = IrcLogKind;

std::string plain(IrcLogEvent const& event, IrcLogStyle style = {}) {
  auto const line = line_of(IrcLogForm::text, event, style);
  REQUIRE(line.substr(0, 11) == "[12:34:56] ");
  return line.substr(11);
}

std::string irssi(IrcLogEvent const& event, IrcLogStyle style = {}) {
  auto const line = line_of(IrcLogForm::irssi, event, style);
  REQUIRE(line.substr(0, 6) == "12:34 ");
  return line.substr(6);
}

std::string weechat(IrcLogEvent const& event, IrcLogStyle style = {}) {
  auto const line = line_of(IrcLogForm::weechat, event, style);
  REQUIRE(line.substr(0, 20) == "2026-11-21 12:34:56\t");
  return line.substr(20);
}

IrcLogEvent gap() {
  auto event = event_of(Kind::gap);
  event.duration = 192s;
  return event;
}

IrcLogEvent lost(std::uint64_t count) {
  auto event = event_of(Kind::lost_lines);
  event.count = count;
  return event;
}

// What a server says has a name and no user@host.
IrcLogEvent of_server(Kind kind, std::string_view text) {
  auto event = said(text, kind);
  event.nick = "irc.example";
  event.prefix = event.user_host = {};
  return event;
}

}  // namespace

TEST_CASE("text lines are those of Twisted's example, to the byte", "[clients]") {
  CHECK(line_of(IrcLogForm::text, said("hi there")) == "[12:34:56] <ann> hi there");
  CHECK(line_of(IrcLogForm::text, said("waves", Kind::action)) == "[12:34:56] * ann waves");
  CHECK(plain(done_to(Kind::nick_changed, "bob")) == "ann is now known as bob");
  CHECK(plain(event_of(Kind::connected)) == "[connected at Sat Nov 21 12:34:56 2026]");
  CHECK(plain(event_of(Kind::disconnected)) == "[disconnected at Sat Nov 21 12:34:56 2026]");
  CHECK(plain(event_of(Kind::joined)) == "[I have joined #Chan]");
}

TEST_CASE("what Twisted's example leaves out is in ZNC's words", "[clients]") {
  CHECK(plain(event_of(Kind::user_joined)) == "*** Joins: ann (a@host.example)");
  CHECK(plain(said("bye", Kind::user_left)) == "*** Parts: ann (a@host.example) (bye)");
  CHECK(plain(said("", Kind::user_quit)) == "*** Quits: ann (a@host.example) ()");
  CHECK(plain(done_to(Kind::user_kicked, "bob", "out")) == "*** bob was kicked by ann (out)");
  CHECK(plain(said("+o-v bob bob", Kind::mode)) == "*** ann sets mode: +o-v bob bob");
  CHECK(plain(said("new", Kind::topic)) == "*** ann changes topic to 'new'");
  CHECK(plain(said("hear", Kind::notice)) == "-ann- hear");
}

TEST_CASE("the logger's own notes are in brackets", "[clients]") {
  CHECK(plain(gap()) == "[gap of 00:03:12]");
  CHECK(plain(lost(1)) == "[1 line was lost]");
  CHECK(plain(lost(20)) == "[20 lines were lost]");
  CHECK(plain(done_to(Kind::netsplit, "a.example b.example", "bob, eve")) ==
        "[netsplit: a.example b.example: bob, eve]");
  CHECK(plain(done_to(Kind::netjoin, "a.example b.example", "bob")) ==
        "[netsplit over: a.example b.example: bob]");
  CHECK(plain(said("the topic is old", Kind::note)) == "[the topic is old]");
  CHECK(plain(event_of(Kind::left)) == "[I have left #Chan]");
  CHECK(plain(said("kicked by bob", Kind::left)) == "[I have left #Chan: kicked by bob]");
  auto long_gap = gap();
  long_gap.duration = 100h + 1s;
  CHECK(plain(long_gap) == "[gap of 100:00:01]");
}

TEST_CASE("asctime pads the day with a space", "[clients]") {
  auto event = event_of(Kind::connected);
  event.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 1};
  CHECK(line_of(IrcLogForm::text, event) == "[00:00:00] [connected at Sun Nov  1 00:00:00 2026]");
}

TEST_CASE("irssi's lines are irssi's", "[clients]") {
  CHECK(irssi(said("hi")) == "<@ann> hi");
  auto voiceless = said("hi");
  voiceless.prefix = {};
  CHECK(irssi(voiceless) == "< ann> hi");
  CHECK(irssi(said("waves", Kind::action)) == " * ann waves");
  CHECK(irssi(said("hear", Kind::notice)) == "-ann:#Chan- hear");
  CHECK(irssi(of_server(Kind::notice, "hear")) == "!irc.example hear");
  CHECK(irssi(event_of(Kind::joined)) == "-!- ann [a@host.example] has joined #Chan");
  CHECK(irssi(event_of(Kind::user_joined)) == "-!- ann [a@host.example] has joined #Chan");
  CHECK(irssi(said("bye", Kind::user_left)) == "-!- ann [a@host.example] has left #Chan [bye]");
  CHECK(irssi(said("", Kind::user_left)) == "-!- ann [a@host.example] has left #Chan []");
  CHECK(irssi(said("away", Kind::user_quit)) == "-!- ann [a@host.example] has quit [away]");
  CHECK(irssi(done_to(Kind::user_kicked, "bob", "out")) ==
        "-!- bob was kicked from #Chan by ann [out]");
  CHECK(irssi(done_to(Kind::nick_changed, "bob")) == "-!- ann is now known as bob");
  CHECK(irssi(said("+o bob", Kind::mode)) == "-!- mode/#Chan [+o bob] by ann");
  CHECK(irssi(of_server(Kind::mode, "+nt")) == "-!- ServerMode/#Chan [+nt] by irc.example");
  CHECK(irssi(said("new", Kind::topic)) == "-!- ann changed the topic of #Chan to: new");
  CHECK(irssi(said("", Kind::topic)) == "-!- Topic unset by ann on #Chan");
  CHECK(irssi(done_to(Kind::netsplit, "a.example b.example", "f2, f1")) ==
        "-!- Netsplit a.example <-> b.example quits: f2, f1");
  CHECK(irssi(done_to(Kind::netjoin, "a.example b.example", "f1")) ==
        "-!- Netsplit over, joins: f1");
  CHECK(irssi(gap()) == "-!- gap of 00:03:12");
}

TEST_CASE("irssi's log says when it is opened and closed, and when a day begins", "[clients]") {
  IrcLogStamps stamps(IrcLogTime::utc);
  auto const format = irc_log_format(IrcLogForm::irssi);
  std::string lines;
  format->append_opened(lines, stamps.at(noon));
  format->append_day_changed(lines, stamps.at(noon + 24h * 10));
  format->append_closed(lines, stamps.at(noon + 24h * 10));
  CHECK(lines ==
        "--- Log opened Sat Nov 21 12:34:56 2026\n"
        "--- Day changed Tue Dec 01 2026\n"
        "--- Log closed Tue Dec 01 12:34:56 2026\n");
}

TEST_CASE("WeeChat's lines are WeeChat's", "[clients]") {
  CHECK(weechat(said("hi")) ==
        "@ann\t"
        "hi");
  CHECK(weechat(said("waves", Kind::action)) == " *\tann waves");
  CHECK(weechat(said("hear", Kind::notice)) == "--\tNotice(ann): hear");
  CHECK(weechat(event_of(Kind::joined)) == "-->\tann (a@host.example) has joined #Chan");
  CHECK(weechat(event_of(Kind::user_joined)) == "-->\tann (a@host.example) has joined #Chan");
  CHECK(weechat(said("bye", Kind::user_left)) == "<--\tann (a@host.example) has left #Chan (bye)");
  CHECK(weechat(said("", Kind::user_left)) == "<--\tann (a@host.example) has left #Chan");
  CHECK(weechat(said("away", Kind::user_quit)) == "<--\tann (a@host.example) has quit (away)");
  CHECK(weechat(done_to(Kind::user_kicked, "bob", "out")) == "<--\tann has kicked bob (out)");
  CHECK(weechat(done_to(Kind::nick_changed, "bob")) == "--\tann is now known as bob");
  CHECK(weechat(said("+o bob", Kind::mode)) == "--\tMode #Chan [+o bob] by ann");
  CHECK(weechat(said("new", Kind::topic)) == "--\tann has changed topic for #Chan to \"new\"");
  CHECK(weechat(said("", Kind::topic)) == "--\tann has unset topic for #Chan");
  CHECK(weechat(event_of(Kind::disconnected)) == "--\tirc: disconnected from server");
  CHECK(weechat(gap()) == "--\tgap of 00:03:12");
}

TEST_CASE("a file that channels share tells them apart", "[clients]") {
  IrcLogStyle const channel{.label = IrcLogLabel::channel};
  IrcLogStyle const both{.label = IrcLogLabel::network_and_channel};
  CHECK(plain(said("hi"), channel) == "#Chan <ann> hi");
  CHECK(plain(said("hi"), both) == "Net/#Chan <ann> hi");
  CHECK(plain(event_of(Kind::joined), channel) == "[I have joined #Chan]");
  CHECK(plain(event_of(Kind::joined), both) == "[I have joined Net/#Chan]");
  CHECK(irssi(said("hi"), channel) == "<@ann:#Chan> hi");
  CHECK(irssi(said("waves", Kind::action), channel) == " * ann:#Chan waves");
  CHECK(irssi(event_of(Kind::user_joined), both) ==
        "-!- ann [a@host.example] has joined Net/#Chan");
  CHECK(weechat(said("hi"), both) ==
        "Net/#Chan\t@ann\t"
        "hi");
  auto of_none = event_of(Kind::connected);
  of_none.channel = {};
  CHECK(plain(of_none, channel) == "[connected at Sat Nov 21 12:34:56 2026]");
}

TEST_CASE("nobody can forge a line or hide one", "[irc33]") {
  constexpr char bytes[] =
      "a\0b\rc\n"
      "d\x1b[2Je\xc2\x85"
      "f\xe2\x80\xa8g\xe2\x80\xaeh\x7f\ti";
  std::string_view const evil(bytes, sizeof bytes - 1);
  auto event = said(evil);
  event.nick = event.user_host = event.target = event.channel = event.network = evil;
  for (auto const form : {IrcLogForm::text, IrcLogForm::jsonl, IrcLogForm::irssi}) {
    for (int kind = 0; kind <= static_cast<int>(Kind::note); ++kind) {
      event.kind = static_cast<Kind>(kind);
      std::string line;
      IrcLogStamps stamps(IrcLogTime::utc);
      irc_log_format(form, {.label = IrcLogLabel::network_and_channel})
          ->append(line, event, stamps.of(event));
      INFO(line);
      CHECK(line.find_first_of(std::string_view("\0\r\n\x1b\x7f\t", 6)) == line.size() - 1);
      CHECK(line.find("\xc2\x85") == line.npos);
      CHECK(line.find("\xe2\x80") == line.npos);
    }
  }
}

TEST_CASE("formatting goes and digits of the text stay", "[irc34]") {
  CHECK(plain(said("\x02"
                   "bold\x0f \x03"
                   "04,12"
                   "5 apples\x03 \x1fu\x1f \x11m\x11")) == "<ann> bold 5 apples u m");
}

TEST_CASE("bytes that are not UTF-8 are Latin-1, unless another encoding is set", "[irc35]") {
  CHECK(plain(said("caf\xe9")) == "<ann> caf\xc3\xa9");
  CHECK(plain(said("caf\xc3\xa9")) == "<ann> caf\xc3\xa9");
  CHECK(plain(said("caf\xe9"), {.encoding = IrcEncoding::utf8}) == "<ann> caf\xef\xbf\xbd");
  CHECK(plain(said("caf\xc3\xa9"), {.encoding = IrcEncoding::latin1}) ==
        "<ann> caf\xc3\x83\xc2\xa9");
}

TEST_CASE("who does not want to be logged is not", "[clients]") {
  for (auto const form :
       {IrcLogForm::text, IrcLogForm::jsonl, IrcLogForm::irssi, IrcLogForm::weechat}) {
    for (auto const kind : {Kind::message, Kind::action, Kind::notice, Kind::topic, Kind::user_left,
                            Kind::user_quit}) {
      auto const line = line_of(form, said("[nolog] secret", kind));
      INFO(line);
      CHECK(line.find("secret") == line.npos);
      CHECK(line.find("[message not logged]") != line.npos);
    }
  }
  CHECK(plain(said("[NoLog]secret")) == "<ann> [message not logged]");
  CHECK(plain(said(" [nolog] secret")) == "<ann> [message not logged]");
  CHECK(
      opted_out("\x03"
                "4 \x02[nolog]"));
  CHECK(opted_out(" \x02 [nolog]"));
  CHECK_FALSE(opted_out("not [nolog]"));
  CHECK_FALSE(opted_out("[nolo"));
  CHECK_FALSE(opted_out(""));
}

TEST_CASE("a stamp is local, UTC, or the server's in local time", "[clients]") {
  setenv("TZ", "XYZ-05:30", 1);
  auto event = said("hi");
  event.server_time = noon - 1h;
  auto const clock = [&](IrcLogTime time) {
    return line_of(IrcLogForm::text, event, {}, time).substr(1, 8);
  };
  CHECK(clock(IrcLogTime::local) == "18:04:56");
  CHECK(clock(IrcLogTime::utc) == "12:34:56");
  CHECK(clock(IrcLogTime::server) == "17:04:56");
  event.history = true;
  CHECK(clock(IrcLogTime::local) == "17:04:56");
  CHECK(clock(IrcLogTime::utc) == "11:34:56");
  event.server_time.reset();
  CHECK(clock(IrcLogTime::server) == "18:04:56");
  unsetenv("TZ");
  tzset();
}

TEST_CASE("a remembered minute gives the same stamps as a fresh one", "[clients]") {
  IrcLogStamps kept(IrcLogTime::local);
  for (auto const step : {0s, 3s, 1s, 59s, -57s, 60s, -120s, 86400s, -86401s, 4000000000s}) {
    IrcLogStamps fresh(IrcLogTime::local);
    std::string one;
    std::string other;
    kept.at(noon + step).append_asctime(one);
    fresh.at(noon + step).append_asctime(other);
    CHECK(one == other);
  }
}
