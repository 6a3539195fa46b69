// Lines: where they end, how long they may be, what is sent.
#include "protocols/line_only_receiver.h"

#include <stdexcept>
#include <string>

#include "tests/protocols/support/counting_transport.h"
#include "tests/protocols/support/lines.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

constexpr std::size_t usual_max = 16384;

auto with_delimiter(std::string delimiter) {
  return [=](Lines& lines) { lines.set_delimiter(delimiter); };
}
auto with_end(LineEnd end) {
  return [=](Lines& lines) { lines.set_line_end(end); };
}
auto with_max(std::size_t length, LineEnd end = LineEnd::crlf) {
  return [=](Lines& lines) {
    lines.set_line_end(end);
    lines.set_max_length(length);
  };
}
constexpr auto ignored = [](std::string_view) {};

// --- delimiters ---

TEST_CASE("Lines end with CR LF and come without it", "[line][rule95][rule96][rule106]") {
  CHECK(events_of("one\r\ntwo\r\nunfinished") == Events{"one", "two"});
}

TEST_CASE("Empty lines are lines", "[line][rule96]") {
  CHECK(events_of("\r\n\r\na\r\n\r\n") == Events{"", "", "a", ""});
}

TEST_CASE("CR or LF alone, or the other way round, end no line", "[line][rule96]") {
  CHECK(events_of("a\nb\rc\n\rd\r\r\n\n\r\n") == Events{"a\nb\rc\n\rd\r", "\n"});
}

TEST_CASE("A line may hold any other byte", "[line][rule96]") {
  std::string line;
  for (int byte = 0; byte < 256; ++byte)
    if (byte != '\n') line += static_cast<char>(byte);
  CHECK(events_of(line + "\r\n") == Events{line});
}

TEST_CASE("The delimiter may be any bytes", "[line][rule95]") {
  CHECK(events_of("a;b;;c", with_delimiter(";")) == Events{"a", "b", ""});
  CHECK(events_of(std::string("a\0b\0", 4), with_delimiter(std::string(1, '\0'))) ==
        Events{"a", "b"});
  CHECK(events_of("x--END--y--EN--END--", with_delimiter("--END--")) == Events{"x", "y--EN"});
}

TEST_CASE("A delimiter whose beginning repeats itself is found where it first stands",
          "[line][rule95]") {
  CHECK(events_of("aaabxaab", with_delimiter("aab")) == Events{"a", "x"});
  CHECK(events_of("aaaaaabaab", with_delimiter("aab")) == Events{"aaaa", ""});
  CHECK(events_of("aaaaa", with_delimiter("aa")) == Events{"", ""});
  CHECK(events_of("abababab!", with_delimiter("abab")) == Events{"", ""});
  CHECK(events_of("ababaababc", with_delimiter("ababc")) == Events{"ababa"});
}

TEST_CASE("An empty delimiter is refused", "[line][rule95]") {
  Lines lines;
  CHECK_THROWS_AS(lines.set_delimiter(""), std::invalid_argument);
  CHECK(events_of("a\r\n", [](Lines& l) { CHECK_THROWS(l.set_delimiter("")); }) == Events{"a"});
}

TEST_CASE("The delimiter may change from one line to the next", "[line][rule95]") {
  auto const change = [](Lines& lines) {
    lines.on_line = [&lines](std::string_view line) { lines.set_delimiter(std::string(line)); };
  };
  CHECK(events_of(";\r\n|;a\r\nb|", change) == Events{";", "|", "a\r\nb"});
}

