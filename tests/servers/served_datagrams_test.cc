#include "servers/served_datagrams.h"

#include <vector>

#include "reactor/fakes/fake_datagram_transport.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

Address at(std::string_view host, std::uint16_t port) { return Address::ip(host, port).value(); }

struct Shout final : ServedDatagrams {
  explicit Shout(std::string mark) : mark_(std::move(mark)) {}
  void asked(Bytes data, Address const& from) override {
    transport().write(std::string(text(data)) + mark_, from);
  }
  std::string mark_;
};

TEST_CASE("Who asks from a port of its own is answered", "[served_datagrams]") {
  auto const here = at("192.0.2.1", 9000);
  CHECK(may_answer(at("192.0.2.2", 1024), here, false));
  CHECK(may_answer(at("2001:db8::2", 65535), here, false));
  CHECK(may_answer(at("192.0.2.2", 9001), here, false));
  CHECK(may_answer(Address::unix("/tmp/x").value(), Address(), false));
  CHECK(may_answer(Address::unix("@00001").value(), Address(), false));
}

TEST_CASE("System ports, many at once, oneself and nobody are not answered", "[served_datagrams]") {
  auto const here = at("192.0.2.1", 9000);
  for (auto const port : std::vector<std::uint16_t>{0, 7, 19, 1023})
    CHECK_FALSE(may_answer(at("192.0.2.2", port), here, false));
  CHECK_FALSE(may_answer(at("192.0.2.2", 40000), at("192.0.2.255", 9000), true));
  CHECK_FALSE(may_answer(here, here, false));
  CHECK_FALSE(may_answer(Address(), Address(), false));
}

TEST_CASE("The server's own port is not answered at any address", "[served_datagrams]") {
  auto const here = at("127.0.0.1", 9000);
  CHECK_FALSE(may_answer(at("127.0.0.2", 9000), here, false));
  CHECK_FALSE(may_answer(at("::1", 9000), at("::ffff:127.0.0.1", 9000), false));
}

TEST_CASE("A server is asked only what it may answer", "[served_datagrams]") {
  FakeDatagramTransport wire;
  wire.start(datagrams_for<Shout>(std::string("!"))());
  wire.deliver("loop", at("192.168.1.2", 19));
  wire.deliver_to_many(at("10.255.255.255", 12345), "all");
  wire.deliver("me", wire.host());
  CHECK(wire.take().empty());
  wire.deliver("hello");
  auto const sent = wire.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].data == "hello!");
  CHECK(sent[0].to == FakeDatagramTransport::usual_peer());
}

}  // namespace
