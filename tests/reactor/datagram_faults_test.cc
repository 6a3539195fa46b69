// Datagrams when system calls fail and allocations do.
#include <cerrno>

#include "reactor/reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/reactor/support/fail_calls.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Datagrams> socket = std::make_shared<Datagrams>();
  DatagramTransport* transport =
      reactor->listen_udp(0, protocol_for(socket), {}, "127.0.0.1").value();
  DatagramPeer peer = DatagramPeer::on("127.0.0.1");

  Scene() { run_turns(*reactor); }
  bool received(std::size_t count) {
    return run_until(*reactor, [&] { return socket->received.size() >= count; });
  }
};

TEST_CASE("Interrupted calls are made again", "[datagram]") {
  Scene scene;
  scene.socket->on_received = echo_datagram;
  REQUIRE(scene.peer.send("ping", scene.transport->host()) == 0);
  {
    FailCalls const failing({.calls = "recvmsg sendmsg", .error = EINTR, .every = 2});
    REQUIRE(scene.received(1));
    CHECK(failing.hits() >= 2);
  }
  CHECK(scene.peer.receive() == "ping");
}

TEST_CASE("A datagram that meets a full system is sent in the next turn", "[datagram]") {
  Scene scene;
  {
    FailCalls const failing({.calls = "sendmsg", .error = EAGAIN});
    CHECK_FALSE(scene.transport->write("first", scene.peer.address()));
    CHECK_FALSE(scene.transport->write("second", scene.peer.address()));
    CHECK(failing.hits() == 1);
  }
  CHECK(scene.transport->unsent() == 11);
  CHECK(scene.socket->story == "start");
  REQUIRE(run_until(*scene.reactor, [&] { return scene.socket->story == "start resume"; }));
  CHECK(scene.peer.receive() == "first");
  CHECK(scene.peer.receive() == "second");
}

TEST_CASE("What waits leaves when the socket is closed", "[datagram]") {
  Scene scene;
  {
    FailCalls const failing({.calls = "sendmsg", .error = EAGAIN});
    CHECK_FALSE(scene.transport->write("late", scene.peer.address()));
  }
  scene.transport->stop_listening().release();
  CHECK(scene.peer.receive() == "late");
  CHECK(scene.transport->traffic().dropped == 0);
}

TEST_CASE("Without buffers a datagram is dropped and that is told", "[datagram]") {
  LogLines const log;
  Scene scene;
  FailCalls const failing({.calls = "sendmsg", .error = ENOBUFS, .every = 1});
  CHECK(scene.transport->write("x", scene.peer.address()) == std::errc::no_buffer_space);
  CHECK(scene.transport->write("x", scene.peer.address()) == std::errc::no_buffer_space);
  CHECK(scene.transport->traffic().dropped == 2);
  CHECK(log.count("not sent so far: No buffer space available") == 1);
}

TEST_CASE("Reading that fails is tried again after a rest", "[datagram]") {
  LogLines const log;
  Scene scene;
  REQUIRE(scene.peer.send("ping", scene.transport->host()) == 0);
  {
    FailCalls const failing({.calls = "recvmsg", .error = ENOMEM, .every = 1});
    run_turns(*scene.reactor, 5);
    CHECK(failing.hits() == 1);
  }
  REQUIRE(scene.received(1));
  CHECK(log.count("Cannot allocate memory") == 1);
}

TEST_CASE("A refusal of the network is no reason to rest", "[datagram]") {
  LogLines const log;
  Scene scene;
  REQUIRE(scene.peer.send("ping", scene.transport->host()) == 0);
  FailCalls const failing({.calls = "recvmsg", .error = EHOSTUNREACH});
  run_turns(*scene.reactor);
  CHECK(scene.socket->last() == "ping");
  CHECK(log.count("No route to host") == 1);
}

TEST_CASE("A datagram in and its answer out cost no allocation", "[datagram]") {
  Scene scene;
  std::optional<FailAllocations> none;
  int echoed = 0;
  // Within one turn, so that nothing of the test's own comes between.
  class Echo final : public DatagramProtocol {
   public:
    Echo(std::optional<FailAllocations>& failing, int& count) : failing_(failing), count_(count) {}
    void datagram_received(Bytes data, Address const& from) override {
      if (count_ == 0) failing_.emplace(1, 1'000'000);
      transport().write(data, from);
      if (++count_ < 20) return;
      allocated = failing_->failed();
      failing_.reset();
    }
    bool allocated = false;

   private:
    std::optional<FailAllocations>& failing_;
    int& count_;
  };
  auto protocol = std::make_unique<Echo>(none, echoed);
  auto const& echo = *protocol;
  auto* const transport = scene.reactor->listen_udp(0, std::move(protocol)).value();
  for (int i = 0; i < 20; ++i)
    scene.peer.send(pattern(1000), Address::ip("127.0.0.1", transport->host().port()).value());
  REQUIRE(run_until(*scene.reactor, [&] { return echoed == 20; }));
  CHECK_FALSE(echo.allocated);
}

TEST_CASE("Without memory to wait in a datagram is dropped and that is told", "[datagram]") {
  Scene scene;
  FailCalls const failing({.calls = "sendmsg", .error = EAGAIN});
  std::error_code error;
  auto const data = pattern(1000);
  auto const to = scene.peer.address();
  {
    FailAllocations const failing_too(1, 1000);
    error = scene.transport->write(data, to);
  }
  CHECK(error == std::errc::not_enough_memory);
  CHECK(scene.transport->traffic().dropped == 1);
  CHECK(scene.transport->unsent() == 0);
  CHECK_FALSE(scene.transport->write("next", to));
  CHECK(scene.peer.receive() == "next");
}

}  // namespace
