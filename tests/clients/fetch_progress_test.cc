#include "clients/fetch_progress.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1024 * 1024;

// What a terminal shows that knows the few sequences of the progress; it does not wrap, which is
// what lines must not need.
struct Screen {
  void write(std::string_view text) {
    ++writes;
    while (!text.empty()) {
      if (sequence(text, "\033[K")) {
        at().resize(std::min(column, at().size()));
      } else if (sequence(text, "\033[J")) {
        at().resize(std::min(column, at().size()));
        rows.resize(row + 1);
      } else if (sequence(text, "\033[A")) {
        REQUIRE(row > 0);
        --row;
      } else {
        put(text.front());
        text.remove_prefix(1);
      }
    }
  }
  static bool sequence(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
  }
  void put(char c) {
    REQUIRE((c == '\r' || c == '\n' || (c >= ' ' && c != '\x7f')));
    if (c == '\r') column = 0;
    if (c == '\n') column = 0, ++row;
    if (row == rows.size()) rows.emplace_back();
    if (c == '\r' || c == '\n') return;
    if (column >= at().size()) at().resize(column + 1, ' ');
    at()[column++] = c;
  }
  std::string& at() { return rows[row]; }
  // Without the spaces at the ends.
  std::vector<std::string> lines() const {
    auto all = rows;
    for (auto& line : all) line.erase(line.find_last_not_of(' ') + 1);
    return all;
  }

  std::vector<std::string> rows{""};
  std::size_t row = 0;
  std::size_t column = 0;
  int writes = 0;
};

struct Shown {
  FakeClock clock;
  Screen screen;
  FetchProgress::Size size{60, 24};
  FetchProgress progress{clock, [this](std::string_view text) { screen.write(text); },
                         [this] { return size; }};
};

using Lines = std::vector<std::string>;

// The file descriptor of standard error or output is a terminal, or none, for a while.
struct Replaced {
  Replaced(int number, int by) : number_(number), kept_(::dup(number)) { ::dup2(by, number); }
  ~Replaced() {
    ::dup2(kept_, number_);
    ::close(kept_);
  }

 private:
  int number_;
  int kept_;
};

struct Terminal {
  int const descriptor = ::posix_openpt(O_RDWR | O_NOCTTY);
  ~Terminal() { ::close(descriptor); }
};

}  // namespace

TEST_CASE("one line is rewritten with what has come, the rate and the time left", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("page.html");
  line->length(12 * mib);
  CHECK(shown.screen.writes == 0);
  for (int i = 0; i < 10; ++i) {
    line->moved(mib / 5);
    shown.clock.advance(200ms);
  }
  CHECK(shown.screen.lines() ==
        Lines{"page.html       16%     2.0 MiB     1.0 MiB/s  0:00:10 left"});
  CHECK(shown.screen.rows[0].size() == 59);
}

TEST_CASE("what is sent and what comes are counted apart", "[fetch]") {
  Shown shown;
  shown.size.columns = 70;
  auto const line = shown.progress.begin("up");
  line->sends(10 * mib);
  for (int i = 0; i < 10; ++i) {
    line->sent(mib / 5);
    shown.clock.advance(200ms);
  }
  CHECK(shown.screen.lines()[0].starts_with("up   "));
  CHECK(shown.screen.lines()[0].ends_with("19%     2.0 MiB     1.0 MiB/s  0:00:08 left"));
  line->length(4000);
  line->moved(1000);
  line->sent(mib);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines()[0].starts_with("sent 3.0 MiB: up   "));
  CHECK(shown.screen.lines()[0].ends_with("25%      1000 B      1000 B/s  0:00:03 left"));
  line->sends(std::nullopt);  // a redirect wants it again
  line->sent(5);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines()[0].starts_with("up   "));
  CHECK(shown.screen.lines()[0].ends_with("       5 B         5 B/s"));
  line->restarted(1);
  line->finished(false);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines()[0].starts_with("retry 1: up   "));
}

