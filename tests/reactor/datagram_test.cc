// UDP on loopback: what arrives, what leaves, what is refused, and the end.
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "reactor/datagram_protocol.h"
#include "reactor/reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

// A socket of ours on 127.0.0.1 or elsewhere.
struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Datagrams> socket = std::make_shared<Datagrams>();
  DatagramTransport* transport;

  explicit Scene(std::string_view interface = "127.0.0.1", DatagramOptions options = {})
      : transport(reactor->listen_udp(0, protocol_for(socket), options, interface).value()) {}

  Address at(std::string_view host) const {
    return Address::ip(host, transport->host().port()).value();
  }
  bool run_until(std::function<bool()> const& done) { return test::run_until(*reactor, done); }
  bool received(std::size_t count) {
    return run_until([&] { return socket->received.size() >= count; });
  }
};

int descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

// --- receiving ---

TEST_CASE("A socket is bound at once and its protocol started in a later turn",
          "[datagram][rule140]") {
  Scene scene;
  CHECK(scene.transport->host().host() == "127.0.0.1");
  CHECK(scene.transport->host().port() != 0);
  CHECK(scene.transport->listening());
  CHECK(scene.socket->story.empty());
  auto peer = DatagramPeer::on("127.0.0.1");
  REQUIRE(peer.send("early", scene.transport->host()) == 0);
  REQUIRE(scene.received(1));
  CHECK(scene.socket->story == "start data");
  CHECK(scene.socket->transport == scene.transport);
}

TEST_CASE("Datagrams of all sizes arrive whole, from their sender, and go back whole",
          "[datagram][rule140][rule141]") {
  for (auto const* const host : {"127.0.0.1", "::1"}) {
    Scene scene(host);
    scene.socket->on_received = echo_datagram;
    auto peer = DatagramPeer::on(host);
    for (std::size_t const size : {0, 1, 512, 1473, 8193, 16385, 60000, 65507}) {
      INFO(host << " " << size);
      auto const sent = pattern(size);
      REQUIRE(peer.send(sent, scene.transport->host()) == 0);
      scene.socket->received.clear();
      REQUIRE(scene.received(1));
      auto const& got = scene.socket->received.front();
      CHECK(difference(got.data, sent) == "equal");
      CHECK(got.from == peer.address());
      CHECK(got.destination == scene.transport->host());
      CHECK_FALSE(got.to_many);
      CHECK(difference(peer.receive().value_or("nothing"), sent) == "equal");
      CHECK(peer.from() == scene.transport->host());
    }
  }
}

TEST_CASE("An empty datagram is one, in both directions", "[datagram][rule140]") {
  Scene scene;
  scene.socket->on_received = echo_datagram;
  auto peer = DatagramPeer::on("127.0.0.1");
  for (auto const* const data : {"", "between", ""})
    REQUIRE(peer.send(data, scene.transport->host()) == 0);
  REQUIRE(scene.received(3));
  CHECK(peer.receive() == "");
  CHECK(peer.receive() == "between");
  CHECK(peer.receive() == "");
  CHECK(scene.transport->traffic().received == 3);
  CHECK(scene.transport->traffic().received_bytes == 7);
  CHECK(scene.transport->traffic().sent == 3);
}

TEST_CASE("What is longer than max_size is cut, and that is told", "[datagram][rule140]") {
  LogLines const log;
  Scene scene("127.0.0.1", {.max_size = 10});
  auto peer = DatagramPeer::on("127.0.0.1");
  REQUIRE(peer.send("0123456789", scene.transport->host()) == 0);
  REQUIRE(scene.received(1));
  CHECK(scene.transport->traffic().cut == 0);
  REQUIRE(peer.send("0123456789abc", scene.transport->host()) == 0);
  REQUIRE(scene.received(2));
  CHECK(scene.socket->last() == "0123456789");
  CHECK(scene.transport->traffic().cut == 1);
  CHECK(log.count("a datagram of 13 bytes from " + peer.address().to_string() + " was cut to 10") ==
        1);
}

