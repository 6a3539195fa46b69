#include "clients/irc_log_writer.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/clients/irc_log_writing.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;
using Kind = IrcLogKind;
using Channel = IrcLogWriter::Channel;

std::size_t open_descriptors() {
  auto* const folder = opendir("/proc/self/fd");
  std::size_t count = 0;
  while (readdir(folder)) ++count;
  closedir(folder);
  return count;
}

}  // namespace

TEST_CASE_METHOD(Writing, "a line is in the file when the call returns", "[irc44]") {
  begin("log");
  REQUIRE(writer->open());
  say("hi");
  CHECK(contents() == "[12:34:56] <ann> hi\n");
  say("there");
  CHECK(contents() == "[12:34:56] <ann> hi\n[12:34:56] <ann> there\n");
  CHECK(writer->written() == 2);
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE_METHOD(Writing, "what cannot be opened is told before anything is logged", "[clients]") {
  CHECK(begin("no/such").open().failure().message() ==
        path("no/such") + ": No such file or directory");
  CHECK(begin("no/{channel}").open().failure().message() ==
        path("no/") + ": No such file or directory");
  CHECK(begin("{channel}").open());
  CHECK_FALSE(exists("%"));
}

TEST_CASE_METHOD(Writing, "each channel has a file, whatever case it is written in", "[irc46]") {
  begin("{network}/{channel}.log");
  writer->write(said("one"));
  auto other = said("two");
  other.channel = "#CHAN";
  writer->write(other);
  say("three", "#a/b");
  say("four", "#a-b");
  CHECK(contents("Net/#chan.log") == "[12:34:56] <ann> one\n[12:34:56] <ann> two\n");
  CHECK(contents("Net/#a%2Fb.log") == "[12:34:56] <ann> three\n");
  CHECK(contents("Net/#a-b.log") == "[12:34:56] <ann> four\n");
}

TEST_CASE_METHOD(Writing, "nothing is written outside the folder", "[irc45]") {
  REQUIRE(mkdir(path("logs").c_str(), 0700) == 0);
  begin("logs/{channel}");
  say("x", "#/../../x");
  say("x", "..");
  CHECK(contents("logs/#%2F..%2F..%2Fx") == "[12:34:56] <ann> x\n");
  CHECK(contents("logs/%2E.") == "[12:34:56] <ann> x\n");
  CHECK_FALSE(exists("x"));
}

TEST_CASE_METHOD(Writing, "a link in place of a channel's file is not followed", "[irc45]") {
  REQUIRE(symlink("target", path("#a").c_str()) == 0);
  begin("{channel}");
  say("x", "#a");
  CHECK_FALSE(exists("target"));
  CHECK(writer->lost() == 1);
  CHECK(log.count("Too many levels of symbolic links") == 1);
}

TEST_CASE_METHOD(Writing, "at midnight a new file begins, and the old one is closed", "[clients]") {
  begin("{channel}-%F");
  auto const before = open_descriptors();
  for (int day = 0; day < 20; ++day) say(numbered(day), "#a", day * 24h);
  CHECK(contents("#a-2026-11-21") == "[12:34:56] <ann> line 0\n");
  CHECK(contents("#a-2026-12-10") == "[12:34:56] <ann> line 19\n");
  CHECK(open_descriptors() == before + 1);
}

TEST_CASE_METHOD(Writing, "a few descriptors do for many channels", "[clients]") {
  begin("{channel}", {.most_open = 4});
  auto const before = open_descriptors();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) say(numbered(round), "#" + std::to_string(i));
  }
  CHECK(open_descriptors() == before + 4);
  CHECK(contents("#7") ==
        "[12:34:56] <ann> line 0\n[12:34:56] <ann> line 1\n[12:34:56] <ann> line 2\n");
}

TEST_CASE_METHOD(Writing, "channels that a peer makes up do not fill the memory", "[clients]") {
  begin("log-{channel}", {.most_open = 2});
  for (int i = 0; i < 5000; ++i) say("x", "#" + std::to_string(i % 4200));
  CHECK(writer->written() == 5000);
  CHECK(contents("log-#1") == "[12:34:56] <ann> x\n[12:34:56] <ann> x\n");
}

TEST_CASE_METHOD(Writing, "what concerns several channels is in the file of each", "[clients]") {
  Channel const channels[] = {{"#A", "#a"}, {"#b", "#b"}};
  auto quit = said("bye", Kind::user_quit);
  quit.channel = quit.channel_key = {};
  begin("{channel}").write(quit, channels, true);
  CHECK(contents("#a") == "[12:34:56] *** Quits: ann (a@host.example) (bye)\n");
  CHECK(contents("#b") == contents("#a"));
  begin("all").write(quit, channels, true);
  CHECK(contents("all") == contents("#a"));
  begin("labelled", {.style = {.label = IrcLogLabel::channel}}).write(quit, channels, true);
  CHECK(contents("labelled") ==
        "[12:34:56] #A *** Quits: ann (a@host.example) (bye)\n"
        "[12:34:56] #b *** Quits: ann (a@host.example) (bye)\n");
  begin("json", {.form = IrcLogForm::jsonl}).write(quit, {}, true);
  CHECK(contents("json").find("\"quit\"") != std::string::npos);
  begin("once", {.style = {.label = IrcLogLabel::channel}}).write(quit, channels, false);
  CHECK(contents("once") == contents("#a"));
  begin("none").write(quit, {}, true);
  CHECK(contents("none") == contents("#a"));
  begin("in/{channel}").write(quit, {}, true);
  CHECK_FALSE(exists("in"));
}