TEST_CASE("the line is drawn at most five times a second, and only if it differs", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("x");
  for (int i = 0; i < 1000; ++i) {
    line->moved(1000);
    shown.clock.advance(1ms);
  }
  CHECK(shown.screen.writes == 5);
  shown.clock.advance(1min);
  auto const writes = shown.screen.writes;
  shown.clock.advance(1min);
  CHECK(shown.screen.writes == writes);
}

TEST_CASE("without a length there is neither percent nor time left", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("x");
  line->moved(2048);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines() == Lines{"x                       2.0 KiB     2.0 KiB/s"});
}

TEST_CASE("more bytes than the length shows no percent", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("x");
  line->length(10);
  line->moved(11);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines()[0].find('%') == std::string::npos);
}

TEST_CASE("the rate is that of the last seconds", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("x");
  line->moved(100 * mib);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines()[0].ends_with("100.0 MiB/s"));
  for (int i = 0; i < 50; ++i) {
    line->moved(1024);
    shown.clock.advance(200ms);
  }
  CHECK(shown.screen.lines()[0].ends_with(" 5.0 KiB/s"));
  shown.clock.advance(10s);
  CHECK(shown.screen.lines()[0].ends_with(" 0 B/s"));
}

TEST_CASE("a line that has ended stays, with its mean rate and its time", "[fetch]") {
  Shown shown;
  auto line = shown.progress.begin("x");
  line->length(4 * mib);
  line->moved(3 * mib);
  shown.clock.advance(1s);
  line->moved(mib);
  shown.clock.advance(1s);
  line->finished(true);
  line.reset();
  shown.progress.erase();
  CHECK(shown.screen.lines() ==
        Lines{"x              100%     4.0 MiB     2.0 MiB/s  0:00:02", ""});
  CHECK(shown.clock.delayed_calls().size() <= 1);
  auto const writes = shown.screen.writes;
  shown.clock.advance(1min);
  CHECK(shown.screen.writes == writes);
  CHECK(shown.clock.delayed_calls().empty());
}

TEST_CASE("a failure shows in the line that stays", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("x");
  line->finished(false);
  shown.clock.advance(200ms);
  CHECK(shown.screen.lines() ==
        Lines{"x                           0 B         0 B/s  0:00:00 fail", ""});
}

TEST_CASE("a transfer that is given up takes its line away", "[fetch]") {
  Shown shown;
  auto line = shown.progress.begin("x");
  line->moved(5);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines()[0] != "");
  line.reset();
  shown.clock.advance(200ms);
  CHECK(shown.screen.lines() == Lines{""});
}

TEST_CASE("a retry is seen, and counts from where it goes on", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("x");
  line->length(2 * mib);
  line->moved(mib);
  shown.clock.advance(1s);
  line->restarted(1, mib / 2);
  shown.clock.advance(200ms);
  CHECK(shown.screen.lines() == Lines{"retry 1: x            512.0 KiB         0 B/s"});
  line->length(2 * mib);
  line->moved(mib / 2);
  shown.clock.advance(800ms);
  CHECK(shown.screen.lines() ==
        Lines{"retry 1: x      50%     1.0 MiB   512.0 KiB/s  0:00:02 left"});
}

TEST_CASE("several transfers have a line each, which go as they end", "[fetch]") {
  Shown shown;
  auto const a = shown.progress.begin("a");
  auto const b = shown.progress.begin("b");
  auto const c = shown.progress.begin("c");
  shown.clock.advance(1s);
  auto const first = [&](std::size_t i) { return shown.screen.lines().at(i).substr(0, 1); };
  CHECK(first(0) + first(1) + first(2) == "abc");
  b->moved(3);
  b->finished(true);
  shown.clock.advance(200ms);
  CHECK(first(0) + first(1) + first(2) == "bac");
  CHECK(shown.screen.lines().size() == 3);
  CHECK(shown.screen.lines()[0].ends_with("0:00:01"));
  a->moved(1);
  shown.clock.advance(200ms);
  CHECK(shown.screen.lines().size() == 3);
  CHECK(shown.screen.lines()[1].find("1 B") != std::string::npos);
}