TEST_CASE("One turn reads a bounded number of bytes", "[datagram][rule143]") {
  Scene scene;
  std::size_t most = 0;
  std::size_t in_turn = 0;
  std::function<void()> const next_turn = [&] {
    most = std::max(most, std::exchange(in_turn, 0));
    scene.reactor->call_later(0s, next_turn).release();
  };
  next_turn();
  scene.socket->on_received = [&](DatagramTransport&, Bytes data, Address const&) {
    in_turn += data.size();
  };
  // Unix sockets, since each sender's memory is its own there: nothing is lost on the way.
  auto const name = Address::unix("@twx-test-" + std::to_string(getpid())).value();
  REQUIRE(scene.reactor->listen_datagram(name, protocol_for(scene.socket)));
  std::vector<DatagramPeer> peers;
  for (int i = 0; i < 10; ++i) {
    peers.push_back(DatagramPeer::named_by_the_system());
    REQUIRE(peers.back().send(std::string(60000, 'x'), name) == 0);
  }
  REQUIRE(scene.received(10));
  run_turns(*scene.reactor);
  CHECK(most <= 300000);
  CHECK(most >= 240000);
}

TEST_CASE("One turn reads a bounded number of datagrams, also of empty ones",
          "[datagram][rule143]") {
  Scene scene;
  int most = 0;
  int in_turn = 0;
  std::function<void()> const next_turn = [&] {
    most = std::max(most, std::exchange(in_turn, 0));
    scene.reactor->call_later(0s, next_turn).release();
  };
  next_turn();
  scene.socket->on_received = [&](DatagramTransport&, Bytes, Address const&) { ++in_turn; };
  auto peer = DatagramPeer::on("127.0.0.1");
  for (int i = 0; i < 1000; ++i) peer.send("", scene.transport->host());
  REQUIRE(scene.received(200));  // at least so many has the system kept
  run_turns(*scene.reactor);
  CHECK(most == 128);
}

TEST_CASE("While reading is paused datagrams wait in the system", "[datagram]") {
  Scene scene;
  scene.transport->pause_producing();
  auto peer = DatagramPeer::on("127.0.0.1");
  REQUIRE(peer.send("patient", scene.transport->host()) == 0);
  run_turns(*scene.reactor);
  auto const before = sleeps();
  run_for(*scene.reactor, 20ms);
  CHECK(sleeps() - before < 10);
  CHECK(scene.socket->received.empty());
  scene.transport->resume_producing();
  REQUIRE(scene.received(1));
  CHECK(scene.socket->last() == "patient");
}

TEST_CASE("What a protocol throws is logged, and the socket goes on", "[datagram][rule143]") {
  LogLines const log;
  Scene scene;
  scene.socket->on_received = [](DatagramTransport&, Bytes, Address const&) {
    throw std::runtime_error("no such request");
  };
  auto peer = DatagramPeer::on("127.0.0.1");
  for (auto const* const data : {"one", "two"}) peer.send(data, scene.transport->host());
  REQUIRE(scene.received(2));
  CHECK(scene.transport->listening());
  CHECK(log.count("no such request") == 2);
}

TEST_CASE("A start_protocol that throws ends the socket", "[datagram]") {
  LogLines const log;
  Scene scene;
  auto const place = scene.transport->host();
  scene.socket->on_start = [](DatagramTransport&) { throw std::runtime_error("not today"); };
  REQUIRE(scene.run_until([&] { return scene.socket->destroyed; }));
  CHECK(scene.socket->story == "start stop");
  CHECK(log.count("not today") == 1);
  CHECK_NOTHROW(DatagramPeer(place));
}

// --- sending ---

