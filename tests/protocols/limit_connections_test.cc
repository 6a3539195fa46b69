// How many connections there may be.
#include "protocols/limit_connections.h"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "reactor/fakes/fake_transport.h"
#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

class Idle final : public Protocol {};

// Says no and closes.
class Full final : public Protocol {
  void connection_made() override {
    transport().write("full");
    transport().lose_connection();
  }
};

Address at(std::string_view host, std::uint16_t port = 1) {
  return Address::ip(host, port).value();
}

using Total = LimitTotalConnectionsFactory;
using ByPeer = LimitConnectionsByPeer;

TEST_CASE("Beyond the limit connections are closed at once", "[limit_connections][rule160]") {
  MemoryReactor reactor;
  auto const factory = std::make_shared<Total>(factory_for<Idle>(), 2);
  reactor.listen_tcp(80, factory).value();
  auto* const port = reactor.ports().at(0);
  auto* const one = port->accept();
  auto* const two = port->accept();
  CHECK(one);
  CHECK(two);
  CHECK(port->accept() == nullptr);
  CHECK(factory->connections() == 2);
  one->lose();
  CHECK(factory->connections() == 1);
  CHECK(port->accept());
  CHECK(port->accept() == nullptr);
}

TEST_CASE("Beyond the limit the overflow factory answers, and its connections count too",
          "[limit_connections][rule160]") {
  MemoryReactor reactor;
  auto const factory = std::make_shared<Total>(factory_for<Idle>(), 1, factory_for<Full>());
  reactor.listen_tcp(80, factory).value();
  auto* const port = reactor.ports().at(0);
  auto* const first = port->accept();
  CHECK(first->take().empty());
  auto* const second = port->accept();
  CHECK(second->take() == "full");
  CHECK(factory->connections() == 2);
  first->lose();
  CHECK(factory->connections() == 1);
  CHECK(port->accept()->take() == "full");  // the second has not gone yet
  reactor.turn();
  CHECK(factory->connections() == 0);
  CHECK(port->accept()->take().empty());
}

TEST_CASE("What is not built is not counted", "[limit_connections][rule160]") {
  int calls = 0;
  auto const failing = make_factory([&]() -> std::unique_ptr<Protocol> {
    if (++calls % 2) throw std::runtime_error("no protocol today");
    return nullptr;
  });
  Total total(failing, 1);
  ByPeer by_peer(failing, 1);
  CHECK_THROWS(total.build_protocol(at("192.0.2.1")));
  CHECK_FALSE(total.build_protocol(at("192.0.2.1")));
  CHECK_THROWS(by_peer.build_protocol(at("192.0.2.1")));
  CHECK_FALSE(by_peer.build_protocol(at("192.0.2.1")));
  CHECK(calls == 4);
  CHECK(total.connections() == 0);
  CHECK(by_peer.connections(at("192.0.2.1")) == 0);
}

TEST_CASE("A protocol that is never connected is not counted for longer than it lives",
          "[limit_connections][rule160]") {
  Total total(factory_for<Idle>(), 1);
  ByPeer by_peer(factory_for<Idle>(), 1);
  for (int i = 0; i < 3; ++i) {
    CHECK(total.build_protocol(at("192.0.2.1")));
    CHECK(by_peer.build_protocol(at("192.0.2.1")));
  }
}

TEST_CASE("Connections may outlive their factory", "[limit_connections]") {
  std::unique_ptr<Protocol> one, other;
  {
    Total total(factory_for<Idle>(), 1);
    ByPeer by_peer(factory_for<Idle>(), 1);
    one = total.build_protocol(at("192.0.2.1"));
    other = by_peer.build_protocol(at("192.0.2.1"));
  }
  FakeTransport wire;
  wire.connect(std::move(one));
  wire.lose();
  CHECK(wire.lost());
}

