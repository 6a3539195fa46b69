// What all receivers have in common: pausing, the end, what callbacks throw.
#include "protocols/receiver.h"

#include <stdexcept>
#include <string>

#include "protocols/int_string_receiver.h"
#include "tests/protocols/support/lines.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Reading = FakeTransport::Reading;

void pause_at(Lines& lines, std::string_view where) {
  lines.on_line = [&lines, where](std::string_view line) {
    if (line == where) lines.wire().pause_producing();
  };
}

TEST_CASE("A pause in a callback stops delivery and reading at once", "[receiver][rule103]") {
  LinesFixture f;
  pause_at(f.lines, "two");
  f.wire.deliver("one\r\ntwo\r\nthree\r\nfo");
  CHECK(f.lines.events == Events{"one", "two"});
  CHECK(f.wire.reading_state() == Reading::paused);
  f.wire.deliver("ur\r\n");
  CHECK(f.lines.events == Events{"one", "two"});
}

TEST_CASE("What was left comes at the end of the turn that resumes, before what is read",
          "[receiver][rule103]") {
  LinesFixture f;
  pause_at(f.lines, "two");
  f.wire.deliver("one\r\ntwo\r\nthree\r\nfo");
  f.wire.deliver("ur\r\n");
  f.wire.deliver_eof();
  f.wire.turn();
  f.lines.calling([&] { f.wire.resume_producing(); });
  CHECK(f.lines.events == Events{"one", "two"});  // not inside the call
  f.wire.turn();
  CHECK(f.lines.events.at(2) == "three");
  f.wire.turn();
  CHECK(f.lines.events == Events{"one", "two", "three", "four", "eof", "lost"});
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("A resume in the same callback undoes the pause", "[receiver][rule103]") {
  LinesFixture f;
  f.lines.on_line = [&](auto) {
    f.wire.pause_producing();
    f.wire.resume_producing();
  };
  f.wire.deliver("one\r\ntwo\r\n");
  CHECK(f.lines.events == Events{"one", "two"});
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("A protocol may take one message at a time", "[receiver][rule103]") {
  LinesFixture f;
  f.lines.on_line = [&](auto) { f.wire.pause_producing(); };
  f.wire.deliver("1\r\n2\r\n3\r\n4");
  f.wire.deliver("\r\n5\r\n");
  Events expected;
  for (auto const* const line : {"1", "2", "3", "4", "5"}) {
    f.wire.turn();
    expected.emplace_back(line);
    CHECK(f.lines.events == expected);
    f.wire.resume_producing();
  }
  CHECK_FALSE(f.lines.nested);
}

TEST_CASE("What is handed in while reading is paused waits too", "[receiver][rule103]") {
  LinesFixture f;
  f.wire.pause_producing();
  f.lines.data_received(bytes("one\r\n"));
  CHECK(f.lines.events.empty());
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.lines.events == Events{"one"});
}

TEST_CASE("A change of mode or delimiter ends no pause", "[receiver][rule103]") {
  LinesFixture f;
  f.wire.deliver("one");
  f.wire.pause_producing();
  SECTION("mode") { f.lines.set_raw_mode(); }
  SECTION("back") { f.lines.set_line_mode("two"); }
  SECTION("delimiter") { f.lines.set_delimiter("n"); }
  f.wire.turn();
  CHECK(f.wire.paused());
  CHECK(f.lines.events.empty());
}

TEST_CASE("Many pauses in one large reading copy nothing", "[receiver][rule103]") {
  LinesFixture f;
  std::vector<void const*> places;
  f.lines.on_line = [&](std::string_view line) {
    places.push_back(line.data());
    f.wire.pause_producing();
  };
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "line\r\n";
  f.wire.deliver(stream);
  for (int i = 1; i < 100; ++i) {
    f.wire.resume_producing();
    f.wire.turn();
  }
  REQUIRE(places.size() == 100);
  for (std::size_t i = 2; i < 100; ++i)
    CHECK(static_cast<char const*>(places[i]) - static_cast<char const*>(places[i - 1]) == 6);
}

TEST_CASE("Other receivers pause alike", "[receiver][rule112]") {
  struct Strings final : Int8StringReceiver {
    void string_received(std::string_view string) override {
      received += string;
      received += ' ';
      if (string == "two") transport().pause_producing();
    }
    std::string received;
  };
  for (auto const& pieces : splits("\3one\3two\5three\4four")) {
    Strings strings;
    FakeTransport wire;
    wire.connect(strings);
    for (auto const piece : pieces) wire.deliver(piece);
    CHECK(strings.received == "one two ");
    wire.resume_producing();
    CHECK(strings.received == "one two ");
    for (int i = 0; i < 30; ++i) wire.turn();
    CHECK(strings.received == "one two three four ");
  }
}

TEST_CASE("A pause in raw mode stops that too", "[receiver][rule103]") {
  LinesFixture f;
  f.lines.set_raw_mode();
  f.lines.on_raw = [&](Bytes data) {
    if (text(data) != "a") return;
    f.lines.data_received(bytes("b"));
    f.wire.pause_producing();
  };
  f.wire.deliver("a");
  CHECK(f.lines.events == Events{"raw:a"});
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.lines.events == Events{"raw:ab"});
}