TEST_CASE("A datagram that cannot be sent is refused with the reason", "[datagram][rule141]") {
  Scene scene;
  auto& transport = *scene.transport;
  auto const local = scene.at("127.0.0.1");
  CHECK(transport.write(pattern(65508), local) == std::errc::message_size);
  CHECK(transport.write("x", Address::ip("::1", 9).value()) ==
        std::errc::address_family_not_supported);
  CHECK(transport.write("x", Address::unix("/tmp/x").value()) ==
        std::errc::address_family_not_supported);
  CHECK(transport.write("x", Address()) == std::errc::address_family_not_supported);
  CHECK(transport.write(bytes("x"), local, Address::ip("::1", 9).value()) ==
        std::errc::address_family_not_supported);
  CHECK(transport.write("x") == std::errc::destination_address_required);
  CHECK(transport.traffic().sent == 0);
  CHECK_FALSE(transport.write(pattern(65507), local));
  CHECK(transport.traffic().sent == 1);
  CHECK(transport.traffic().sent_bytes == 65507);
  transport.stop_listening().release();
  CHECK(transport.write("x", local) == std::errc::bad_file_descriptor);
}

TEST_CASE("A socket for both families speaks with both", "[datagram]") {
  Scene scene("");
  scene.socket->on_received = echo_datagram;
  CHECK(scene.transport->host().host() == "::");
  auto four = DatagramPeer::on("127.0.0.1");
  auto six = DatagramPeer::on("::1");
  four.send("four", scene.at("127.0.0.1"));
  REQUIRE(scene.received(1));
  CHECK(scene.socket->received[0].from.host() == "127.0.0.1");
  CHECK(scene.socket->received[0].destination.host() == "127.0.0.1");
  CHECK(four.receive() == "four");
  six.send("six", scene.at("::1"));
  REQUIRE(scene.received(2));
  CHECK(scene.socket->received[1].from == six.address());
  CHECK(six.receive() == "six");
  CHECK_FALSE(scene.transport->write("unasked", four.address()));
  CHECK(four.receive() == "unasked");
}

TEST_CASE("ipv6_only holds for an endpoint too", "[datagram]") {
  auto const reactor = make_reactor();
  auto const socket = std::make_shared<Datagrams>();
  auto const ours =
      value_of(reactor->listen_datagram(Endpoint::udp("", 0), [&] { return protocol_for(socket); },
                                        {.ipv6_only = true}));
  CHECK(reactor->listen_udp(ours.at(0)->host().port(), protocol_for(socket), {}, "127.0.0.1"));
}

TEST_CASE("ipv6_only leaves the IPv4 side of the port free", "[datagram]") {
  Scene scene("", {.ipv6_only = true});
  CHECK_NOTHROW(DatagramPeer(scene.at("127.0.0.1")));
  CHECK(scene.transport->write("x", scene.at("127.0.0.1")));
}

TEST_CASE("An answer leaves from the address that was asked", "[datagram]") {
  for (auto const* const interface : {"", "0.0.0.0"}) {
    INFO("interface " << interface);
    Scene scene(interface);
    scene.socket->on_received = echo_datagram;
    for (auto const* const asked : {"127.0.0.1", "127.0.0.9", "127.1.2.3"}) {
      auto peer = DatagramPeer::on("127.0.0.1");
      peer.connect(scene.at(asked));  // hears that address only
      REQUIRE(peer.send("who?") == 0);
      scene.socket->received.clear();
      REQUIRE(scene.received(1));
      CHECK(scene.socket->received[0].destination.to_string() == scene.at(asked).to_string());
      CHECK(peer.receive() == "who?");
    }
  }
}

TEST_CASE("A late answer can be made to leave from the address that was asked", "[datagram]") {
  for (auto const* const interface : {"", "0.0.0.0"}) {
    INFO("interface " << interface);
    Scene scene(interface);
    auto peer = DatagramPeer::on("127.0.0.1");
    peer.connect(scene.at("127.0.0.9"));
    REQUIRE(peer.send("later") == 0);
    REQUIRE(scene.received(1));
    auto const& question = scene.socket->received[0];
    CHECK(scene.transport->destination() == Address());
    CHECK_FALSE(scene.transport->write("lost", question.from));  // from 127.0.0.1
    CHECK_FALSE(scene.transport->write(bytes("now"), question.from, question.destination));
    CHECK_FALSE(scene.transport->write(bytes("too"), question.from, scene.at("127.0.0.9")));
    CHECK(peer.receive() == "now");
    CHECK(peer.receive() == "too");
  }
}

