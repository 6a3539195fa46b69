#include "protocols/netstring_receiver.h"

#include <string>

#include "tests/protocols/support/counting_transport.h"
#include "tests/protocols/support/strings.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Receiver = Keeping<NetstringReceiver>;
using Parsed = std::pair<Strings, bool>;

Parsed whole(Strings strings) { return {std::move(strings), false}; }
Parsed broken(Strings strings) { return {std::move(strings), true}; }

TEST_CASE("A netstring is a length, a colon, the string and a comma", "[netstring][rule107]") {
  CHECK(parsed<Receiver>("5:hello,12:hello world!,1:,,") == whole({"hello", "hello world!", ","}));
}

TEST_CASE("A netstring may be empty", "[netstring][rule109]") {
  CHECK(parsed<Receiver>("0:,0:,1:x,0:,") == whole({"", "", "x", ""}));
}

TEST_CASE("A netstring may hold any byte", "[netstring][rule107]") {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  CHECK(parsed<Receiver>("256:" + every + ",") == whole({every}));
}

TEST_CASE("What is incomplete is waited for", "[netstring][rule109]") {
  for (auto const* const stream : {"5", "5:", "5:hell", "5:hello", "0", "0:"})
    CHECK(parsed<Receiver>(std::string("1:a,") + stream) == whole({"a"}));
}

TEST_CASE("What is no netstring breaks the connection, after the strings before it",
          "[netstring][rule108]") {
  for (auto const* const bad : {"01:x,", "00:,", "+1:x,", "-1:x,", " 1:x,", "1 :x,", ":x,", "x",
                                ",", "1x:y,", "1:xy,", "0:x", "1:x;", "\n1:x,", "1;x,"})
    CHECK(parsed<Receiver>(std::string("1:a,") + bad + "1:b,") == broken({"a"}));
}

TEST_CASE("The longest string passes", "[netstring][rule107]") {
  auto const longest = std::string(99999, 'x');
  StringsFixture<Receiver> f;
  CHECK(f.deliver({"99999:", longest, ","}) == whole({longest}));
  CHECK(parsed<Receiver>("7:1234567,", 7) == whole({"1234567"}));
  CHECK(parsed<Receiver>("10:1234567890,", 10) == whole({"1234567890"}));
}

TEST_CASE("A length that is too great breaks it, even before the colon", "[netstring][rule108]") {
  CHECK(parsed<Receiver>("100000") == broken({}));
  CHECK(parsed<Receiver>("99999") == whole({}));
  CHECK(parsed<Receiver>("8", 7) == broken({}));
  CHECK(parsed<Receiver>("11", 10) == broken({}));
  CHECK(parsed<Receiver>("1", 0) == broken({}));
  CHECK(parsed<Receiver>("0:,", 0) == whole({""}));
  CHECK(parsed<Receiver>(std::string(1000, '9')) == broken({}));
  CHECK(parsed<Receiver>("184467440737095516161:", static_cast<std::size_t>(-1)) == broken({}));
}

TEST_CASE("broken_peer tells why the connection was lost", "[netstring][rule108]") {
  StringsFixture<Receiver> f;
  f.wire.deliver("1:a,");
  CHECK_FALSE(f.receiver.broken_peer());
  f.wire.deliver("nonsense");
  CHECK(f.receiver.broken_peer());
  f.receiver.data_received(bytes("1:b,"));
  f.wire.turn();
  CHECK(f.receiver.strings == Strings{"a"});
  CHECK(f.wire.reason()->is(Error::connection_done));
}

TEST_CASE("A peer is not believed about the memory that it will need", "[netstring][rule107]") {
  StringsFixture<Receiver> f(static_cast<std::size_t>(-1) / 2);
  f.wire.deliver("9000000000000000000:x");
  CHECK_FALSE(f.receiver.broken_peer());
}

TEST_CASE("send_string frames the string", "[netstring][rule109]") {
  StringsFixture<Receiver> f;
  f.receiver.send_string("hello");
  f.receiver.send_string("");
  f.receiver.send_string(std::string(12345, 'x'));
  CHECK(f.wire.take() == "5:hello,0:,12345:" + std::string(12345, 'x') + ",");
}

TEST_CASE("A netstring is one write", "[netstring][rule109]") {
  CountingTransport wire;
  Receiver receiver;
  wire.connect(receiver);
  for (std::size_t const size : {0, 5, 4089, 4090, 50000}) {
    auto const length = std::to_string(size);
    wire.writes = 0;
    receiver.send_string(std::string(size, 'x'));
    CHECK(wire.writes == 1);
    CHECK(wire.take() == length + ":" + std::string(size, 'x') + ",");
  }
}

TEST_CASE("data_received in string_received only adds to what is left", "[netstring][rule102]") {
  StringsFixture<Receiver> f;
  f.receiver.on_string = [&](std::string_view string) {
    if (string == "a") f.receiver.data_received(bytes("1:c,1:"));
    CHECK(f.receiver.strings.back() == string);
  };
  f.wire.deliver("1:a,1:b,");
  f.wire.deliver("d,");
  CHECK(f.receiver.strings == Strings{"a", "b", "c", "d"});
}

}  // namespace
