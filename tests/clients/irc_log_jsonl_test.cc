#include "tests/clients/irc_log_events.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Kind = IrcLogKind;

std::string json(IrcLogEvent const& event, IrcLogTime time = IrcLogTime::local) {
  return line_of(IrcLogForm::jsonl, event, {}, time);
}

IrcLogEvent bare(Kind kind) { return {.kind = kind, .time = noon}; }

std::string tags_of(std::string_view tags) {
  auto event = bare(Kind::note);
  event.tags = tags;
  auto const line = json(event);
  return line.substr(line.find("\"tags\":") + 7);
}

}  // namespace

TEST_CASE("a JSON line has what is known, in an order that stays", "[clients]") {
  auto event = said("hi");
  event.account = "annie";
  CHECK(json(event) ==
        R"({"time":"2026-11-21T12:34:56.789Z","event":"message","network":"Net",)"
        R"("channel":"#Chan","nick":"ann","prefix":"@","user_host":"a@host.example",)"
        R"("account":"annie","text":"hi"})");
}

TEST_CASE("each event has a name", "[clients]") {
  char const* const names[] = {"connected", "disconnected", "joined",     "left",  "message",
                               "action",    "notice",       "join",       "part",  "quit",
                               "kick",      "nick",         "mode",       "topic", "gap",
                               "netsplit",  "netjoin",      "lost_lines", "note"};
  for (int kind = 0; kind <= static_cast<int>(Kind::note); ++kind) {
    CHECK(
        json(bare(static_cast<Kind>(kind))).find(std::string(R"("event":")") + names[kind] + '"') !=
        std::string::npos);
  }
}

TEST_CASE("numbers are told where they mean something", "[clients]") {
  auto gap = bare(Kind::gap);
  gap.duration = 192s;
  CHECK(json(gap) == R"({"time":"2026-11-21T12:34:56.789Z","event":"gap","duration":192})");
  auto lost = bare(Kind::lost_lines);
  lost.count = 3;
  CHECK(json(lost) == R"({"time":"2026-11-21T12:34:56.789Z","event":"lost_lines","count":3})");
}

TEST_CASE("an empty message has a text", "[clients]") {
  CHECK(json(bare(Kind::message)) ==
        R"({"time":"2026-11-21T12:34:56.789Z","event":"message","text":""})");
}

TEST_CASE("time is UTC, and where it is the server's there is ours as well", "[clients]") {
  auto event = bare(Kind::note);
  event.server_time = noon - 1s;
  CHECK(json(event, IrcLogTime::server) ==
        R"({"time":"2026-11-21T12:34:55.789Z","received":"2026-11-21T12:34:56.789Z",)"
        R"("event":"note"})");
  event.history = true;
  CHECK(json(event).find(R"("history":true)") != std::string::npos);
  event.server_time = std::chrono::system_clock::time_point(-1ms);
  CHECK(json(event).find("1969-12-31T23:59:59.999Z") != std::string::npos);
}

TEST_CASE("all tags are kept", "[clients]") {
  CHECK(tags_of("msgid=a1;+draft/reply=b;bot;time=2026-11-21T12:34:56.789Z") ==
        R"({"+draft/reply":"b","bot":"","msgid":"a1","time":"2026-11-21T12:34:56.789Z"}})");
}

TEST_CASE("of a tag that comes twice the last counts", "[clients]") {
  CHECK(tags_of("a=1;b=2;a=3;a=4") == R"({"a":"4","b":"2"}})");
}

TEST_CASE("values of tags have their escapes undone, and none ends a line", "[irc31]") {
  CHECK(tags_of(R"(a=1\:2\s3\n4\\5"6)") == R"({"a":"1;2 3\\x0a4\\5\"6"}})");
}

TEST_CASE("quotes and backslashes are escaped wherever they stand", "[clients]") {
  CHECK(json(said(R"("\"")")).find(R"("text":"\"\\\"\"")") != std::string::npos);
  CHECK(json(said(R"(\)")).find(R"("text":"\\")") != std::string::npos);
  CHECK(json(said("\x02\"")).find(R"("text":"\"")") != std::string::npos);
  auto event = said("");
  event.nick = "a\"b\\";
  CHECK(json(event).find(R"("nick":"a\"b\\")") != std::string::npos);
}