TEST_CASE("Broadcasting must be allowed first, and is known at the other end",
          "[datagram][rule144]") {
  Scene scene;
  Scene everywhere("0.0.0.0");
  auto const all = Address::ip("127.255.255.255", everywhere.transport->host().port()).value();
  CHECK(scene.transport->write("to all", all) == std::errc::permission_denied);
  scene.transport->set_broadcast(true);
  REQUIRE_FALSE(scene.transport->write("to all", all));
  everywhere.socket->on_received = echo_datagram;
  REQUIRE(everywhere.received(1));
  CHECK(everywhere.socket->received[0].to_many);
  CHECK(everywhere.socket->received[0].destination == all);
  REQUIRE(scene.received(1));  // answers come from an address of one machine
  CHECK(scene.socket->received[0].from == everywhere.at("127.0.0.1"));
  scene.transport->set_broadcast(false);
  CHECK(scene.transport->write("again", all) == std::errc::permission_denied);
}

// --- connected ---

TEST_CASE("A connected socket needs no address and hears nobody else", "[datagram][rule142]") {
  Scene scene;
  auto peer = DatagramPeer::on("127.0.0.1");
  auto other = DatagramPeer::on("127.0.0.1");
  other.send("before", scene.transport->host());  // waits in the system when it connects
  REQUIRE(scene.transport->connect(peer.address()));
  CHECK(scene.transport->peer() == peer.address());
  other.send("after", scene.transport->host());
  peer.send("mine", scene.transport->host());
  REQUIRE(scene.received(1));
  run_turns(*scene.reactor);
  CHECK(scene.socket->received.size() == 1);
  CHECK(scene.socket->last() == "mine");
  CHECK_FALSE(scene.transport->write("one"));
  CHECK_FALSE(scene.transport->write("two", peer.address()));
  CHECK_FALSE(scene.transport->write(""));
  CHECK(scene.transport->write("no", other.address()) == std::errc::already_connected);
  CHECK(peer.receive() == "one");
  CHECK(peer.receive() == "two");
  CHECK(peer.receive() == "");
}

TEST_CASE("A socket is connected once, to an address of its family", "[datagram][rule142]") {
  Scene scene;
  auto const peer = DatagramPeer::on("127.0.0.1");
  auto const wrong = scene.transport->connect(Address::ip("::1", 9).value());
  REQUIRE_FALSE(wrong);
  CHECK(wrong.failure().code() == std::errc::address_family_not_supported);
  REQUIRE(scene.transport->connect(peer.address()));
  auto const again = scene.transport->connect(peer.address());
  REQUIRE_FALSE(again);
  CHECK(again.failure().code() == std::errc::already_connected);
  scene.transport->stop_listening().release();
  auto const late = scene.transport->connect(peer.address());
  REQUIRE_FALSE(late);
  CHECK(late.failure().code() == std::errc::bad_file_descriptor);
}

TEST_CASE("A refusal is told, and the socket stays open", "[datagram][rule142]") {
  Scene scene;
  auto const place = DatagramPeer::on("127.0.0.1").address();  // nobody's by now
  REQUIRE(scene.transport->connect(place));
  CHECK_FALSE(scene.transport->write("anybody?"));
  CHECK(scene.socket->story.empty());
  REQUIRE(scene.run_until([&] { return scene.socket->story == "start refused"; }));
  CHECK(scene.transport->listening());

  DatagramPeer peer(place);
  CHECK_FALSE(scene.transport->write("now?"));
  CHECK(peer.receive() == "now?");
  peer.send("yes", scene.transport->host());
  REQUIRE(scene.received(1));
}

TEST_CASE("A refusal that a write meets is not that write's", "[datagram][rule142]") {
  Scene scene;
  run_turns(*scene.reactor);
  auto const place = DatagramPeer::on("127.0.0.1").address();
  REQUIRE(scene.transport->connect(place));
  CHECK_FALSE(scene.transport->write("refused"));
  DatagramPeer peer(place);
  CHECK_FALSE(scene.transport->write("first"));
  CHECK_FALSE(scene.transport->write("second"));
  CHECK(peer.receive() == "first");
  CHECK(peer.receive() == "second");
  CHECK(scene.socket->story == "start");  // not inside a call
  REQUIRE(scene.run_until([&] { return scene.socket->story == "start refused"; }));
}