TEST_CASE("A delimiter set between two reads counts for what has come of a line",
          "[line][rule95]") {
  LinesFixture f;
  f.wire.deliver("one;two;thr");
  f.lines.calling([&] { f.lines.set_delimiter(";"); });
  CHECK(f.lines.events.empty());
  f.wire.turn();
  CHECK(f.lines.events == Events{"one", "two"});
  f.wire.deliver("ee;");
  CHECK(f.lines.events == Events{"one", "two", "three"});
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("With LF a CR belongs to the line", "[line][rule95]") {
  CHECK(events_of("a\nb\r\n\n", with_end(LineEnd::lf)) == Events{"a", "b\r", ""});
}

TEST_CASE("With either, each line may end with CR LF or LF", "[line][rule95]") {
  CHECK(events_of("a\nb\r\n\n\r\nc\r\r\nx\re\n", with_end(LineEnd::any)) ==
        Events{"a", "b", "", "", "c\r", "x\re"});
}

// --- length ---

TEST_CASE("A line of the greatest length passes", "[line][rule95][rule98]") {
  for (auto const end : {LineEnd::crlf, LineEnd::lf, LineEnd::any}) {
    CHECK(events_of("12345\r\n12345\r\n", with_max(end == LineEnd::lf ? 6 : 5, end)).size() == 2);
    if (end != LineEnd::crlf) CHECK(events_of("12345\n\n", with_max(5, end)).size() == 2);
  }
  LinesFixture f;
  auto const longest = std::string(usual_max, 'x');
  f.wire.deliver(longest + "\r\n" + longest + "\r\n");
  CHECK(f.lines.events == Events{longest, longest});
}

TEST_CASE("One byte more is too long, with its end in sight or not", "[line][rule97]") {
  Events const too_long{"ok", "exceeded", "lost"};
  for (auto const end : {LineEnd::crlf, LineEnd::any}) {
    CHECK(events_of("ok\r\n123456\r\n", with_max(5, end)) == too_long);
    CHECK(events_of("ok\r\n1234567", with_max(5, end)) == too_long);
    CHECK(events_of("ok\r\n12345\r", with_max(5, end)) == Events{"ok"});
  }
  CHECK(events_of("ok\n123456\n", with_max(5, LineEnd::any)) == too_long);
  CHECK(events_of("ok\n123456", with_max(5, LineEnd::lf)) == too_long);
  CHECK(events_of("ok\n12345", with_max(5, LineEnd::lf)) == Events{"ok"});
  CHECK(events_of("1", with_max(0, LineEnd::lf)) == Events{"exceeded", "lost"});
  CHECK(events_of("\n", with_max(0, LineEnd::lf)) == Events{""});
}

TEST_CASE("As it stands that loses the connection, and nothing more is handed over",
          "[line][rule97][rule106]") {
  for (auto const& pieces : splits("12345\r\n123456\r\nnever\r\n")) {
    LinesFixture f;
    f.lines.set_max_length(5);
    f.deliver(pieces);
    CHECK(f.wire.disconnecting());
    f.wire.turn();
    CHECK(f.lines.events == Events{"12345", "exceeded", "lost"});
    CHECK(f.wire.reason()->is(Error::connection_done));
  }
}

TEST_CASE("An overlong tail is noticed after the complete lines before it", "[line][rule106]") {
  LinesFixture f;
  f.wire.deliver("one\r\ntwo\r\n" + std::string(usual_max + 2, 'x'));
  CHECK(f.lines.events == Events{"one", "two", "exceeded"});
}

TEST_CASE("line_length_exceeded gets all that has come from the line on", "[line][rule97]") {
  LinesFixture f;
  with_max(5)(f.lines);
  f.lines.on_exceeded = ignored;
  SECTION("in one reading") { f.wire.deliver("a\r\n123456\r\nb\r\nc"); }
  SECTION("in two") {
    f.wire.deliver("a\r\n12345");
    f.wire.deliver("6\r\nb\r\nc");
  }
  CHECK(f.lines.events == Events{"a", "exceeded"});
  CHECK(f.lines.rest == "123456\r\nb\r\nc");
  f.wire.deliver("d\r\n");  // the buffer is empty
  CHECK(f.lines.events.back() == "d");
}

TEST_CASE("So it does where either end counts", "[line][rule97]") {
  LinesFixture f;
  with_max(5, LineEnd::any)(f.lines);
  f.lines.on_exceeded = ignored;
  f.wire.deliver("a\n1234");
  f.wire.deliver("56\nb\n");
  CHECK(f.lines.rest == "123456\nb\n");
}

TEST_CASE("A protocol may skip an overlong line and go on with the next", "[line][rule97]") {
  auto const skipping = [](Lines& lines) {
    lines.set_max_length(5);
    auto const skip = [&lines](std::string_view rest) {
      auto const end = rest.find('\n');
      end == rest.npos ? lines.set_raw_mode() : lines.set_line_mode(rest.substr(end + 1));
    };
    lines.on_exceeded = skip;
    lines.on_raw = [=](Bytes data) { skip(text(data)); };
  };
  for (auto const& pieces : splits("a\r\n12345678901234567890\r\nb\r\nc\r\n")) {
    LinesFixture f;
    skipping(f.lines);
    f.deliver(pieces);
    std::erase_if(f.lines.events, [](auto const& event) { return event.starts_with("raw:"); });
    CHECK(f.lines.events == Events{"a", "exceeded", "b", "c"});
  }
}

TEST_CASE("The greatest length may change while a line comes", "[line][rule95]") {
  LinesFixture f;
  with_max(5)(f.lines);
  f.lines.on_exceeded = ignored;
  f.wire.deliver("12345");
  f.lines.set_max_length(3);
  f.wire.deliver("6");
  CHECK(f.lines.events == Events{"exceeded"});
  CHECK(f.lines.rest == "123456");
  f.lines.set_max_length(static_cast<std::size_t>(-1));
  f.wire.deliver(std::string(100'000, 'x'));
  f.wire.deliver("\r\n");
  CHECK(f.lines.events.back().size() == 100'000);
}

TEST_CASE("Limits and delimiters are each receiver's own", "[line][rule95]") {
  LinesFixture one;
  LinesFixture other;
  one.lines.set_max_length(1);
  one.lines.set_delimiter(";");
  CHECK(other.lines.max_length() == usual_max);
  other.wire.deliver("a;b\r\n");
  CHECK(other.lines.events == Events{"a;b"});
}

TEST_CASE("A very long line in very small pieces takes no time to speak of", "[line]") {
  LinesFixture f;
  constexpr std::size_t size = 8 << 20;  // a search from the start for each byte would take days
  f.lines.set_max_length(size);
  std::string const bytes_of_line(1, 'x');
  for (std::size_t i = 0; i < size; ++i) f.lines.data_received(bytes(bytes_of_line));
  f.lines.data_received(bytes("\r\n"));
  REQUIRE(f.lines.events.size() == 1);
  CHECK(f.lines.events[0].size() == size);
}

TEST_CASE("A line that lies in one reading is handed over where it lies", "[line]") {
  LinesFixture f;
  std::string const data = "one\r\ntwo\r\n";
  std::vector<void const*> places;
  f.lines.on_line = [&](std::string_view line) { places.push_back(line.data()); };
  f.lines.data_received(bytes(data));
  CHECK(places == std::vector<void const*>{data.data(), data.data() + 5});
}

// --- sending ---

TEST_CASE("send_line writes the line and the delimiter", "[line][rule105]") {
  LinesFixture f;
  f.lines.send_line("hello");
  f.lines.send_line("");
  f.lines.set_delimiter(";");
  f.lines.send_line("bye");
  CHECK(f.wire.take() == "hello\r\n\r\nbye;");
  f.lines.set_line_end(LineEnd::lf);
  f.lines.send_line("lf");
  CHECK(f.wire.take() == "lf\n");
}

TEST_CASE("A line leaves together with its end, in one write", "[line][rule105]") {
  CountingTransport wire;
  Lines lines;
  wire.connect(lines);
  for (std::size_t const size : {0, 1, 4093, 4094, 4095, 4096, 5000}) {
    wire.writes = 0;
    std::string const line(size, 'x');
    lines.send_line(line);
    CHECK(wire.writes == 1);
    CHECK(wire.take() == line + "\r\n");
  }
}

TEST_CASE("Where either end counts, lines are sent with the one that the peer used first",
          "[line][rule105]") {
  LinesFixture f;
  f.lines.set_line_end(LineEnd::any);
  f.lines.send_line("welcome");
  CHECK(f.wire.take() == "welcome\r\n");
  f.lines.on_line = [&](std::string_view line) { f.lines.send_line(line); };
  SECTION("LF") {
    f.wire.deliver("a\nb\r\n");
    CHECK(f.wire.take() == "a\nb\n");
  }
  SECTION("CR LF") {
    f.wire.deliver("a\r\nb\n");
    CHECK(f.wire.take() == "a\r\nb\r\n");
  }
  SECTION("the first since that was set") {
    f.wire.deliver("a\n");
    f.lines.set_line_end(LineEnd::any);
    f.wire.deliver("b\r\nc\n");
    CHECK(f.wire.take() == "a\nb\r\nc\r\n");
  }
}

TEST_CASE("A line that is unfinished when the connection ends is dropped", "[line][rule105]") {
  LinesFixture f;
  f.wire.deliver("one\r\ntw");
  SECTION("by the end of input") {
    f.wire.deliver_eof();
    f.wire.turn();
    CHECK(f.lines.events == Events{"one", "eof", "lost"});
  }
  SECTION("by an error") {
    f.wire.lose();
    CHECK(f.lines.events == Events{"one", "lost"});
  }
}

TEST_CASE("A LineOnlyReceiver needs no more than line_received", "[line][rule106]") {
  struct Shout final : LineOnlyReceiver {
    void line_received(std::string_view line) override { send_line(std::string(line) + "!"); }
  } shout;
  FakeTransport wire;
  wire.connect(shout);
  wire.deliver("he");
  CHECK(wire.take().empty());
  wire.deliver("llo\r\nyo\r\n");
  CHECK(wire.take() == "hello!\r\nyo!\r\n");
}

}  // namespace
