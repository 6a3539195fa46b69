// The bytes of a receiver: where they lie, in which order they come, what is kept.
#include "protocols/receive_buffer.h"

#include <string>

#include "tests/support/catch.h"

namespace {

using twx::ReceiveBuffer;
using Pass = ReceiveBuffer::Pass;

// All that lies ahead, as it would be handed out.
std::string everything(ReceiveBuffer& buffer, std::string_view data = {}) {
  std::string all;
  Pass pass(buffer, data);
  while (pass.more()) all += buffer.skip(buffer.ahead().size());
  return all;
}

TEST_CASE("What lies in one piece is handed out where it lies", "[receive_buffer]") {
  std::string const data = "onetwo";
  ReceiveBuffer buffer;
  Pass pass(buffer, data);
  REQUIRE(pass.more());
  CHECK(buffer.take(3)->data() == data.data());
  CHECK(buffer.take(3)->data() == data.data() + 3);
  CHECK_FALSE(pass.more());
}

TEST_CASE("A message in several pieces is put together", "[receive_buffer]") {
  ReceiveBuffer buffer;
  for (auto const* const piece : {"he", "l", "l"}) {
    Pass pass(buffer, piece);
    REQUIRE(pass.more());
    CHECK_FALSE(buffer.take(5));
    CHECK_FALSE(pass.more());
  }
  CHECK(buffer.inside_message());
  CHECK(buffer.kept() == "hell");
  Pass pass(buffer, "oxyz");
  REQUIRE(pass.more());
  CHECK(buffer.take(5) == "hello");
  CHECK(buffer.kept().empty());
  CHECK(buffer.ahead() == "xyz");
  CHECK(buffer.take(2) == "xy");
}

TEST_CASE("A message of no bytes needs none", "[receive_buffer]") {
  ReceiveBuffer buffer;
  Pass const pass(buffer, {});
  CHECK(buffer.take(0) == "");
}

TEST_CASE("What is handed out stays while more is added, put back or dropped", "[receive_buffer]") {
  ReceiveBuffer buffer;
  {
    Pass pass(buffer, "a long beginning of a message, ");
    REQUIRE(pass.more());
    buffer.keep(buffer.ahead().size());
  }
  Pass pass(buffer, "and its endrest");
  REQUIRE(pass.more());
  buffer.keep(std::string_view("and its end").size());
  auto const message = buffer.hand_out();
  buffer.append(std::string(10'000, 'x'));
  SECTION("put back") { buffer.put_back("before "); }
  SECTION("dropped") { buffer.clear(); }
  SECTION("taken away") { CHECK(buffer.drain() == "rest" + std::string(10'000, 'x')); }
  CHECK(message == "a long beginning of a message, and its end");
}

TEST_CASE("What is appended in a pass comes after what is ahead", "[receive_buffer]") {
  ReceiveBuffer buffer;
  std::string all;
  Pass pass(buffer, "ab");
  REQUIRE(pass.more());
  all += buffer.skip(1);
  buffer.append("cd");
  while (pass.more()) all += buffer.skip(1);
  CHECK(all == "abcd");
}

TEST_CASE("A pass that stops keeps what is ahead, and the next begins with it",
          "[receive_buffer]") {
  ReceiveBuffer buffer;
  std::string const data = "abcdef";
  {
    Pass pass(buffer, data);
    REQUIRE(pass.more());
    buffer.skip(2);
    SECTION("alone") {}
    SECTION("with what came meanwhile") { buffer.append("gh"); }
    pass.stop();
  }
  for (std::string rest = "cdefgh"; rest.size() > 4; rest.erase(0, 1)) {  // from its own copy
    Pass pass(buffer, {});
    REQUIRE(pass.more());
    CHECK(buffer.ahead().front() == rest.front());
    buffer.skip(1);
    pass.stop();
  }
  CHECK(everything(buffer, "!").substr(0, 2) == "ef");
  CHECK(buffer.empty());
}

TEST_CASE("A pass that ends without stopping drops what is ahead", "[receive_buffer]") {
  ReceiveBuffer buffer;
  {
    Pass pass(buffer, "abc");
    REQUIRE(pass.more());
  }
  CHECK(buffer.empty());
  CHECK_FALSE(buffer.delivering());
}

TEST_CASE("What is put back comes first, then kept bytes, then the rest", "[receive_buffer]") {
  ReceiveBuffer buffer;
  {
    Pass pass(buffer, "23");
    REQUIRE(pass.more());
    buffer.keep(2);
  }
  SECTION("outside of a pass") {
    buffer.append("4");
    buffer.put_back("1");
    CHECK(buffer.kept().empty());
    CHECK(everything(buffer, "5") == "12345");
  }
  SECTION("in a pass") {
    std::string all;
    Pass pass(buffer, "4");
    REQUIRE(pass.more());
    buffer.append("5");
    buffer.put_back("1");
    while (pass.more()) all += buffer.skip(1);
    CHECK(all == "12345");
  }
}

TEST_CASE("Draining gives all that is left, in order", "[receive_buffer]") {
  ReceiveBuffer buffer;
  {
    Pass pass(buffer, "12");
    REQUIRE(pass.more());
    buffer.keep(2);
  }
  Pass pass(buffer, "34");
  REQUIRE(pass.more());
  buffer.append("56");
  CHECK(buffer.drain() == "123456");
  CHECK(buffer.empty());
  CHECK_FALSE(pass.more());
}

}  // namespace
