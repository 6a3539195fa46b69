// Unix datagrams: paths and their files, names, and receivers that do not read.
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "reactor/reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Scene {
  ScratchDirectory directory;
  std::string path = directory.path("s");
  Address place = Address::unix(path).value();
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Datagrams> socket = std::make_shared<Datagrams>();

  DatagramTransport* listen() {
    return reactor->listen_datagram(place, protocol_for(socket)).value();
  }
  DatagramTransport* connect(DatagramOptions options = {}) {
    return value_of(reactor->connect_datagram(Endpoint::unix_datagram(path), protocol_for(socket),
                                              {}, options));
  }
  bool run_until(std::function<bool()> const& done) { return test::run_until(*reactor, done); }
  bool received(std::size_t count) {
    return run_until([&] { return socket->received.size() >= count; });
  }
};

TEST_CASE("A unix socket is bound to its path and takes datagrams there", "[datagram][rule145]") {
  Scene scene;
  auto* const transport = scene.listen();
  CHECK(transport->host() == scene.place);
  scene.socket->on_received = echo_datagram;
  auto peer = DatagramPeer::named_by_the_system();
  for (auto const& data : {std::string("hello"), std::string(), pattern(65535)}) {
    REQUIRE(peer.send(data, scene.place) == 0);
    scene.socket->received.clear();
    REQUIRE(scene.received(1));
    CHECK(scene.socket->received[0].from == peer.address());
    CHECK(scene.socket->received[0].destination == Address());
    CHECK(difference(peer.receive().value_or("nothing"), data) == "equal");
  }
}

TEST_CASE("A sender without a name is nowhere and cannot be answered", "[datagram]") {
  Scene scene;
  auto* const transport = scene.listen();
  auto const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_storage storage{};
  auto const size = scene.place.copy_to(storage);
  auto* const to = reinterpret_cast<sockaddr*>(&storage);
  CHECK(sendto(fd, "x", 1, 0, to, size) == 1);
  close(fd);
  REQUIRE(scene.received(1));
  CHECK(scene.socket->received[0].from == Address());
  CHECK(transport->write("x", scene.socket->received[0].from) ==
        std::errc::address_family_not_supported);
}

