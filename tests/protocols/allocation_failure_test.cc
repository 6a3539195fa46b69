// Each allocation of a receiver fails in turn. It says so, or nothing is lost.
#include <new>
#include <string>

#include "protocols/int_string_receiver.h"
#include "protocols/line_receiver.h"
#include "protocols/netstring_receiver.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/protocols/support/splits.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// What was handed over, kept without allocating.
struct Story {
  void add(std::string_view text) {
    if (size + text.size() + 1 > sizeof all) std::abort();
    text.copy(all + size, text.size());
    size += text.size();
    all[size++] = ' ';
  }
  std::string_view text() const { return {all, size}; }

  char all[10'000];
  std::size_t size = 0;
};

struct Lines final : LineReceiver {
  void line_received(std::string_view line) override {
    story.add(line.substr(0, 10));
    if (line == "again") data_received(bytes("0123456789 and more from a callback\r\n"));
    if (line == "raw") set_raw_mode();
    if (story.size % 3 == 0) transport().pause_producing();
  }
  void raw_data_received(Bytes data) override {
    story.add("raw");
    set_line_mode(text(data));
  }
  Story story;
};

template <class Base>
struct Strings final : Base {
  void string_received(std::string_view string) override {
    story.add(string.substr(0, 10));
    if (story.size % 3 == 0) this->transport().pause_producing();
  }
  Story story;
};

// True if all was received, false if it ended in std::bad_alloc.
bool receive(Receiver& receiver, FakeTransport& wire, Pieces const& pieces) {
  try {
    for (auto const piece : pieces) {
      receiver.data_received(bytes(piece));
      while (wire.paused()) {
        wire.resume_producing();
        receiver.reading_resumed();
      }
    }
    return true;
  } catch (std::bad_alloc const&) {
    return false;
  }
}

template <class Kind>
std::string whole_story(std::string_view stream) {
  Kind receiver;
  FakeTransport wire;
  receiver.make_connection(wire);
  receive(receiver, wire, {stream});
  return std::string(receiver.story.text());
}

// Lets each allocation fail until there are no more; calls check(complete, story).
template <class Kind, class Check>
void fail_each(Pieces const& pieces, Check check) {
  for (long number = 1;; ++number) {
    Kind receiver;
    FakeTransport wire;
    receiver.make_connection(wire);
    auto failed = false;
    auto complete = false;
    {
      FailAllocations const failing(number);
      complete = receive(receiver, wire, pieces);
      failed = failing.failed();
    }
    CHECK(complete != failed);
    check(complete, receiver.story.text());
    if (!failed) return;
  }
}

template <class Kind>
void check_all_failures(std::string const& stream) {
  auto const whole = whole_story<Kind>(stream);
  REQUIRE(whole.size() > 10);
  for (auto const& pieces : {in_pieces(stream, 7), in_pieces(stream, 64), Pieces{stream}})
    fail_each<Kind>(pieces, [&](bool complete, std::string_view story) {
      CHECK((complete ? story == whole : whole.starts_with(story)));
    });
}

TEST_CASE("A LineReceiver without memory throws, and hands over nothing that is not there",
          "[line][memory]") {
  auto const long_line = std::string(300, 'x') + "\r\n";
  check_all_failures<Lines>("one\r\n" + long_line + "three\r\nfour\r\nfive\r\nsix\r\n" + long_line);
}

TEST_CASE("So it does in the middle of all that a callback can cause", "[line][memory]") {
  std::string const stream =
      "one\r\nagain\r\nthree is a longer line\r\nraw\r\nback to lines again\r\n";
  fail_each<Lines>({stream}, [&](bool complete, std::string_view story) {
    CHECK(story.starts_with("one "));
    if (complete) CHECK(story.find("0123456789") != story.npos);
  });
}

TEST_CASE("So do receivers of strings", "[netstring][int_string][memory]") {
  check_all_failures<Strings<NetstringReceiver>>("3:one,100:" + std::string(100, 'x') +
                                                 ",0:,5:three,40:" + std::string(40, 'y') + ",");
  check_all_failures<Strings<Int8StringReceiver>>("\3one\x64" + std::string(100, 'x') +
                                                  "\5three\x28" + std::string(40, 'y'));
}

}  // namespace