TEST_CASE_METHOD(Writing, "after SIGHUP new lines are in a new file", "[irc41]") {
  begin("log");
  say("one");
  REQUIRE(rename(path("log").c_str(), path("log.1").c_str()) == 0);
  say("two");
  writer->reopen();
  CHECK(contents() == "");
  CHECK(exists("log"));
  say("three");
  CHECK(contents("log.1") == "[12:34:56] <ann> one\n[12:34:56] <ann> two\n");
  CHECK(contents() == "[12:34:56] <ann> three\n");
}

TEST_CASE_METHOD(Writing, "after SIGHUP a file with a date is made when it is needed", "[irc41]") {
  begin("%F");
  say("one");
  REQUIRE(rename(path("2026-11-21").c_str(), path("old").c_str()) == 0);
  writer->reopen();
  CHECK_FALSE(exists("2026-11-21"));
  say("two");
  CHECK(contents("2026-11-21") == "[12:34:56] <ann> two\n");
}

TEST_CASE_METHOD(Writing, "a file that was deleted is begun anew without a signal", "[irc42]") {
  begin("log");
  say("one");
  unlink(path("log").c_str());
  clock.advance(5s);
  say("two");
  CHECK(contents() == "[12:34:56] <ann> two\n");
}

TEST_CASE_METHOD(Writing, "why there is no new file is told once a minute", "[irc42]") {
  begin("log");
  say("one");
  REQUIRE(rename(path("log").c_str(), path("old").c_str()) == 0);
  REQUIRE(mkdir(path("log").c_str(), 0700) == 0);
  for (int i = 0; i < 59; ++i) {
    clock.advance(1s);
    say("x");
  }
  CHECK(log.count("the old log file stays: " + path("log") + ": Is a directory") == 1);
  clock.advance(2s);
  say("x");
  CHECK(log.count("the old log file stays") == 2);
  CHECK(writer->lost() == 0);
}

TEST_CASE_METHOD(Writing, "irssi's log has its day lines", "[clients]") {
  begin("log", {.form = IrcLogForm::irssi});
  say("one");
  say("two");
  say("three", "#Chan", 12h);
  writer->close(noon + 13h);
  CHECK(contents() ==
        "--- Log opened Sat Nov 21 12:34:56 2026\n"
        "12:34 <@ann> one\n"
        "12:34 <@ann> two\n"
        "--- Day changed Sun Nov 22 2026\n"
        "00:34 <@ann> three\n"
        "--- Log closed Sun Nov 22 01:34:56 2026\n");
}

TEST_CASE_METHOD(Writing, "a new file tells irssi's readers its day", "[irc41]") {
  begin("log", {.form = IrcLogForm::irssi});
  say("one");
  REQUIRE(rename(path("log").c_str(), path("old").c_str()) == 0);
  writer->reopen();
  say("two");
  CHECK(contents() == "--- Log opened Sat Nov 21 12:34:56 2026\n12:34 <@ann> two\n");
}

TEST_CASE_METHOD(Writing, "a log that has not begun is not closed", "[clients]") {
  begin("log", {.form = IrcLogForm::irssi});
  say("one");
  unlink(path("log").c_str());
  clock.advance(1s);
  writer->close(noon);
  CHECK(contents() == "");
}

TEST_CASE_METHOD(Writing, "a file that was closed for want of descriptors is not opened again",
                 "[clients]") {
  begin("{channel}", {.form = IrcLogForm::irssi, .most_open = 1});
  say("one", "#a");
  say("one", "#b");
  say("two", "#a");
  CHECK(contents("#a") ==
        "--- Log opened Sat Nov 21 12:34:56 2026\n12:34 <@ann> one\n12:34 <@ann> two\n");
  writer->close(noon);
  CHECK(contents("#b") ==
        "--- Log opened Sat Nov 21 12:34:56 2026\n12:34 <@ann> one\n"
        "--- Log closed Sat Nov 21 12:34:56 2026\n");
}

TEST_CASE_METHOD(Writing, "fsync at intervals needs a timer while lines come, and no longer",
                 "[clients]") {
  begin("log", {.sync = IrcLogSync::interval});
  CHECK(clock.delayed_calls().empty());
  say("one");
  say("two");
  CHECK(clock.delayed_calls().size() == 1);
  clock.advance(1s);
  CHECK(clock.delayed_calls().empty());
  begin("log", {.sync = IrcLogSync::line});
  say("three");
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE_METHOD(Writing, "one burst into 100 channels", "[.bench]") {
  for (auto const form :
       {IrcLogForm::text, IrcLogForm::jsonl, IrcLogForm::irssi, IrcLogForm::weechat}) {
    begin(std::to_string(static_cast<int>(form)) + "{channel}.log", {.form = form});
    std::vector<std::string> channels;
    for (int i = 0; i < 100; ++i) channels.push_back("#channel" + std::to_string(i));
    auto event = said("this is what people say on IRC, of middling length and with no colours");
    event.tags = "time=2026-11-21T12:34:56.789Z;msgid=abcdef0123456789";
    auto const start = processor_time();
    for (int i = 0; i < 1000000; ++i) {
      event.channel = event.channel_key = channels[static_cast<std::size_t>(i % 100)];
      event.time += std::chrono::microseconds(1);
      writer->write(event);
    }
    auto const seconds = std::chrono::duration<double>(processor_time() - start).count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("form %d: %.0f lines per CPU second, peak %ld KiB\n", static_cast<int>(form),
                1e6 / seconds, usage.ru_maxrss);
  }
}
