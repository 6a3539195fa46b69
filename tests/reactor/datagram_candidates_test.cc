// Several addresses for one peer: a datagram socket goes on from those that refuse.
#include <optional>
#include <vector>

#include "reactor/datagram_protocol.h"
#include "reactor/reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Nobody's, at least for now.
Address closed(std::string_view host = "127.0.0.1") { return DatagramPeer::on(host).address(); }

struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Datagrams> socket = std::make_shared<Datagrams>();
  DatagramTransport* transport;

  explicit Scene(std::vector<Address> const& candidates, ConnectOptions const& options = {})
      : transport(reactor->connect_datagram(candidates, protocol_for(socket), options).value()) {
    run_turns(*reactor);
  }
  bool told(std::string_view story) {
    return run_until(*reactor, [&] { return socket->story == story; });
  }
  bool moved_to(DatagramPeer const& peer) {
    return run_until(*reactor, [&] { return transport->peer() == peer.address(); });
  }
};

TEST_CASE("A peer that refuses is left for the next address, which gets what was sent",
          "[datagram_candidates]") {
  auto peer = DatagramPeer::on("127.0.0.1");
  Scene scene({closed(), closed("::1"), closed("127.0.0.2"), peer.address()});
  for (auto const* const data : {"one", "", "three"}) CHECK_FALSE(scene.transport->write(data));
  REQUIRE(scene.moved_to(peer));
  CHECK(peer.receive() == "one");
  CHECK(peer.receive() == "");
  CHECK(peer.receive() == "three");
  CHECK(peer.from() == scene.transport->host());
  CHECK(scene.transport->unsent() == 0);
  peer.send("answer", peer.from());
  REQUIRE(run_until(*scene.reactor, [&] { return scene.socket->last() == "answer"; }));
  CHECK_FALSE(scene.transport->write("four"));
  CHECK(peer.receive() == "four");
  run_turns(*scene.reactor);
  CHECK_FALSE(peer.receive_now());
  CHECK(scene.socket->story.find("refused") == std::string::npos);
}

TEST_CASE("A datagram that met the refusal waits for the next address, and that is told",
          "[datagram_candidates]") {
  auto peer = DatagramPeer::on("127.0.0.1");
  Scene scene({closed(), peer.address()});
  CHECK_FALSE(scene.transport->write("one"));
  CHECK_FALSE(scene.transport->write("two"));
  CHECK(scene.transport->unsent() == 3);
  CHECK_FALSE(scene.transport->write("three"));
  REQUIRE(scene.told("start resume"));
  for (auto const* const data : {"one", "two", "three"}) CHECK(peer.receive() == data);
  CHECK(scene.transport->unsent() == 0);
}

TEST_CASE("Who stops at the last refusal hears no more", "[datagram_candidates]") {
  Scene scene({closed(), closed("127.0.0.2")});
  scene.socket->on_refused = [](DatagramTransport& transport) {
    transport.stop_listening().release();
  };
  CHECK_FALSE(scene.transport->write("one"));
  CHECK_FALSE(scene.transport->write("two"));
  REQUIRE(scene.told("start resume refused stop"));
}

TEST_CASE("The other family is gone on to as well", "[datagram_candidates]") {
  for (auto const& [first, second] : {std::pair("::1", "127.0.0.1"), {"127.0.0.1", "::1"}}) {
    auto peer = DatagramPeer::on(second);
    Scene scene({closed(first), peer.address()});
    CHECK_FALSE(scene.transport->write("hello"));
    REQUIRE(scene.moved_to(peer));
    CHECK(peer.receive() == "hello");
  }
}

TEST_CASE("When the last address refuses, that is told once", "[datagram_candidates]") {
  auto const last = closed("127.0.0.2");
  Scene scene({closed(), last});
  CHECK_FALSE(scene.transport->write("anybody?"));
  REQUIRE(scene.told("start refused"));
  CHECK(scene.transport->peer() == last);
  run_turns(*scene.reactor);
  CHECK(scene.socket->story == "start refused");
}

TEST_CASE("Who has answered stays the peer", "[datagram_candidates]") {
  auto next = DatagramPeer::on("127.0.0.2");
  std::optional<DatagramPeer> first(DatagramPeer::on("127.0.0.1"));
  Scene scene({first->address(), next.address()});
  CHECK_FALSE(scene.transport->write("question"));
  CHECK(first->receive() == "question");
  // While it waits to be read, too.
  auto const paused = GENERATE(false, true);
  if (paused) scene.transport->pause_producing();
  first->send("answer", first->from());
  if (!paused) REQUIRE(scene.told("start data"));
  first.reset();
  CHECK_FALSE(scene.transport->write("more"));
  REQUIRE(scene.told(paused ? "start refused" : "start data refused"));
  scene.transport->resume_producing();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.socket->last() == "answer"; }));
  CHECK_FALSE(next.receive_now());
}

TEST_CASE("What was sent is held up to a limit", "[datagram_candidates]") {
  struct Case {
    int count;
    std::size_t size;
    bool held;
  };
  auto const [count, size, held] = GENERATE(Case{255, 1, true}, Case{256, 1, false},
                                            Case{1, 65507, true}, Case{2, 32768, false});
  auto next = DatagramPeer::on("127.0.0.2");
  std::optional<DatagramPeer> first(DatagramPeer::on("127.0.0.1"));
  Scene scene({first->address(), next.address()});
  for (int i = 0; i < count; ++i) {
    CHECK_FALSE(scene.transport->write(pattern(size)));
    CHECK(first->receive());
  }
  first.reset();
  CHECK_FALSE(scene.transport->write("!"));
  if (!held) {
    REQUIRE(scene.told("start refused"));
    CHECK_FALSE(next.receive_now());
    return;
  }
  REQUIRE(scene.moved_to(next));
  for (int i = 0; i < count; ++i)
    CHECK(difference(next.receive().value_or("nothing"), pattern(size)) == "equal");
  CHECK(next.receive() == "!");
}

TEST_CASE("What is known to be refused at the end still goes to the next address",
          "[datagram_candidates]") {
  auto peer = DatagramPeer::on("127.0.0.1");
  Scene scene({closed("::1"), closed(), peer.address()});
  CHECK_FALSE(scene.transport->write("goodbye"));
  scene.transport->stop_listening().release();
  CHECK(peer.receive() == "goodbye");
  REQUIRE(scene.told("start stop"));
}

TEST_CASE("A socket with options of its own stays where it is", "[datagram_candidates]") {
  auto peer = DatagramPeer::on("127.0.0.1");
  Scene scene({closed(), peer.address()});
  scene.transport->set_broadcast(true);
  CHECK_FALSE(scene.transport->write("hello"));
  REQUIRE(scene.told("start refused"));
  CHECK_FALSE(peer.receive_now());
}

TEST_CASE("An address without a route is passed over on the way", "[datagram_candidates]") {
  auto peer = DatagramPeer::on("127.0.0.1");
  auto const own = closed("127.0.0.5");  // not one for IPv6
  Scene scene({closed(), closed("::1"), peer.address()}, {.bind = own.with_port(0)});
  CHECK_FALSE(scene.transport->write("hello"));
  REQUIRE(scene.moved_to(peer));
  CHECK(peer.receive() == "hello");
  CHECK(peer.from().host() == "127.0.0.5");
}

}  // namespace