TEST_CASE("A refusal is told while reading is paused, too, and nothing spins",
          "[datagram][rule142]") {
  Scene scene;
  scene.transport->pause_producing();
  REQUIRE(scene.transport->connect(DatagramPeer::on("127.0.0.1").address()));
  CHECK_FALSE(scene.transport->write("anybody?"));
  REQUIRE(scene.run_until([&] { return scene.socket->story == "start refused"; }));
  auto const before = processor_time();
  run_for(*scene.reactor, 20ms);
  CHECK(processor_time() - before < 15ms);
  CHECK(scene.socket->story == "start refused");
}

TEST_CASE("An unconnected socket hears of no refusal", "[datagram][rule142]") {
  Scene scene;
  auto const nobody = DatagramPeer::on("127.0.0.1").address();
  CHECK_FALSE(scene.transport->write("anybody?", nobody));
  CHECK_FALSE(scene.transport->write("anybody?", nobody));
  run_turns(*scene.reactor);
  CHECK(scene.socket->story == "start");
}

TEST_CASE("A name is looked up to be connected to", "[datagram]") {
  auto const reactor = make_reactor();
  auto peer = DatagramPeer::on("127.0.0.1");
  reactor->set_resolver([](std::string const& name, int) {
    if (name != "peer.test") return fail<std::vector<Address>>(Error::name_not_found);
    // The system refuses the first at once: it is everybody's.
    return succeed(std::vector{Address::ip("255.255.255.255", 0).value(),
                               Address::ip("127.0.0.1", 0).value()});
  });
  auto const socket = std::make_shared<Datagrams>();
  auto* const transport =
      value_of(reactor->connect_udp("peer.test", peer.port(), protocol_for(socket)));
  CHECK(transport->peer() == peer.address());
  CHECK_FALSE(transport->write("hello"));
  CHECK(peer.receive() == "hello");
  peer.send("there", peer.from());
  REQUIRE(run_until(*reactor, [&] { return socket->last() == "there"; }));

  auto const unknown = failure_of(
      reactor->connect_udp("nobody.test", 9, protocol_for(std::make_shared<Datagrams>())));
  CHECK(unknown.is(Error::name_not_found));
  auto const stream =
      failure_of(reactor->connect_datagram(Endpoint::tcp("127.0.0.1", 9),
                                           protocol_for(std::make_shared<Datagrams>())));
  CHECK(stream.code() == std::errc::wrong_protocol_type);
}

TEST_CASE("A look-up for connecting is given up in time", "[datagram]") {
  auto const reactor = make_reactor();
  Deferred<std::vector<Address>> never;
  reactor->set_resolver([&](std::string const&, int) { return std::move(never); });
  auto const promise = never.promise();
  std::optional<Failure> failure;
  auto const socket = std::make_shared<Datagrams>();
  auto waiting =
      reactor->connect_udp("slow.test", 9, protocol_for(socket), {.timeout = 1ms})
          .add_callbacks([](DatagramTransport*) {}, [&](Failure const& why) { failure = why; });
  REQUIRE(run_until(*reactor, [&] { return failure.has_value(); }));
  CHECK(failure->is(Error::lookup_timeout));
  CHECK(socket->destroyed);
}

TEST_CASE("A connected socket can have its own address and port", "[datagram]") {
  auto const reactor = make_reactor();
  auto const peer = DatagramPeer::on("127.0.0.1");
  auto const own = DatagramPeer::on("127.0.0.5").address();
  auto const socket = std::make_shared<Datagrams>();
  auto* const transport =
      value_of(reactor->connect_datagram(Endpoint::udp("127.0.0.1", peer.port()),
                                         protocol_for(socket), {.bind = own}));
  CHECK(transport->host() == own);
  auto const taken = failure_of(reactor->connect_datagram(Endpoint::udp("127.0.0.1", peer.port()),
                                                          protocol_for(socket), {.bind = own}));
  CHECK(taken.code() == std::errc::address_in_use);
  auto const family = failure_of(reactor->connect_datagram(Endpoint::udp("::1", peer.port()),
                                                           protocol_for(socket), {.bind = own}));
  CHECK(family.code() == std::errc::address_family_not_supported);
}