TEST_CASE("The overflow factory starts and stops with the other", "[limit_connections][rule160]") {
  struct Counting final : Factory {
    std::unique_ptr<Protocol> build_protocol(Address const&) override { return nullptr; }
    void start_factory() override { ++running; }
    void stop_factory() override { --running; }
    int running = 0;
  };
  auto const usual = std::make_shared<Counting>();
  auto const overflow = std::make_shared<Counting>();
  Total total(usual, 1, overflow);
  total.do_start();
  CHECK(usual->running == 1);
  CHECK(overflow->running == 1);
  total.do_stop();
  CHECK(usual->running == 0);
  CHECK(overflow->running == 0);
}

TEST_CASE("A peer may have five connections, whatever its ports", "[limit_connections][rule160]") {
  ByPeer by_peer(factory_for<Idle>());
  std::vector<std::unique_ptr<Protocol>> kept;
  for (std::uint16_t port = 1; port <= 5; ++port) {
    kept.push_back(by_peer.build_protocol(at("192.0.2.1", port)));
    CHECK(kept.back());
  }
  CHECK_FALSE(by_peer.build_protocol(at("192.0.2.1", 6)));
  CHECK(by_peer.connections(at("192.0.2.1", 7)) == 5);
  CHECK(by_peer.build_protocol(at("192.0.2.2", 6)));
  kept.pop_back();
  CHECK(by_peer.build_protocol(at("192.0.2.1", 6)));
}

TEST_CASE("An IPv4 peer is the same one with IPv6 around it", "[limit_connections][rule160]") {
  ByPeer by_peer(factory_for<Idle>(), 1);
  auto const kept = by_peer.build_protocol(at("::ffff:192.0.2.1"));
  CHECK_FALSE(by_peer.build_protocol(at("192.0.2.1")));
  CHECK(by_peer.build_protocol(at("2001:db8::1")));
}

TEST_CASE("Peers of unix sockets are not limited", "[limit_connections][rule160]") {
  ByPeer by_peer(factory_for<Idle>(), 1);
  auto const one = by_peer.build_protocol(Address());
  CHECK(by_peer.build_protocol(Address()));
  auto const named = by_peer.build_protocol(Address::unix("/run/peer").value());
  CHECK(by_peer.build_protocol(Address::unix("/run/peer").value()));
}

TEST_CASE("A limit of none lets none in", "[limit_connections]") {
  CHECK_FALSE(Total(factory_for<Idle>(), 0).build_protocol(at("192.0.2.1")));
  CHECK_FALSE(ByPeer(factory_for<Idle>(), 0).build_protocol(at("192.0.2.1")));
}

TEST_CASE("Several threads together never pass the limit", "[limit_connections][rule160]") {
  constexpr int threads = 4, rounds = 500'000;
  constexpr std::size_t limit = 1;
  std::atomic<std::size_t> alive{0}, most{0}, built{0};
  struct Live final : Protocol {
    explicit Live(std::atomic<std::size_t>& n, std::atomic<std::size_t>& most) : count(n) {
      auto const now = ++count;
      for (auto seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) {
      }
    }
    ~Live() override { --count; }
    std::atomic<std::size_t>& count;
  };
  auto const live = make_factory([&] {
    ++built;
    return std::make_unique<Live>(alive, most);
  });
  auto const total = std::make_shared<Total>(live, limit);
  auto const by_peer = std::make_shared<ByPeer>(live, limit);
  auto const factory =
      GENERATE_COPY(std::shared_ptr<Factory>(total), std::shared_ptr<Factory>(by_peer));
  auto const peer = at("192.0.2.1");
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        auto const one = factory->build_protocol(peer);
      }
    });
  for (auto& each : all) each.join();
  CHECK(built > 0);
  CHECK(most <= limit);
  CHECK(alive == 0);
  CHECK(total->connections() == 0);
  CHECK(by_peer->connections(at("192.0.2.1")) == 0);
}

}  // namespace
