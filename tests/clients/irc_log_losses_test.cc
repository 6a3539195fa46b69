// Lines that IrcLogWriter cannot write, or not yet: a disk that is full, a reader that is slow.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "clients/irc_log_writer.h"
#include "tests/clients/irc_log_writing.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(Writing, "a disk that is full is told once, and lines are counted", "[irc43]") {
  REQUIRE(symlink("/dev/full", path("log").c_str()) == 0);
  begin("log");
  for (int i = 0; i < 100; ++i) say("x");
  CHECK(log.count(path("log") + ": No space left on device") == 1);
  CHECK(writer->lost() == 100);
  CHECK(writer->written() == 0);
  REQUIRE(unlink(path("log").c_str()) == 0);
  clock.advance(1s);
  say("again");
  CHECK(contents() == "[12:34:56] [100 lines were lost]\n[12:34:56] <ann> again\n");
  CHECK(log.count("the log can be written again; 100 lines were lost") == 1);
}

TEST_CASE_METHOD(Writing, "many files on one full disk are one message", "[irc43]") {
  begin("{channel}/log");
  REQUIRE(mkdir(path("#0").c_str(), 0700) == 0);
  std::ofstream(path("#1")) << "no folder";
  std::ofstream(path("#2")) << "no folder";
  for (int i = 0; i < 3; ++i) say("x", "#" + std::to_string(i));
  CHECK(log.count("Not a directory") == 1);
  CHECK(contents("#0/log") == "[12:34:56] <ann> x\n");
  unlink(path("#1").c_str());
  say("y", "#1");
  CHECK(contents("#1/log") == "[12:34:56] [1 line was lost]\n[12:34:56] <ann> y\n");
  CHECK(log.count("can be written again") == 0);
  unlink(path("#2").c_str());
  say("y", "#2");
  CHECK(log.count("the log can be written again; 2 lines were lost") == 1);
}

TEST_CASE_METHOD(Writing, "what is lost to the end is told at the end", "[irc43]") {
  REQUIRE(symlink("/dev/full", path("log").c_str()) == 0);
  begin("log");
  for (int i = 0; i < 3; ++i) say("x");
  writer->close(noon);
  CHECK(log.count("3 lines were lost to the log") == 1);
}

struct Mounted {
  explicit Mounted(std::string path) : where(std::move(path)) {
    done = mkdir(where.c_str(), 0700) == 0 &&
           mount("tmpfs", where.c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  ~Mounted() {
    if (done) umount2(where.c_str(), MNT_DETACH);
  }
  std::string where;
  bool done;
};

// Takes a mount of its own; without the right to it there is nothing to see.
TEST_CASE_METHOD(Writing, "a small disk fills and empties", "[irc43]") {
  Mounted const disk(path("disk"));
  if (!disk.done) {
    WARN("no right to mount");
    return;
  }
  begin("disk/log");
  int said_lines = 0;
  while (writer->lost() < 50 && said_lines < 100000) say(numbered(said_lines++));
  auto const full = contents("disk/log");
  REQUIRE(rename(path("disk/log").c_str(), path("disk/old").c_str()) == 0);
  REQUIRE(unlink(path("disk/old").c_str()) == 0);
  writer->reopen();
  say("again");
  auto const rest = contents("disk/log");
  writer.reset();
  CHECK(full.size() > 60000);
  CHECK(full.back() == '\n');
  CHECK(rest == "[12:34:56] [50 lines were lost]\n[12:34:56] <ann> again\n");
  CHECK(log.count("No space left on device") == 1);
}

TEST_CASE_METHOD(Writing, "a FIFO without a reader loses lines, one with a reader gets them",
                 "[clients]") {
  REQUIRE(mkfifo(path("log").c_str(), 0600) == 0);
  begin("log");
  CHECK(writer->open().failure().message() == path("log") + ": nobody reads it");
  say("one");
  CHECK(writer->lost() == 1);
  Descriptor const reader(::open(path("log").c_str(), O_RDONLY | O_NONBLOCK));
  say("two");
  char text[200];
  auto const size = read(reader.get(), text, sizeof text);
  REQUIRE(size > 0);
  CHECK(std::string(text, static_cast<std::size_t>(size)) ==
        "[12:34:56] [1 line was lost]\n[12:34:56] <ann> two\n");
}

TEST_CASE_METHOD(Writing, "a slow reader gets all lines, in time", "[clients]") {
  REQUIRE(mkfifo(path("log").c_str(), 0600) == 0);
  Descriptor const reader(::open(path("log").c_str(), O_RDONLY | O_NONBLOCK));
  begin("log");
  std::string expected;
  for (int i = 0; i < 10000; ++i) {
    say(numbered(i));
    expected += "[12:34:56] <ann> " + numbered(i) + "\n";
  }
  std::string all;
  char text[65536];
  while (all.size() < expected.size() && !clock.delayed_calls().empty()) {
    for (ssize_t n = 0; (n = read(reader.get(), text, sizeof text)) > 0;)
      all.append(text, static_cast<std::size_t>(n));
    clock.advance(50ms);
  }
  for (ssize_t n = 0; (n = read(reader.get(), text, sizeof text)) > 0;)
    all.append(text, static_cast<std::size_t>(n));
  CHECK((all == expected));
  CHECK(writer->lost() == 0);
  CHECK(writer->held() == 0);
  CHECK(clock.delayed_calls().empty());
}

TEST_CASE_METHOD(Writing, "lines held for a reader that goes are lost and told", "[clients]") {
  auto const before = std::signal(SIGPIPE, SIG_IGN);
  REQUIRE(mkfifo(path("log").c_str(), 0600) == 0);
  {
    Descriptor const reader(::open(path("log").c_str(), O_RDONLY | O_NONBLOCK));
    begin("log");
    for (int i = 0; i < 10000; ++i) say(numbered(i));
  }
  clock.advance(50ms);
  CHECK(writer->lost() > 0);
  CHECK(log.count(path("log") + ": Broken pipe") == 1);
  CHECK(clock.delayed_calls().empty());
  std::signal(SIGPIPE, before);
}

}  // namespace