// --- ports ---

TEST_CASE("A datagram socket that cannot be bound names the address and the cause",
          "[datagram][rule140]") {
  Scene scene;
  auto const before = descriptors();
  auto const again = std::make_shared<Datagrams>();
  auto const failed = scene.reactor->listen_datagram(scene.transport->host(), protocol_for(again));
  REQUIRE_FALSE(failed);
  CHECK(failed.failure().code() == std::errc::address_in_use);
  CHECK(failed.failure().message() ==
        "listen " + scene.transport->host().datagram_uri() + ": Address already in use");
  CHECK(again->destroyed);
  CHECK(again->story.empty());
  CHECK_FALSE(scene.reactor->listen_udp(0, protocol_for(again), {}, "192.0.2.77"));
  auto const nonsense = scene.reactor->listen_udp(0, protocol_for(again), {}, "nonsense");
  REQUIRE_FALSE(nonsense);
  CHECK(nonsense.failure().code() == std::errc::invalid_argument);
  CHECK(descriptors() == before);
}

TEST_CASE("Several sockets can have one port if all say so", "[datagram][rule144]") {
  Scene scene("127.0.0.1", {.reuse_address = true});
  auto const second = std::make_shared<Datagrams>();
  auto const place = scene.transport->host();
  CHECK_FALSE(scene.reactor->listen_datagram(place, protocol_for(second)));
  CHECK(scene.reactor->listen_datagram(place, protocol_for(second), {.reuse_address = true}));
}

TEST_CASE("An endpoint is listened on at each address of its name, or at none", "[datagram]") {
  auto const reactor = make_reactor();
  std::vector<std::string> addresses{"127.0.0.1", "127.0.0.2"};
  reactor->set_resolver([&](std::string const&, int) {
    std::vector<Address> found;
    for (auto const& each : addresses) found.push_back(Address::ip(each, 0).value());
    return succeed(std::move(found));
  });
  std::vector<std::shared_ptr<Datagrams>> sockets;
  auto const build = [&] {
    sockets.push_back(std::make_shared<Datagrams>());
    sockets.back()->on_received = echo_datagram;
    return protocol_for(sockets.back());
  };
  auto const all = value_of(reactor->listen_datagram(Endpoint::udp("both.test", 0), build));
  REQUIRE(all.size() == 2);
  CHECK(all[0]->host().port() == all[1]->host().port());
  auto peer = DatagramPeer::on("127.0.0.1");
  for (auto* const each : all) {
    peer.send("hello", each->host());
    REQUIRE(run_beside(*reactor, [&] { return peer.receive() == "hello"; }));
    CHECK(peer.from() == each->host());
  }
  auto const before = descriptors();
  addresses.emplace_back("192.0.2.77");
  auto const failure = failure_of(reactor->listen_datagram(Endpoint::udp("three.test", 0), build));
  CHECK_THAT(failure.message(), ContainsSubstring("listen udp://192.0.2.77:"));
  CHECK(descriptors() == before);
}

TEST_CASE("Streams do not listen on an endpoint of datagrams, nor the other way round",
          "[datagram]") {
  auto const reactor = make_reactor();
  auto const build = [] { return protocol_for(std::make_shared<Datagrams>()); };
  auto const datagrams = failure_of(reactor->listen_datagram(Endpoint::tcp("", 9), build));
  CHECK(datagrams.message() == "listen *:9: Protocol wrong type for socket");
  auto const streams =
      failure_of(reactor->listen(Endpoint::udp("", 9), make_factory([] { return nullptr; })));
  CHECK(streams.message() == "listen udp://*:9: Protocol wrong type for socket");
}

// --- the end ---