TEST_CASE("more transfers than the terminal has lines end in one for all", "[fetch]") {
  Shown shown;
  shown.size.rows = 4;
  std::vector<std::unique_ptr<FetchProgress::Line>> lines;
  for (int i = 0; i < 6; ++i) lines.push_back(shown.progress.begin(std::to_string(i)));
  for (auto const& line : lines) line->moved(1024);
  shown.clock.advance(1s);
  REQUIRE(shown.screen.lines().size() == 4);
  CHECK(shown.screen.lines()[2].starts_with("2 "));
  CHECK(shown.screen.lines()[3] == "3 more; all together 6.0 KiB, 6.0 KiB/s");
  for (auto const& line : lines) line->moved(1024);
  shown.clock.advance(1s);
  CHECK(shown.screen.lines().size() == 4);
}

TEST_CASE("it is erased for other lines and comes back", "[fetch]") {
  Shown shown;
  auto const a = shown.progress.begin("a");
  auto const b = shown.progress.begin("b");
  shown.clock.advance(200ms);
  shown.progress.erase();
  CHECK(shown.screen.lines() == Lines{""});
  CHECK(shown.screen.column == 0);
  auto const writes = shown.screen.writes;
  shown.progress.erase();
  CHECK(shown.screen.writes == writes);
  shown.screen.write("an error\n");
  shown.clock.advance(200ms);
  REQUIRE(shown.screen.lines().size() == 3);
  CHECK(shown.screen.lines()[0] == "an error");
  CHECK(shown.screen.lines()[2].starts_with("b "));
}

TEST_CASE("lines are never wider than the terminal", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin(std::string(500, 'n'));
  line->length(mib);
  for (unsigned const columns : {200U, 80U, 55U, 54U, 53U, 20U, 3U, 1U, 0U}) {
    shown.size.columns = columns;
    line->moved(1);
    shown.clock.advance(200ms);
    CAPTURE(columns);
    CHECK(shown.screen.rows.size() == 1);
    CHECK(shown.screen.rows[0].size() == std::max(columns, 2U) - 1);
  }
}

TEST_CASE("a name cannot steer the terminal", "[fetch]") {
  Shown shown;
  auto const line = shown.progress.begin("a\033[2J\r\n");
  shown.clock.advance(200ms);
  CHECK(shown.screen.lines()[0].starts_with("a\\x1b[2J\\x..."));
}

TEST_CASE("there is progress only where standard error is a terminal and the body goes elsewhere",
          "[fetch]") {
  Terminal const terminal;
  int const null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("CI");
  auto const wanted = [](int error, int output, bool silent, bool to_output) {
    Replaced const errors(STDERR_FILENO, error);
    Replaced const outputs(STDOUT_FILENO, output);
    return FetchProgress::wanted(silent, to_output);
  };
  auto const tty = terminal.descriptor;
  CHECK(wanted(tty, null, false, true));
  CHECK(wanted(tty, tty, false, false));
  CHECK_FALSE(wanted(tty, tty, false, true));
  CHECK_FALSE(wanted(tty, null, true, true));
  CHECK_FALSE(wanted(null, null, false, true));
  CHECK_FALSE(wanted(null, tty, false, false));
  ::setenv("CI", "true", 1);
  CHECK_FALSE(wanted(tty, null, false, true));
  ::unsetenv("CI");
  ::setenv("TERM", "dumb", 1);
  CHECK_FALSE(wanted(tty, null, false, true));
  ::unsetenv("TERM");
  CHECK_FALSE(wanted(tty, null, false, true));
  ::close(null);
}

TEST_CASE("the size is asked of the terminal, and guessed without one", "[fetch]") {
  Terminal const terminal;
  winsize const size{.ws_row = 7, .ws_col = 33, .ws_xpixel = 0, .ws_ypixel = 0};
  REQUIRE(::ioctl(terminal.descriptor, TIOCSWINSZ, &size) == 0);
  FetchProgress::Size asked;
  {
    Replaced const errors(STDERR_FILENO, terminal.descriptor);
    asked = FetchProgress::terminal_size();
  }
  CHECK(asked.columns == 33);
  CHECK(asked.rows == 7);
  int const null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  {
    Replaced const errors(STDERR_FILENO, null);
    asked = FetchProgress::terminal_size();
  }
  CHECK(asked.columns == 80);
  CHECK(asked.rows == 24);
  ::close(null);
}