TEST_CASE("More than a turn's buffer is cut, and that is told", "[datagram][rule140]") {
  LogLines const log;
  Scene scene;
  auto* const transport = scene.listen();
  auto peer = DatagramPeer::named_by_the_system();
  REQUIRE(peer.send(pattern(100'000), scene.place) == 0);
  REQUIRE(scene.received(1));
  CHECK(difference(scene.socket->last(), pattern(65535)) == "equal");
  CHECK(transport->traffic().cut == 1);
  CHECK(log.count("a datagram of 100000 bytes") == 1);
}

TEST_CASE("The file goes with the socket; a stale one is replaced", "[datagram][rule145]") {
  Scene scene;
  auto* transport = scene.listen();
  CHECK(std::filesystem::exists(scene.path));
  transport->stop_listening().release();
  CHECK_FALSE(std::filesystem::exists(scene.path));
  {
    DatagramPeer const killed(scene.place);
  }
  CHECK(std::filesystem::exists(scene.path));
  transport = scene.listen();
  auto peer = DatagramPeer::named_by_the_system();
  CHECK(peer.send("x", scene.place) == 0);

  auto const taken =
      scene.reactor->listen_datagram(scene.place, protocol_for(std::make_shared<Datagrams>()));
  REQUIRE_FALSE(taken);
  CHECK(taken.failure().message() ==
        "listen unix-dgram://" + scene.path + ": Address already in use");
  CHECK(peer.send("x", scene.place) == 0);

  std::filesystem::remove(scene.path);
  DatagramPeer const successor(scene.place);
  transport->stop_listening().release();
  CHECK(std::filesystem::exists(scene.path));
}

TEST_CASE("A connected unix socket has a name and can be answered", "[datagram][rule145]") {
  Scene scene;
  DatagramPeer peer(scene.place);
  auto* const transport = scene.connect();
  CHECK(transport->host().host().starts_with("@"));
  CHECK(transport->peer() == scene.place);
  CHECK_FALSE(transport->write("question"));
  CHECK(peer.receive() == "question");
  CHECK(peer.send("answer", peer.from()) == 0);
  REQUIRE(scene.received(1));
  CHECK(scene.socket->last() == "answer");
}

TEST_CASE("Connecting to nobody fails", "[datagram]") {
  Scene scene;
  auto const missing =
      failure_of(scene.reactor->connect_datagram(Endpoint::unix_datagram(scene.path),
                                                 protocol_for(scene.socket)));
  CHECK(missing.code() == std::errc::no_such_file_or_directory);
  {
    DatagramPeer const killed(scene.place);
  }
  auto const stale = failure_of(scene.reactor->connect_datagram(Endpoint::unix_datagram(scene.path),
                                                                protocol_for(scene.socket)));
  CHECK(stale.code() == std::errc::connection_refused);
}

TEST_CASE("A peer that is gone refuses", "[datagram][rule142]") {
  Scene scene;
  auto peer = std::make_unique<DatagramPeer>(scene.place);
  auto* const transport = scene.connect();
  peer.reset();
  CHECK(transport->write("anybody?") == std::errc::connection_refused);
  REQUIRE(scene.run_until([&] { return scene.socket->story == "start refused"; }));
  CHECK(transport->listening());
}

TEST_CASE("What the system does not take waits, in order, until it does", "[datagram]") {
  Scene scene;
  DatagramPeer peer(scene.place);
  auto* const transport = scene.connect();
  auto const numbered = [](int i) { return pattern(1000) + std::to_string(i); };
  constexpr int count = 60;  // more than a unix socket queues
  for (int i = 0; i < count; ++i) CHECK_FALSE(transport->write(numbered(i)));
  CHECK(transport->unsent() > 0);
  CHECK(transport->traffic().sent < count);
  run_turns(*scene.reactor);
  auto const before = processor_time();
  run_for(*scene.reactor, 20ms);
  CHECK(processor_time() - before < 15ms);
  CHECK(scene.socket->story == "start");

  std::vector<std::string> got;
  REQUIRE(scene.run_until([&] {
    while (auto data = peer.receive_now()) got.push_back(*data);
    return got.size() >= count;
  }));
  for (int i = 0; i < count; ++i) CHECK(got[static_cast<std::size_t>(i)] == numbered(i));
  CHECK(transport->unsent() == 0);
  CHECK(transport->traffic().sent == count);
  CHECK(transport->traffic().dropped == 0);
  CHECK(scene.socket->story == "start resume");
}

TEST_CASE("What finds no room to wait in is dropped, counted and told", "[datagram]") {
  LogLines const log;
  Scene scene;
  DatagramPeer peer(scene.place);
  auto* const transport = scene.connect({.queue_limit = 10'000});
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    if (auto const error = transport->write(std::string(1000, 'x'))) {
      CHECK(error == std::errc::no_buffer_space);
      ++refused;
    }
  }
  auto const traffic = transport->traffic();
  CHECK(refused > 0);
  CHECK(traffic.dropped == static_cast<std::uint64_t>(refused));
  CHECK(transport->unsent() > 0);
  CHECK(transport->unsent() <= 10'000);
  CHECK(traffic.sent + transport->unsent() / 1000 + traffic.dropped == 60);
  CHECK(log.count("not sent so far") == 1);  // once a second
  transport->stop_listening().release();     // what waits is lost, too
  CHECK(transport->traffic().sent + transport->traffic().dropped == 60);
}

TEST_CASE("A receiver that does not read costs others nothing", "[datagram]") {
  LogLines const log;
  Scene scene;
  auto* const transport = scene.listen();
  auto const deaf = DatagramPeer::named_by_the_system();
  auto reader = DatagramPeer::named_by_the_system();
  for (int i = 0; i < 40; ++i) CHECK_FALSE(transport->write("unread", deaf.address()));
  CHECK_FALSE(transport->write("read", reader.address()));
  REQUIRE(run_beside(*scene.reactor, [&] { return reader.receive() == "read"; }));
  REQUIRE(scene.run_until([&] { return transport->unsent() == 0; }));
  CHECK(transport->traffic().dropped > 0);
  CHECK(log.count("not sent so far") > 0);
  auto const before = processor_time();
  run_for(*scene.reactor, 20ms);
  CHECK(processor_time() - before < 15ms);
}

}  // namespace