TEST_CASE("What was left is dropped when the connection is lost instead", "[receiver][rule105]") {
  LinesFixture f;
  pause_at(f.lines, "one");
  f.wire.deliver("one\r\ntwo\r\n");
  f.wire.resume_producing();
  SECTION("by the protocol") { f.wire.lose_connection(); }
  SECTION("by an abort") { f.wire.abort_connection(); }
  f.wire.turn();
  CHECK(f.lines.events == Events{"one", "lost"});
}

TEST_CASE("A peer that does not read is not read from; then what is left comes",
          "[receiver][rule103]") {
  LinesFixture f;
  f.wire.set_capacity(0);
  f.lines.on_line = [&](auto) { f.wire.write(std::string(70'000, 'x')); };
  f.wire.deliver("one\r\ntw");
  f.wire.turn();
  CHECK(f.wire.reading_state() == Reading::paused);
  f.wire.deliver("o\r\n");
  CHECK(f.lines.events == Events{"one"});
  f.wire.drain();
  f.wire.turn();
  CHECK(f.lines.events == Events{"one", "two"});
}

TEST_CASE("Output that drains does not end a pause of the protocol's own", "[receiver][rule103]") {
  LinesFixture f;
  f.wire.set_capacity(0);
  f.lines.on_line = [&](auto) {
    f.wire.write(std::string(70'000, 'x'));
    f.wire.pause_producing();
  };
  f.wire.deliver("one\r\ntwo\r\n");
  f.wire.turn();
  f.wire.drain();
  f.wire.turn();
  CHECK(f.lines.events == Events{"one"});
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.lines.events == Events{"one", "two"});
}

TEST_CASE("A protocol that resumes while output is full goes on when that has drained",
          "[receiver][rule103]") {
  LinesFixture f;
  f.wire.set_capacity(0);
  f.lines.on_line = [&](std::string_view line) {
    if (line == "two") return;
    f.wire.write(std::string(70'000, 'x'));
    f.wire.pause_producing();
  };
  f.wire.deliver("one\r\ntwo\r\n");
  f.wire.deliver("three\r\n");
  f.wire.turn();
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.wire.reading_state() == Reading::paused);
  CHECK(f.lines.events == Events{"one"});
  f.wire.drain();
  while (f.wire.busy()) f.wire.turn();
  CHECK(f.lines.events == Events{"one", "two", "three"});
}

TEST_CASE("After the connection is given up in a callback nothing more is handed over",
          "[receiver][rule99]") {
  for (auto const aborts : {false, true})
    for (auto const& pieces : splits("one\r\ntwo\r\nthree\r\n")) {
      LinesFixture f;
      f.lines.on_line = [&](std::string_view line) {
        if (line != "two") return;
        aborts ? f.wire.abort_connection() : f.wire.lose_connection();
      };
      f.deliver(pieces);
      f.wire.turn();
      CHECK(f.lines.events == Events{"one", "two", "lost"});
    }
}

TEST_CASE("Nor is it in raw mode, which the same callback began", "[receiver][rule99]") {
  LinesFixture f;
  f.lines.on_line = [&](auto) {
    f.lines.set_raw_mode();
    f.wire.lose_connection();
  };
  f.wire.deliver("one\r\ntwo\r\n");
  CHECK(f.lines.events == Events{"one"});
}

TEST_CASE("What a callback throws ends the connection, and nothing more is handed over",
          "[receiver][rule7]") {
  LogLines const log;
  for (auto const& pieces : splits("one\r\ntwo\r\nthree\r\n")) {
    LinesFixture f;
    f.lines.on_line = [&](std::string_view line) {
      if (line == "two") throw std::runtime_error("two is too many");
    };
    f.deliver(pieces);
    f.wire.turn();
    CHECK(f.lines.events == Events{"one", "two", "lost"});
    CHECK(f.wire.reason()->message() == "two is too many");
  }
}

TEST_CASE("So does what it throws while what was left is delivered", "[receiver][rule7]") {
  LogLines const log;
  LinesFixture f;
  f.lines.on_line = [&](std::string_view line) {
    if (line == "two") throw std::runtime_error("two is too many");
    f.wire.pause_producing();
  };
  f.wire.deliver("one\r\ntwo\r\nthree\r\n");
  f.wire.resume_producing();
  f.wire.turn();
  CHECK(f.lines.events == Events{"one", "two", "lost"});
  CHECK(f.wire.reason()->message() == "two is too many");
}

}  // namespace
