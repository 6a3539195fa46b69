#include "protocols/int_string_receiver.h"

#include <string>

#include "tests/protocols/support/counting_transport.h"
#include "tests/protocols/support/strings.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::string_literals;
using Parsed = std::pair<Strings, bool>;

Parsed whole(Strings strings) { return {std::move(strings), false}; }
Parsed refused(Strings strings) { return {std::move(strings), true}; }

TEST_CASE("The length stands in front, in one byte", "[int_string][rule110]") {
  CHECK(parsed<Keeping<Int8StringReceiver>>("\5hello\0\1x\0"s) == whole({"hello", "", "x", ""}));
}

TEST_CASE("In two, the most significant first", "[int_string][rule110]") {
  auto const large = std::string(0x0102, 'x');
  CHECK(parsed<Keeping<Int16StringReceiver>>("\0\5hello\0\0\1\2"s + large) ==
        whole({"hello", "", large}));
}

TEST_CASE("In four", "[int_string][rule110]") {
  auto const large = std::string(0x010203, 'x');
  CHECK(parsed<Keeping<Int32StringReceiver>>("\0\0\0\5hello\0\0\0\0"s) == whole({"hello", ""}));
  StringsFixture<Keeping<Int32StringReceiver>> f;
  CHECK(f.deliver({"\0\1"s, "\2\3"s, large}) == whole({large}));
}

TEST_CASE("A string of the greatest length passes", "[int_string][rule110]") {
  auto const longest = std::string(99999, 'x');
  StringsFixture<Keeping<Int32StringReceiver>> f;
  CHECK(f.deliver({"\x00\x01\x86\x9f"s, longest}) == whole({longest}));
  CHECK(parsed<Keeping<Int8StringReceiver>>("\3abc", 3) == whole({"abc"}));
}

TEST_CASE("A greater length loses the connection, and no string follows", "[int_string][rule110]") {
  CHECK(parsed<Keeping<Int32StringReceiver>>("\0\0\0\1a\x00\x01\x86\xa0\0\0\0\1b"s) ==
        refused({"a"}));
  CHECK(parsed<Keeping<Int32StringReceiver>>("\xff\xff\xff\xff"s) == refused({}));
  CHECK(parsed<Keeping<Int8StringReceiver>>("\3abc\4abcd\1x", 3) == refused({"abc"}));
}

TEST_CASE("length_limit_exceeded is told the length; no string follows even if it does not close",
          "[int_string][rule110]") {
  struct Patient final : Keeping<Int16StringReceiver> {
    void length_limit_exceeded(std::size_t length) override { lengths.push_back(length); }
    std::vector<std::size_t> lengths;
  };
  auto const stream = "\0\1a\x12\x34\0\1b\0\1c"s;
  for (auto const& pieces : splits(stream)) {
    StringsFixture<Patient> f(3);
    CHECK(f.deliver(pieces) == whole({"a"}));
    CHECK(f.receiver.lengths == std::vector<std::size_t>{0x1234});
  }
}

TEST_CASE("send_string writes the length and the string", "[int_string][rule111]") {
  StringsFixture<Keeping<Int8StringReceiver>> one;
  one.receiver.send_string("hello");
  one.receiver.send_string("");
  one.receiver.send_string(std::string(255, 'x'));
  CHECK(one.wire.take() == "\5hello\0\xff"s + std::string(255, 'x'));
  StringsFixture<Keeping<Int16StringReceiver>> two;
  two.receiver.send_string(std::string(0x0102, 'x'));
  CHECK(two.wire.take() == "\1\2"s + std::string(0x0102, 'x'));
  StringsFixture<Keeping<Int32StringReceiver>> four;
  four.receiver.send_string(std::string(0x010203, 'x'));
  CHECK(four.wire.take() == "\0\1\2\3"s + std::string(0x010203, 'x'));
}

TEST_CASE("A prefix leaves together with its string, in one write", "[int_string][rule111]") {
  CountingTransport wire;
  Keeping<Int16StringReceiver> receiver;
  wire.connect(receiver);
  for (std::size_t const size : {0, 5, 4093, 4094, 50000}) {
    wire.writes = 0;
    receiver.send_string(std::string(size, 'x'));
    CHECK(wire.writes == 1);
    CHECK(wire.take().size() == size + 2);
  }
}

TEST_CASE("A string that the prefix cannot say is refused, and nothing is written",
          "[int_string][rule111]") {
  StringsFixture<Keeping<Int8StringReceiver>> one;
  CHECK_THROWS_AS(one.receiver.send_string(std::string(256, 'x')), StringTooLongError);
  CHECK(one.wire.take().empty());
  StringsFixture<Keeping<Int16StringReceiver>> two;
  CHECK_THROWS_AS(two.receiver.send_string(std::string(65536, 'x')), StringTooLongError);
  CHECK(two.wire.take().empty());
  // Nobody looks at the bytes.
  StringsFixture<Keeping<Int32StringReceiver>> four;
  CHECK_THROWS_AS(four.receiver.send_string(std::string_view("x", std::size_t{1} << 32)),
                  StringTooLongError);
  CHECK(four.wire.take().empty());
}

TEST_CASE("What is written on one side is received on the other", "[int_string][rule110]") {
  StringsFixture<Keeping<Int16StringReceiver>> a;
  StringsFixture<Keeping<Int16StringReceiver>> b;
  a.receiver.send_string("there");
  b.receiver.on_string = [&](auto) { b.receiver.send_string("and back"); };
  while (pump(a.wire, b.wire)) {
  }
  CHECK(b.receiver.strings == Strings{"there"});
  CHECK(a.receiver.strings == Strings{"and back"});
}

}  // namespace
