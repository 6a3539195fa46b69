// What connections cost: idle ones, ended ones, and peers that do not read.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// A protocol of the size that real ones have.
class Idle final : public Protocol {
 public:
  void data_received(Bytes data) override { transport().write(data); }
};

std::size_t resident() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t allocated() { return mallinfo2().uordblks; }

TEST_CASE("An idle connection costs no more than 1,024 bytes of memory", "[memory]") {
  if (sanitized) return;  // they keep books of their own
  constexpr std::size_t wanted = 10'000;
  auto const reactor = make_reactor();
  auto* const port =
      reactor->listen_tcp(0, make_factory([] { return std::make_unique<Idle>(); }), {}, "127.0.0.1")
          .value();
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  auto const count = std::min(wanted, static_cast<std::size_t>(limit.rlim_cur) - 100);
  auto const address = port->host();
  // The clients in a process of their own, until this one is done.
  Child clients([&]() -> std::string {
    std::vector<int> sockets;
    for (std::size_t i = 0; i < count; ++i) {
      auto const fd = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_storage storage{};
      auto const size = address.copy_to(storage);
      if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&storage), size) < 0)
        return "only " + std::to_string(i) + ": " + strerror(errno);
      if (i < 100 && send(fd, "warm", 4, 0) != 4) return "not sent";
      sockets.push_back(fd);
    }
    pause();
    return "";
  });
  REQUIRE(run_until(*reactor, [&] { return reactor->connections() >= 100; }));
  run_for(*reactor, 50ms);
  auto const before = resident();
  auto const first = reactor->connections();
  REQUIRE(run_until(*reactor, [&] { return reactor->connections() == count; }, 6 * patience));
  run_turns(*reactor);
  auto const grown = resident() - before;
  CAPTURE(count, first, grown);
  if (count - first > 1000) CHECK(grown / (count - first) <= 1024);
}

TEST_CASE("An idle connection over TLS costs no more than 60 KiB of memory", "[memory][tls]") {
  if (sanitized) return;
  constexpr std::size_t count = 400;
  auto const reactor = make_reactor();
  auto const factory = make_factory([] { return std::make_unique<Idle>(); });
  auto* const port =
      reactor->listen_tcp(0, factory, {.tls = usual_server_context()}, "127.0.0.1").value();
  auto const address = port->host();
  Child clients([&]() -> std::string {
    std::vector<Peer> peers;
    for (std::size_t i = 0; i < count; ++i) {
      peers.push_back(Peer::connect(address));
      if (!peers.back().secure() || !peers.back().send("x")) return "only " + std::to_string(i);
      if (peers.back().receive(1) != "x") return "no answer";
    }
    pause();
    return "";
  });
  REQUIRE(run_until(*reactor, [&] { return reactor->connections() >= 50; }, 6 * patience));
  auto const first = reactor->connections();
  auto const before = allocated();
  REQUIRE(run_until(*reactor, [&] { return reactor->connections() == count; }, 6 * patience));
  run_for(*reactor, 50ms);
  auto const each = (allocated() - before) / (count - first);
  CAPTURE(each);
  CHECK(each <= 60 * 1024);
}

TEST_CASE("Handshakes one after another leave nothing behind", "[memory][tls]") {
  if (sanitized) return;
  auto const reactor = make_reactor();
  auto const round = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto const connection = make_connection();
      connection->on_data = echo;
      auto peer = adopt(*reactor, wires()[2], connection);
      peer.send("x");
      run_until(*reactor, [&] { return !connection->received.empty(); });
      i % 2 ? peer.reset() : peer.close();
      run_until(*reactor, [&] { return reactor->connections() == 0; });
    }
  };
  round(100);
  auto const before = allocated();
  round(400);
  CHECK(allocated() <= before + 16'384);
}

TEST_CASE("Connections one after another leave nothing behind", "[memory]") {
  if (sanitized) return;
  auto const reactor = make_reactor();
  auto const factory = make_factory([] { return std::make_unique<Idle>(); });
  auto const round = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto ends = tcp_ends();
      reactor->adopt(ends.ours, {}, *factory);
      ends.peer.send("x");
      run_turns(*reactor, 2);
      ends.peer.reset();  // no TIME_WAIT: there are only so many ports
      run_until(*reactor, [&] { return reactor->connections() == 0; });
    }
  };
  round(500);
  run_turns(*reactor);
  auto const before = allocated();
  round(2'000);
  run_turns(*reactor);
  CHECK(allocated() <= before + 4096);
}

TEST_CASE("Ended connections are freed though another one is busy in every turn", "[memory]") {
  if (sanitized) return;
  struct Endless final : Producer {
    explicit Endless(Transport& to) : transport(to) {}
    void resume_producing() override { transport.write("x"); }
    Transport& transport;
  };
  auto const reactor = make_reactor();
  auto const busy = make_connection();
  auto busy_peer = adopt(*reactor, busy);
  run_turns(*reactor);
  Endless producer(*busy->transport);
  busy->calling([&](Transport& transport) { transport.register_producer(producer, false); });
  auto const factory = make_factory([] { return std::make_unique<Idle>(); });
  std::size_t before = 0;
  run_until(
      *reactor,
      [&, left = 2'500]() mutable {
        busy_peer.receive_now();
        if (reactor->connections() == 1) {
          auto ends = tcp_ends();
          reactor->adopt(ends.ours, {}, *factory);
          ends.peer.reset();
          if (--left == 2'000) before = allocated();
        }
        return left == 0;
      },
      6 * patience);
  auto const after = allocated();
  CHECK(after <= before + 65'536);
  busy->calling([](Transport& transport) { transport.unregister_producer(); });
}

TEST_CASE("A peer that never reads costs its water mark, not what it sends", "[memory]") {
  if (sanitized) return;
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  std::size_t received = 0;
  connection->on_data = [&](Transport& transport, Bytes data) {
    received += data.size();
    connection->received.clear();
    transport.write(data);
  };
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  auto const before = allocated();
  int quiet = 0;
  run_until(*reactor, [&] {
    quiet = peer.fill() == 0 ? quiet + 1 : 0;
    return quiet > 50;
  });
  CHECK(allocated() - before <= 512 * 1024);
}

TEST_CASE("What a burst needed is given back down to a small stock", "[memory]") {
  if (sanitized) return;
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  auto const before = allocated();
  connection->calling([](Transport& transport) { transport.write(pattern(15'000'000)); });
  run_beside(*reactor, [&] { return peer.receive(15'000'000).size(); });
  REQUIRE(run_until(*reactor, [&] { return connection->transport->unsent() == 0; }));
  CHECK(allocated() - before <= 3 * 1024 * 1024);
}

}  // namespace
