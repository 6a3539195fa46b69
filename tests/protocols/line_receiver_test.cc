// Raw mode, and what is buffered between the modes.
#include "protocols/line_receiver.h"

#include <stdexcept>
#include <string>

#include "tests/protocols/support/lines.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// A line with a number is followed by so many bytes of raw data.
void with_counted_data(Lines& lines) {
  auto const left = std::make_shared<std::size_t>(0);
  lines.on_line = [&lines, left](std::string_view line) {
    *left = line.empty() ? 0 : std::stoul(std::string(line));
    if (*left > 0) lines.set_raw_mode();
  };
  lines.on_raw = [&lines, left](Bytes data) {
    auto const body = text(data);
    auto const here = std::min(*left, body.size());
    // The event has too much at its end.
    lines.events.back().resize(lines.events.back().size() - (body.size() - here));
    *left -= here;
    if (*left == 0) lines.set_line_mode(body.substr(here));
  };
}

TEST_CASE("After set_raw_mode the rest of the reading is raw data, in the same call",
          "[line][rule100]") {
  LinesFixture f;
  f.lines.on_line = [&](auto) { f.lines.set_raw_mode(); };
  f.wire.deliver("go\r\nraw\r\nstill raw");
  CHECK(f.lines.events == Events{"go", "raw:raw\r\nstill raw"});
  f.wire.deliver("\r\n");
  CHECK(f.lines.events.back() == "raw:raw\r\nstill raw\r\n");
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("After set_raw_mode with nothing left raw data comes with the next reading",
          "[line][rule100]") {
  LinesFixture f;
  f.lines.on_line = [&](auto) { f.lines.set_raw_mode(); };
  f.wire.deliver("go\r\n");
  CHECK(f.lines.events == Events{"go"});
  f.wire.deliver("x");
  CHECK(f.lines.events == Events{"go", "raw:x"});
}

TEST_CASE("Lines and raw data take turns however the stream is split", "[line][rule100][rule101]") {
  CHECK(events_of("3\r\nabc\r\n10\r\n0123456789\r\n\r\n0\r\n2\r\n\r\n1\r\nx5\r\nhello",  //
                  with_counted_data) == Events{"3", "raw:abc", "", "10", "raw:0123456789", "", "",
                                               "0", "2", "raw:\r\n", "1", "raw:x", "5",
                                               "raw:hello"});
}

TEST_CASE("What set_line_mode is given is parsed when raw_data_received has returned",
          "[line][rule101]") {
  LinesFixture f;
  f.lines.set_raw_mode();
  bool returned = false;
  f.lines.on_raw = [&](auto) {
    f.lines.set_line_mode("one\r\ntwo\r\nthr");
    CHECK(f.lines.events == Events{"raw:x"});
    returned = true;
  };
  f.lines.on_line = [&](auto) { CHECK(returned); };
  f.wire.deliver("x");
  CHECK(f.lines.events == Events{"raw:x", "one", "two"});
  f.wire.deliver("ee\r\n");
  CHECK(f.lines.events.back() == "three");
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("A thousand changes of mode in one reading do not nest", "[line][rule101]") {
  LinesFixture f;
  with_counted_data(f.lines);
  std::string stream;
  for (int i = 0; i < 1000; ++i) stream += "1\r\nx";
  f.wire.deliver(stream);
  CHECK(f.lines.events.size() == 2000);
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("set_line_mode outside of a callback delivers at the end of the turn",
          "[line][rule101]") {
  LinesFixture f;
  f.lines.set_raw_mode();
  f.wire.deliver("abc");
  f.lines.calling([&] { f.lines.set_line_mode("one\r\ntw"); });
  CHECK(f.lines.events == Events{"raw:abc"});
  f.wire.turn();
  CHECK(f.lines.events == Events{"raw:abc", "one"});
  f.wire.deliver("o\r\n");
  CHECK(f.lines.events.back() == "two");
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("What comes before that end of the turn stands behind it", "[line][rule101]") {
  LinesFixture f;
  f.lines.set_line_mode("one\r\ntw");
  f.lines.data_received(bytes("o\r\n"));
  CHECK(f.lines.events == Events{"one", "two"});
}

TEST_CASE("set_raw_mode outside of a callback delivers what has come of a line",
          "[line][rule100]") {
  LinesFixture f;
  f.wire.deliver("abc");
  f.lines.calling([&] { f.lines.set_raw_mode(); });
  CHECK(f.lines.events.empty());
  f.wire.turn();
  CHECK(f.lines.events == Events{"raw:abc"});
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("The mode may be set before there is a connection", "[line][rule101]") {
  Lines lines;
  lines.set_line_mode("early\r\n");
  FakeTransport wire;
  wire.connect(lines);
  wire.deliver("late\r\n");
  CHECK(lines.events == Events{"early", "late"});
}

TEST_CASE("data_received in a callback only adds to what is left", "[line][rule102]") {
  LinesFixture f;
  int depth = 0;
  f.lines.on_line = [&](std::string_view line) {
    CHECK(depth++ == 0);
    if (line == "one") f.lines.data_received(bytes(std::string(1000, 'x') + "\r\nthr"));
    CHECK(line.size() == (line.front() == 'x' ? 1000 : line.size()));
    --depth;
  };
  f.wire.deliver("one\r\ntwo\r\n");
  f.wire.deliver("ee\r\n");
  CHECK(f.lines.events == Events{"one", "two", std::string(1000, 'x'), "three"});
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("It does so in raw mode too", "[line][rule102]") {
  LinesFixture f;
  f.lines.set_raw_mode();
  f.lines.on_raw = [&](Bytes data) {
    if (text(data) == "a") f.lines.data_received(bytes("b"));
  };
  f.wire.deliver("a");
  CHECK(f.lines.events == Events{"raw:ab"});
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("The line that a callback got stays while it calls data_received", "[line][rule102]") {
  LinesFixture f;
  f.lines.on_line = [&](std::string_view line) {
    if (line != "split in two") return;
    f.lines.data_received(bytes(std::string(100'000, 'x')));
    CHECK(line == "split in two");
  };
  f.wire.deliver("split i");
  f.wire.deliver("n two\r\n");
  CHECK(f.lines.events.front() == "split in two");
}

TEST_CASE("clear_line_buffer returns what is left and empties it", "[line][rule104]") {
  LinesFixture f;
  f.wire.deliver("abc");
  CHECK(f.lines.clear_line_buffer() == "abc");
  CHECK(f.lines.clear_line_buffer().empty());
  f.wire.deliver("d\r\n");
  CHECK(f.lines.events == Events{"d"});
}

TEST_CASE("In a callback it takes what was to follow, so that nothing is injected before TLS",
          "[line][rule104]") {
  for (auto const& pieces :
       {Pieces{"STARTTLS\r\nRCPT\r\nDA"}, Pieces{"STAR", "TTLS\r\nRCPT\r\nDA"}}) {
    LinesFixture f;
    std::string cleared;
    f.lines.on_line = [&](std::string_view line) {
      if (line != "STARTTLS") return;
      cleared = f.lines.clear_line_buffer();
      CHECK(line == "STARTTLS");
    };
    f.deliver(pieces);
    CHECK(f.lines.events == Events{"STARTTLS"});
    CHECK(cleared == "RCPT\r\nDA");
    f.wire.deliver("TA\r\n");
    CHECK(f.lines.events.back() == "TA");
  }
}

TEST_CASE("Raw mode without raw_data_received is a programming error", "[line][rule100]") {
  struct Forgetful final : LineReceiver {
    void line_received(std::string_view) override { set_raw_mode(); }
  } forgetful;
  LogLines const log;
  FakeTransport wire;
  wire.connect(forgetful);
  wire.deliver("a\r\nb");
  wire.turn();
  CHECK(wire.reason()->message() == "raw mode without raw_data_received");
}

}  // namespace