TEST_CASE("stop_listening closes at once; stop_protocol and the Deferred come later",
          "[datagram][rule140]") {
  Scene scene;
  run_turns(*scene.reactor);
  auto const place = scene.transport->host();
  std::string order;
  scene.socket->on_stop = [&](DatagramTransport& transport) {
    order += "stop ";
    CHECK(transport.host() == place);
  };
  auto const closed = scene.transport->stop_listening().add_callback([&] { order += "closed "; });
  CHECK_FALSE(scene.transport->listening());
  CHECK(scene.transport->stop_listening().has_result());
  CHECK(order.empty());
  CHECK_NOTHROW(DatagramPeer(place));
  REQUIRE(scene.run_until([&] { return scene.socket->destroyed; }));
  CHECK(order == "stop closed ");
  CHECK(scene.socket->story == "start stop");
}

TEST_CASE("A socket that is stopped before its start has neither", "[datagram]") {
  Scene scene;
  scene.transport->stop_listening().release();
  REQUIRE(scene.run_until([&] { return scene.socket->destroyed; }));
  CHECK(scene.socket->story.empty());
}

TEST_CASE("Stopping inside a callback is the last of them", "[datagram]") {
  Scene scene;
  scene.socket->on_received = [](DatagramTransport& transport, Bytes, Address const&) {
    transport.stop_listening().release();
  };
  auto peer = DatagramPeer::on("127.0.0.1");
  for (int i = 0; i < 3; ++i) peer.send("x", scene.transport->host());
  REQUIRE(scene.run_until([&] { return scene.socket->destroyed; }));
  CHECK(scene.socket->received.size() == 1);
  CHECK(scene.socket->story == "start data stop");
}

TEST_CASE("The reactor's end is the socket's, before the triggers during shutdown",
          "[datagram][rule140]") {
  Scene scene;
  scene.reactor->add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
    scene.socket->story += " during";
    return succeed();
  });
  scene.reactor->call_later(0s, [&] { scene.reactor->stop(); }).release();
  scene.reactor->run(false);
  CHECK(scene.socket->story == "start stop during");
  CHECK(scene.socket->destroyed);
}

TEST_CASE("A socket that stops when the reactor does is stopped once", "[datagram]") {
  Scene scene;
  bool closed = false;
  scene.reactor
      ->call_later(
          0s,
          [&] {
            scene.transport->stop_listening().add_callback([&] { closed = true; }).release();
            scene.reactor->stop();
          })
      .release();
  scene.reactor->run(false);
  CHECK(scene.socket->story == "start stop");
  CHECK(closed);
}

TEST_CASE("Draining closes datagram sockets", "[datagram]") {
  Scene scene;
  run_turns(*scene.reactor);
  auto const place = scene.transport->host();
  auto const drained = scene.reactor->drain(1h);
  CHECK(drained.has_result());
  CHECK_NOTHROW(DatagramPeer(place));
  REQUIRE(scene.run_until([&] { return scene.socket->story == "start stop"; }));
}

TEST_CASE("With the reactor a socket goes untold", "[datagram]") {
  auto const socket = std::make_shared<Datagrams>();
  auto const before = descriptors();
  {
    auto const reactor = make_reactor();
    static_cast<void>(reactor->listen_udp(0, protocol_for(socket)));
    run_turns(*reactor);
    static_cast<void>(reactor->listen_udp(0, protocol_for(std::make_shared<Datagrams>())));
  }
  CHECK(socket->story == "start");
  CHECK(socket->destroyed);
  CHECK(descriptors() == before);
}

TEST_CASE("Sockets that come and go leave nothing behind", "[datagram]") {
  auto const reactor = make_reactor();
  auto const before = descriptors();
  for (int i = 0; i < 100; ++i) {
    auto const socket = std::make_shared<Datagrams>();
    auto* const transport = reactor->listen_udp(0, protocol_for(socket)).value();
    socket->on_start = [](DatagramTransport& own) { own.stop_listening().release(); };
    CHECK_FALSE(transport->write("x", Address::ip("127.0.0.1", 9).value()));
    REQUIRE(run_until(*reactor, [&] { return socket->destroyed; }));
  }
  CHECK(descriptors() == before);
}

}  // namespace
