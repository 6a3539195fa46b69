#include "reactor/fakes/fake_datagram_transport.h"

#include <stdexcept>

#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

Address const peer = FakeDatagramTransport::usual_peer();
Address const other = Address::ip("192.168.1.2", 7).value();

// A started socket and a protocol that keeps what happened.
struct Fixture {
  std::shared_ptr<twx::test::Datagrams> protocol = std::make_shared<twx::test::Datagrams>();
  FakeDatagramTransport wire;

  explicit Fixture(DatagramOptions options = {}) : wire(options) {
    wire.start(protocol_for(protocol));
  }
};

std::string data_of(std::vector<FakeDatagramTransport::Sent> const& sent) {
  std::string all;
  for (auto const& each : sent) all += "[" + each.data + "]";
  return all;
}

TEST_CASE("What is sent is kept datagram by datagram until it is taken", "[fake_datagram]") {
  Fixture f;
  CHECK_FALSE(f.wire.write("one", peer));
  CHECK_FALSE(f.wire.write("", other));
  auto const sent = f.wire.take();
  REQUIRE(data_of(sent) == "[one][]");
  CHECK(sent[0].to == peer);
  CHECK(sent[1].to == other);
  CHECK(sent[0].source == Address());
  CHECK(f.wire.take().empty());
  CHECK(f.wire.traffic().sent == 2);
}

TEST_CASE("What is delivered is handed over with its addresses", "[fake_datagram]") {
  Fixture f;
  auto const group = Address::ip("224.0.0.251", 12345).value();
  f.wire.deliver("mine");
  f.wire.deliver_to(other, "another address of mine", other);
  f.wire.deliver_to_many(group, "all");
  REQUIRE(f.protocol->received.size() == 3);
  CHECK(f.protocol->received[0].from == peer);
  CHECK(f.protocol->received[0].destination == FakeDatagramTransport::usual_host());
  CHECK_FALSE(f.protocol->received[0].to_many);
  CHECK(f.protocol->received[1].from == other);
  CHECK(f.protocol->received[1].destination == other);
  CHECK(f.protocol->received[2].destination == group);
  CHECK(f.protocol->received[2].to_many);
  CHECK_FALSE(f.wire.sent_to_many());
  CHECK(f.wire.destination() == Address());
}

TEST_CASE("A fake's answer leaves from the address that was asked", "[fake_datagram]") {
  Fixture f;
  f.protocol->on_received = echo_datagram;
  f.wire.deliver_to(other, "x");
  f.wire.deliver_to_many(Address::ip("224.0.0.251", 12345).value(), "y");
  auto const sent = f.wire.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].source.host() == other.host());
  CHECK(sent[1].source == Address());
}

TEST_CASE("A fake refuses what a socket refuses", "[fake_datagram][rule141][rule142]") {
  Fixture f;
  CHECK(f.wire.write(std::string(65508, 'x'), peer) == std::errc::message_size);
  CHECK_FALSE(f.wire.write(std::string(65507, 'x'), peer));
  CHECK(f.wire.write("x", Address::ip("::1", 9).value()) ==
        std::errc::address_family_not_supported);
  CHECK(f.wire.write("x") == std::errc::destination_address_required);
  REQUIRE(f.wire.connect(peer));
  CHECK(f.wire.connect(other).failure().code() == std::errc::already_connected);
  CHECK_FALSE(f.wire.write("x"));
  CHECK(f.wire.write("x", other) == std::errc::already_connected);
  f.wire.fail_write(std::make_error_code(std::errc::network_unreachable));
  CHECK(f.wire.write("x") == std::errc::network_unreachable);
  CHECK_FALSE(f.wire.write("x"));
  f.wire.stop_listening().release();
  CHECK(f.wire.write("x") == std::errc::bad_file_descriptor);
  CHECK(f.wire.traffic().dropped == 6);
}

TEST_CASE("A connected fake hears its peer only, and refusals", "[fake_datagram][rule142]") {
  Fixture f;
  f.wire.refuse();
  CHECK(f.protocol->story == "start");
  REQUIRE(f.wire.connect(peer));
  f.wire.deliver("no", other);
  f.wire.deliver("yes", peer);
  f.wire.refuse();
  CHECK(f.protocol->received.size() == 1);
  CHECK(f.protocol->last() == "yes");
  CHECK(f.protocol->story == "start data refused");
}

TEST_CASE("A fake cuts what is too long and keeps what comes while it is paused",
          "[fake_datagram][rule140]") {
  Fixture f({.max_size = 4});
  f.wire.deliver("12345");
  CHECK(f.protocol->last() == "1234");
  CHECK(f.wire.traffic().cut == 1);
  f.wire.pause_producing();
  f.wire.deliver("a");
  f.wire.turn();
  CHECK(f.protocol->received.size() == 1);
  f.wire.resume_producing();
  CHECK(f.wire.busy());
  f.wire.turn();
  CHECK(f.protocol->last() == "a");
  CHECK_FALSE(f.wire.busy());
}

TEST_CASE("Behind a blocked fake datagrams wait, within the limit", "[fake_datagram]") {
  Fixture f({.queue_limit = 10});
  f.wire.set_blocked(true);
  CHECK_FALSE(f.wire.write("12345", peer));
  CHECK_FALSE(f.wire.write("6789", peer));
  CHECK(f.wire.write("xy", peer) == std::errc::no_buffer_space);
  CHECK(f.wire.unsent() == 9);
  f.wire.turn();
  CHECK(f.wire.take().empty());
  f.wire.set_blocked(false);
  CHECK(f.protocol->story == "start");
  f.wire.turn();
  CHECK(f.protocol->story == "start resume");
  CHECK(data_of(f.wire.take()) == "[12345][6789]");
}

TEST_CASE("A fake that throws logs and goes on, unless it is start_protocol that threw",
          "[fake_datagram][rule143]") {
  LogLines const log;
  Fixture f;
  f.protocol->on_received = [](DatagramTransport&, Bytes, Address const&) {
    throw std::runtime_error("what now?");
  };
  f.wire.deliver("x");
  CHECK(log.count("what now?") == 1);
  CHECK(f.wire.listening());

  auto const kept = std::make_shared<twx::test::Datagrams>();
  kept->on_start = [](DatagramTransport&) { throw std::runtime_error("not today"); };
  FakeDatagramTransport wire;
  wire.start(protocol_for(kept));
  CHECK(kept->story == "start stop");
  CHECK(kept->destroyed);
  CHECK_FALSE(wire.listening());
}

TEST_CASE("A fake's end comes at the end of the turn, once", "[fake_datagram]") {
  Fixture f;
  bool closed = false;
  f.wire.stop_listening().add_callback([&] { closed = true; }).release();
  CHECK_FALSE(f.wire.listening());
  CHECK(f.protocol->story == "start");
  f.wire.deliver("late");
  CHECK(f.wire.stop_listening().has_result());
  f.wire.turn();
  CHECK(closed);
  CHECK(f.protocol->story == "start stop");
  CHECK(f.protocol->destroyed);
  CHECK(f.wire.stopped());
  f.wire.turn();
  f.wire.finish();
  CHECK(f.protocol->story == "start stop");
}

TEST_CASE("A fake keeps the options that were set", "[fake_datagram][rule144]") {
  Fixture f;
  auto const group = Address::ip("224.0.0.251", 0).value();
  CHECK(f.wire.multicast_ttl() == 1);
  CHECK(f.wire.multicast_loopback());
  CHECK_FALSE(f.wire.broadcast());
  f.wire.set_broadcast(true);
  f.wire.set_multicast_ttl(9);
  f.wire.set_multicast_loopback(false);
  CHECK(f.wire.set_multicast_interface("eth0"));
  CHECK(f.wire.join_group(group));
  CHECK(f.wire.join_group(group, "eth0"));
  CHECK(f.wire.groups() == std::vector<std::string>{"224.0.0.251", "224.0.0.251 on eth0"});
  CHECK(f.wire.join_group(group).failure().is(Error::cannot_join_group));
  CHECK(f.wire.join_group(peer).failure().is(Error::cannot_join_group));
  CHECK(f.wire.leave_group(group));
  CHECK(f.wire.leave_group(group).failure().is(Error::cannot_join_group));
  CHECK(f.wire.broadcast());
  CHECK(f.wire.multicast_ttl() == 9);
  CHECK_FALSE(f.wire.multicast_loopback());
  CHECK(f.wire.multicast_interface() == "eth0");
}

// --- in a MemoryReactor ---

TEST_CASE("A memory reactor keeps the datagram sockets that it was asked for",
          "[fake_datagram][memory_reactor][rule173]") {
  MemoryReactor reactor;
  auto const socket = std::make_shared<twx::test::Datagrams>();
  auto* const transport =
      reactor.listen_udp(0, protocol_for(socket), {.reuse_address = true}).value();
  REQUIRE(reactor.datagrams().size() == 1);
  auto& wire = *reactor.datagrams()[0];
  CHECK(&wire == transport);
  CHECK(wire.host().to_string() == "[::]:49152");
  CHECK(wire.options().reuse_address);
  CHECK(socket->story.empty());
  wire.deliver("early");
  reactor.turn();
  CHECK(socket->story == "start data");
  auto const again = reactor.listen_datagram(wire.host(), protocol_for(socket), {});
  REQUIRE_FALSE(again);
  CHECK(again.failure().message() == "listen udp://[::]:49152: Address already in use");
  CHECK(reactor.listen_datagram(wire.host(), protocol_for(socket), {.reuse_address = true}));
}

TEST_CASE("A memory reactor connects datagram sockets to names",
          "[fake_datagram][memory_reactor]") {
  MemoryReactor reactor;
  reactor.set_addresses("peer.test", {Address::ip("192.0.2.1", 0).value()});
  auto const socket = std::make_shared<twx::test::Datagrams>();
  reactor.connect_udp("peer.test", 53, protocol_for(socket)).release();
  CHECK(reactor.datagrams().empty());
  reactor.turn();
  REQUIRE(reactor.datagrams().size() == 1);
  auto& wire = *reactor.datagrams()[0];
  CHECK(wire.peer().to_string() == "192.0.2.1:53");
  reactor.turn();
  CHECK(socket->story == "start");
  CHECK_FALSE(socket->transport->write("question"));
  CHECK(data_of(wire.take()) == "[question]");
}

TEST_CASE("Draining and the end of a memory reactor stop its datagram sockets",
          "[fake_datagram][memory_reactor]") {
  MemoryReactor reactor;
  auto const drained = std::make_shared<twx::test::Datagrams>();
  auto const ended = std::make_shared<twx::test::Datagrams>();
  auto const never = std::make_shared<twx::test::Datagrams>();
  CHECK(reactor.listen_udp(1, protocol_for(drained)));
  reactor.turn();
  CHECK(reactor.drain(1s).has_result());
  reactor.turn();
  CHECK(drained->story == "start stop");
  CHECK(reactor.listen_udp(2, protocol_for(ended)));
  reactor.call_when_running([&] { reactor.call_later(1s, [&] { reactor.stop(); }).release(); });
  reactor.run();
  CHECK(ended->story == "start stop");
  CHECK(reactor.listen_udp(2, protocol_for(never)));
  reactor.datagrams().back()->stop_listening().release();
  reactor.turn();
  CHECK(never->story.empty());
  CHECK(never->destroyed);
}

}  // namespace
