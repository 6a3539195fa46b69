#include "reactor/fakes/memory_reactor.h"

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "reactor/client_creator.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Echo : Protocol {
  void data_received(Bytes data) override { transport().write(data); }
};

// The result of a Deferred that has fired.
template <class T>
Result<T> result_of(Deferred<T>& deferred) {
  REQUIRE(deferred.has_result());
  std::optional<Result<T>> result;
  std::move(deferred).add_both([&](Result<T> last) { result.emplace(std::move(last)); }).release();
  return std::move(*result);
}

// --- ports ---

TEST_CASE("What is listened on is recorded", "[memory_reactor][rule173]") {
  MemoryReactor reactor;
  auto const factory = twx::factory_for<Echo>();
  auto const port = reactor.listen_tcp(8007, factory, {.backlog = 7}, "127.0.0.1");
  REQUIRE(port);
  CHECK(reactor.listen_unix("/run/x.sock", factory));
  CHECK(reactor.listen_descriptor(3, factory, {}));
  REQUIRE(reactor.ports().size() == 3);
  auto const& first = *reactor.ports()[0];
  CHECK(&first == *port);
  CHECK(first.asked().to_string() == "127.0.0.1:8007");
  CHECK(first.host() == first.asked());
  CHECK(first.options().backlog == 7);
  CHECK(&first.factory() == factory.get());
  CHECK(first.listening());
  CHECK(reactor.ports()[1]->host().to_string() == "/run/x.sock");
  CHECK(reactor.ports()[2]->descriptor() == 3);
  CHECK(first.descriptor() == -1);
}

TEST_CASE("Port 0 becomes a number", "[memory_reactor][rule33]") {
  MemoryReactor reactor;
  auto const a = reactor.listen_tcp(0, twx::factory_for<Echo>());
  auto const b = reactor.listen_tcp(0, twx::factory_for<Echo>());
  CHECK((*a)->host().port() != 0);
  CHECK((*a)->host().port() != (*b)->host().port());
}

TEST_CASE("Two ports cannot have one address", "[memory_reactor][rule36]") {
  MemoryReactor reactor;
  auto const factory = twx::factory_for<Echo>();
  auto const first = reactor.listen_tcp(8007, factory);
  auto const second = reactor.listen_tcp(8007, factory);
  REQUIRE_FALSE(second);
  CHECK(second.failure().code() == std::errc::address_in_use);
  CHECK(second.failure().message().starts_with("listen [::]:8007: "));
  CHECK(reactor.ports().size() == 1);
  (*first)->stop_listening().release();
  CHECK(reactor.listen_tcp(8007, factory));
  CHECK_FALSE((*first)->start_listening());
}

TEST_CASE("A forgotten port is closed, and gone after its factory has ended", "[memory_reactor]") {
  MemoryReactor reactor;
  auto factory = factory_for(make_connection());
  std::weak_ptr<Factory> const known = factory;
  auto* const port = reactor.listen_tcp(1, std::move(factory)).value();
  MemoryReactor other;
  CHECK_THROWS_AS(other.forget(*port), std::invalid_argument);
  reactor.forget(*port);
  CHECK(reactor.ports().empty());
  CHECK_FALSE(known.expired());
  reactor.turn();
  CHECK(known.expired());
}

TEST_CASE("What an endpoint says wins over the options beside it, and nothing else does",
          "[memory_reactor][endpoint]") {
  MemoryReactor reactor;
  auto const factory = factory_for(make_connection());
  ListenOptions const options{.backlog = 7, .ipv6_only = true, .mode = 0600};
  reactor.listen(Endpoint::tcp("", 1), factory, options).release();
  reactor.listen(Endpoint::parse("2?backlog=3").value(), factory, {}, AF_INET6).release();
  reactor.listen(Endpoint::parse("/run/x?mode=660").value(), factory, options).release();
  auto const ports = reactor.ports();
  REQUIRE(ports.size() == 3);
  CHECK(ports[0]->options().backlog == 7);
  CHECK(ports[0]->options().ipv6_only);
  CHECK(ports[1]->options().backlog == 3);
  CHECK(ports[1]->options().ipv6_only);
  CHECK(ports[2]->options().backlog == 7);
  CHECK(ports[2]->options().mode == 0660u);
}

TEST_CASE("A peer that connects gets the protocol of the port's factory",
          "[memory_reactor][rule1]") {
  MemoryReactor reactor;
  static_cast<void>(reactor.listen_tcp(8007, twx::factory_for<Echo>()));
  auto& wire = *reactor.ports().at(0)->accept();
  CHECK(wire.peer().to_string() == "192.168.1.1:54321");
  CHECK(wire.host().to_string() == "10.0.0.1:8007");
  wire.deliver("hello");
  CHECK(wire.take() == "hello");
  CHECK(reactor.connections() == 1);
  wire.lose();
  CHECK(reactor.connections() == 0);
}

TEST_CASE("A peer may come from anywhere", "[memory_reactor]") {
  MemoryReactor reactor;
  std::string peer;
  auto const factory = make_factory([&](Address const& address) {
    peer = address.to_string();
    return std::make_unique<Echo>();
  });
  static_cast<void>(reactor.listen_tcp(8007, factory, {}, "::1"));
  static_cast<void>(reactor.listen_unix("/run/x.sock", factory));
  auto const* wire = reactor.ports().at(0)->accept(*Address::ip("2001:db8::7", 9));
  CHECK(peer == "[2001:db8::7]:9");
  CHECK(wire->host().to_string() == "[::1]:8007");
  wire = reactor.ports().at(1)->accept();
  CHECK(peer == "nowhere");
  CHECK(wire->host().to_string() == "/run/x.sock");
}

TEST_CASE("A factory that builds nothing has the connection closed", "[memory_reactor][rule4]") {
  LogLines const log;
  MemoryReactor reactor;
  static_cast<void>(
      reactor.listen_tcp(1, make_factory([] { return std::unique_ptr<Protocol>(); })));
  static_cast<void>(reactor.listen_tcp(2, make_factory([]() -> std::unique_ptr<Protocol> {
                                         throw std::runtime_error("full");
                                       })));
  CHECK(reactor.ports()[0]->accept() == nullptr);
  CHECK(reactor.ports()[1]->accept() == nullptr);
  CHECK(reactor.connections() == 0);
  CHECK(log.count("full") == 1);
}

TEST_CASE("A port that is closed takes nobody and leaves connections alone",
          "[memory_reactor][rule34][rule35]") {
  MemoryReactor reactor;
  auto& port = **reactor.listen_tcp(8007, twx::factory_for<Echo>());
  auto& wire = *reactor.ports()[0]->accept();
  auto closed = port.stop_listening();
  CHECK_FALSE(port.listening());
  CHECK_FALSE(closed.has_result());
  reactor.turn();
  CHECK(closed.has_result());
  CHECK_FALSE(wire.lost());
  CHECK_THROWS_AS(reactor.ports()[0]->accept(), std::logic_error);
  CHECK(port.stop_listening().has_result());
  CHECK(port.host().port() == 8007);
  CHECK(port.start_listening());
  CHECK(reactor.ports()[0]->accept() != nullptr);
}

TEST_CASE("An endpoint is listened on at each address of its name, or nowhere",
          "[memory_reactor][rule36]") {
  MemoryReactor reactor;
  reactor.set_addresses("both", {*Address::ip("::1", 0), *Address::ip("127.0.0.1", 0)});
  auto const factory = twx::factory_for<Echo>();
  auto listening = reactor.listen(Endpoint::tcp("both", 0), factory);
  CHECK_FALSE(listening.has_result());
  reactor.turn();
  auto ports = result_of(listening);
  REQUIRE(ports);
  REQUIRE(ports->size() == 2);
  CHECK(ports->at(0)->host().port() == ports->at(1)->host().port());

  static_cast<void>(reactor.listen_tcp(80, factory, {}, "127.0.0.1"));
  auto taken = reactor.listen(Endpoint::tcp("both", 80), factory);
  reactor.turn();
  auto refused = result_of(taken);
  REQUIRE_FALSE(refused);
  CHECK(refused.failure().message().starts_with("listen 127.0.0.1:80: "));
  CHECK(reactor.ports().size() == 3);  // none of it is left

  auto unknown = reactor.listen(Endpoint::tcp("neither", 80), factory);
  reactor.turn();
  CHECK(result_of(unknown).failure().message() == "listen neither:80: Name not found");
}

// --- connectors ---

TEST_CASE("What is connected to is recorded, and the test decides", "[memory_reactor][rule173]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  auto const made =
      reactor.connect_tcp("example.com", 80, client_factory_for(connection), {.family = AF_INET6});
  REQUIRE(reactor.connectors().size() == 1);
  auto& connector = *reactor.connectors()[0];
  CHECK(&connector == made.get());
  CHECK(connector.destination() == Endpoint::tcp("example.com", 80));
  CHECK(connector.options().family == AF_INET6);
  CHECK(connector.attempts() == 1);
  auto& wire = connector.succeed(*Address::ip("2001:db8::80", 80));
  CHECK(connector.transport() == &wire);
  CHECK(wire.peer().to_string() == "[2001:db8::80]:80");
  CHECK(connection->made);
  CHECK(reactor.connections() == 1);
}

TEST_CASE("The peer is where the connector wanted to go, if that is an address",
          "[memory_reactor]") {
  MemoryReactor reactor;
  auto const factory = make_client_factory([] { return std::make_unique<Echo>(); });
  reactor.connect_tcp("::1", 80, factory);
  reactor.connect_unix("/run/x.sock", factory);
  reactor.connect_tcp("example.com", 80, factory);
  auto const connectors = reactor.connectors();
  CHECK(connectors[0]->succeed().peer().to_string() == "[::1]:80");
  CHECK(connectors[1]->succeed().peer().to_string() == "/run/x.sock");
  CHECK(connectors[2]->succeed().peer().to_string() == "192.168.1.1:54321");
}

TEST_CASE("Deciding an attempt that is not under way is the test's mistake", "[memory_reactor]") {
  MemoryReactor reactor;
  auto const held = reactor.connect_tcp("::1", 80, client_factory_for(make_connection()));
  auto& connector = *reactor.connectors()[0];
  connector.fail(Error::name_not_found);
  CHECK_THROWS_AS(connector.succeed(), std::logic_error);
  CHECK_THROWS_AS(connector.fail(Error::name_not_found), std::logic_error);
  connector.connect();
  connector.stop_connecting();
  CHECK_THROWS_AS(connector.succeed(), std::logic_error);
}

TEST_CASE("A client and a server meet in memory", "[memory_reactor][rule173]") {
  MemoryReactor reactor;
  auto const client = make_connection();
  client->on_made = [](Transport& wire) { wire.write("hello"); };
  static_cast<void>(reactor.listen_tcp(8007, twx::factory_for<Echo>()));
  reactor.connect_tcp("localhost", 8007, client_factory_for(client));
  auto& near = reactor.connectors()[0]->succeed();
  auto& far = *reactor.ports()[0]->accept();
  while (pump(near, far)) {
  }
  CHECK(client->received == "hello");
}

TEST_CASE("A connection asked for as a Deferred comes a turn after connection_made",
          "[memory_reactor][rule53][rule54]") {
  MemoryReactor reactor;
  auto connected = connect(reactor, Endpoint::tcp("::1", 80), twx::factory_for<Echo>());
  reactor.connectors()[0]->succeed();
  CHECK_FALSE(connected.has_result());
  reactor.turn();
  CHECK(result_of(connected));
}

TEST_CASE("A failed one fails it, a factory without protocol too", "[memory_reactor][rule54]") {
  MemoryReactor reactor;
  auto const refused = Failure(std::make_error_code(std::errc::connection_refused));
  auto failed = connect(reactor, Endpoint::tcp("::1", 80), twx::factory_for<Echo>());
  reactor.connectors().back()->fail(refused);
  reactor.turn();
  CHECK(result_of(failed).failure().code() == std::errc::connection_refused);
  auto empty = connect(reactor, Endpoint::tcp("::1", 80),
                       make_factory([] { return std::unique_ptr<Protocol>(); }));
  reactor.connectors().back()->succeed();
  reactor.turn();
  CHECK(result_of(empty).failure().is(Error::no_protocol));
}

TEST_CASE("Cancelling gives the attempt up", "[memory_reactor][rule53][rule54]") {
  MemoryReactor reactor;
  auto connected = connect(reactor, Endpoint::tcp("::1", 80), twx::factory_for<Echo>());
  auto const connector = reactor.connectors()[0];
  reactor.turn();
  connected.cancel();
  CHECK(result_of(connected).failure().is(Error::cancelled));
  reactor.turn();
  CHECK(connector->state() == Connector::State::disconnected);
}

TEST_CASE("connect_protocol connects the protocol that is there", "[memory_reactor][rule55]") {
  MemoryReactor reactor;
  auto protocol = std::make_unique<Echo>();
  auto const* const mine = protocol.get();
  auto connected = connect_protocol(reactor, Endpoint::tcp("::1", 80), std::move(protocol));
  reactor.connectors()[0]->succeed();
  reactor.turn();
  CHECK(*result_of(connected) == mine);
}

// --- other transports ---

TEST_CASE("An adopted connection is like an accepted one, a turn later", "[memory_reactor]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  reactor.adopt(-1, *Address::ip("::1", 9), *test::factory_for(connection));
  CHECK_FALSE(connection->made);
  reactor.turn();
  CHECK(connection->made);
  REQUIRE(reactor.transports().size() == 1);
  CHECK(reactor.transports()[0]->peer().to_string() == "[::1]:9");
}

TEST_CASE("Standard input and output are a transport from the next turn on",
          "[memory_reactor][rule149]") {
  MemoryReactor reactor;
  CHECK(reactor.standard_transport() == nullptr);
  auto const connection = make_connection();
  reactor.standard_io(protocol_for(connection));
  CHECK_FALSE(connection->made);
  reactor.turn();
  CHECK(connection->made);
  reactor.standard_transport()->deliver("typed");
  CHECK(connection->received == "typed");
  CHECK(reactor.connections() == 0);
}

// --- time and turns ---

TEST_CASE("Time passes when it is told to", "[memory_reactor][rule84][rule173]") {
  MemoryReactor reactor;
  auto const start = reactor.now();
  std::vector<Duration> times;
  auto const note = [&] { times.push_back(reactor.now() - start); };
  auto const b = reactor.call_later(2s, note);
  auto const a = reactor.call_later(1s, [&] {
    note();
    reactor.call_later(500ms, note).release();
  });
  reactor.advance(1s);
  CHECK(times == std::vector<Duration>{1s});
  reactor.advance(2s);
  CHECK(times == std::vector<Duration>{1s, 1500ms, 2s});
  CHECK(reactor.now() - start == 3s);
}

TEST_CASE("A turn makes the calls that are due and ends the turn of each transport",
          "[memory_reactor]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  static_cast<void>(reactor.listen_tcp(8007, test::factory_for(connection)));
  reactor.ports()[0]->accept();
  reactor.call_later(0s, [&] { connection->transport->lose_connection(); }).release();
  CHECK(connection->story == "made");
  reactor.turn();
  CHECK(connection->story == "made lost");
}

TEST_CASE("advance does the same at each time at which something is due", "[memory_reactor]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  connection->on_made = [](Transport& wire) { wire.set_idle_timeout(10s); };
  static_cast<void>(reactor.listen_tcp(8007, test::factory_for(connection)));
  auto& wire = *reactor.ports()[0]->accept();
  reactor.call_later(6s, [&] { wire.deliver("x"); }).release();
  reactor.advance(16s - 1ns);
  CHECK_FALSE(wire.lost());
  reactor.advance(1ns);
  REQUIRE(wire.lost());
  CHECK(wire.reason()->is(Error::idle_timeout));
}

TEST_CASE("A turn inside a turn is the test's mistake", "[memory_reactor]") {
  MemoryReactor reactor;
  int refused = 0;
  reactor
      .call_later(0s,
                  [&] {
                    try {
                      reactor.turn();
                    } catch (std::logic_error const&) {
                      ++refused;
                    }
                    try {
                      reactor.advance(1s);
                    } catch (std::logic_error const&) {
                      ++refused;
                    }
                  })
      .release();
  reactor.turn();
  CHECK(refused == 2);
  CHECK_NOTHROW(reactor.turn());
}

// --- running ---

TEST_CASE("run ends at stop, and time jumps to what is to come", "[memory_reactor][rule57]") {
  MemoryReactor reactor;
  std::string story;
  reactor.call_later(1h, [&] { story += "later "; }).release();
  reactor
      .call_later(2h,
                  [&] {
                    story += "stop ";
                    reactor.stop();
                  })
      .release();
  reactor.call_later(3h, [&] { story += "never"; }).release();
  reactor.run();
  CHECK(story == "later stop ");
  CHECK_FALSE(reactor.running());
}

TEST_CASE("run ends when nothing is left, without a shutdown", "[memory_reactor]") {
  MemoryReactor reactor;
  bool shut_down = false;
  reactor.add_system_event_trigger(Phase::before, SystemEvent::shutdown, [&] {
    shut_down = true;
    return succeed();
  });
  int calls = 0;
  reactor.call_later(1s, [&] { ++calls; }).release();
  auto const never = reactor.call_later(Duration::max(), [&] { calls += 10; });
  reactor.run();
  CHECK(calls == 1);
  CHECK_FALSE(shut_down);
  CHECK_FALSE(reactor.running());
}

TEST_CASE("A second run inside run is an error, after it is not", "[memory_reactor][rule57]") {
  MemoryReactor reactor;
  bool refused = false;
  reactor.call_when_running([&] {
    try {
      reactor.run();
    } catch (ReactorAlreadyRunning const&) {
      refused = true;
    }
  });
  reactor.run();
  CHECK(refused);
  CHECK_NOTHROW(reactor.run());
}

TEST_CASE("stop when not running, or a second time, is an error", "[memory_reactor][rule58]") {
  MemoryReactor reactor;
  CHECK_THROWS_AS(reactor.stop(), ReactorNotRunning);
  bool refused = false;
  reactor.call_when_running([&] {
    reactor.stop();
    try {
      reactor.stop();
    } catch (ReactorNotRunning const&) {
      refused = true;
    }
  });
  reactor.run();
  CHECK(refused);
}

TEST_CASE("stop before start-up is over leads to the shutdown at once",
          "[memory_reactor][rule58]") {
  MemoryReactor reactor;
  std::string story;
  reactor.add_system_event_trigger(Phase::before, SystemEvent::startup, [&] {
    reactor.stop();
    return succeed();
  });
  reactor.call_when_running([&] { story += "up "; });
  reactor.add_system_event_trigger(Phase::after, SystemEvent::shutdown, [&] {
    story += "down";
    return succeed();
  });
  reactor.run();
  CHECK(story == "down");
}

TEST_CASE("It is running from its first trigger on", "[memory_reactor][rule59]") {
  MemoryReactor reactor;
  bool running = false;
  reactor.add_system_event_trigger(Phase::before, SystemEvent::startup, [&] {
    running = reactor.running();
    return succeed();
  });
  CHECK_FALSE(reactor.running());
  reactor.run();
  CHECK(running);
}

TEST_CASE("call_when_running waits for the start, or calls at once", "[memory_reactor][rule60]") {
  MemoryReactor reactor;
  std::string story;
  reactor.call_when_running([&] {
    story += "first ";
    reactor.call_when_running([&] { story += "nested "; });
    story += "after ";
  });
  CHECK(story.empty());
  reactor.run();
  CHECK(story == "first nested after ");
  reactor.run();
  CHECK(story == "first nested after ");  // once
}

TEST_CASE("Start-up and shutdown go through their phases", "[memory_reactor][rule61][rule64]") {
  MemoryReactor reactor;
  std::string story;
  auto const note = [&](Phase phase, SystemEvent event, std::string name) {
    reactor.add_system_event_trigger(phase, event, [&story, name = std::move(name)] {
      story += name + " ";
      return succeed();
    });
  };
  for (auto const event : {SystemEvent::shutdown, SystemEvent::startup})
    for (auto const phase : {Phase::after, Phase::during, Phase::before})
      note(phase, event,
           std::string(event == SystemEvent::startup ? "up" : "down") +
               std::to_string(static_cast<int>(phase)));
  auto const connection = make_connection();
  connection->on_lost = [&](Transport&, Failure const&) { story += "lost "; };
  static_cast<void>(reactor.listen_tcp(8007, test::factory_for(connection)));
  reactor.call_when_running([&] {
    reactor.ports()[0]->accept();
    reactor.stop();
  });
  reactor.run();
  CHECK(story == "up0 up1 up2 down0 lost down1 down2 ");
  CHECK(connection->lost->is(Error::connection_lost));
  CHECK_FALSE(reactor.ports()[0]->listening());
}

TEST_CASE("A trigger before shutdown holds it back while time goes on",
          "[memory_reactor][rule61]") {
  MemoryReactor reactor;
  std::string story;
  auto waiting = std::make_shared<Deferred<void>>();
  reactor
      .call_later(5s,
                  [&, promise = waiting->promise()]() mutable {
                    story += "saved ";
                    promise.callback();
                  })
      .release();
  reactor.add_system_event_trigger(Phase::before, SystemEvent::shutdown,
                                   [waiting] { return std::move(*waiting); });
  reactor.add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
    story += "down";
    return succeed();
  });
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.run();
  CHECK(story == "saved down");
}

TEST_CASE("The reactor forgets a removed trigger and knows no other", "[memory_reactor][rule63]") {
  MemoryReactor reactor;
  bool called = false;
  auto const id = reactor.add_system_event_trigger(Phase::after, SystemEvent::startup, [&] {
    called = true;
    return succeed();
  });
  reactor.remove_system_event_trigger(id);
  reactor.run();
  CHECK_FALSE(called);
  CHECK_THROWS_AS(reactor.remove_system_event_trigger(id), std::invalid_argument);
}

TEST_CASE("crash leaves without triggers and without losing connections",
          "[memory_reactor][rule65]") {
  MemoryReactor reactor;
  bool shut_down = false;
  reactor.add_system_event_trigger(Phase::after, SystemEvent::shutdown, [&] {
    shut_down = true;
    return succeed();
  });
  static_cast<void>(reactor.listen_tcp(8007, twx::factory_for<Echo>()));
  auto& wire = *reactor.ports()[0]->accept();
  reactor.call_later(1s, [&] { reactor.crash(); }).release();
  reactor.run();
  CHECK_FALSE(shut_down);
  CHECK_FALSE(wire.lost());
}

TEST_CASE("Draining closes the ports, flushes and loses what is connected", "[memory_reactor]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  static_cast<void>(reactor.listen_tcp(8007, test::factory_for(connection)));
  auto& wire = *reactor.ports()[0]->accept();
  wire.write("goodbye");
  auto drained = reactor.drain(10s);
  CHECK_FALSE(reactor.ports()[0]->listening());
  CHECK_FALSE(drained.has_result());
  reactor.turn();
  CHECK(drained.has_result());
  CHECK(wire.take() == "goodbye");
  CHECK(connection->lost->is(Error::connection_done));
  CHECK(reactor.drain(10s).has_result());
}

TEST_CASE("What is not drained in time is aborted", "[memory_reactor]") {
  MemoryReactor reactor;
  static_cast<void>(reactor.listen_tcp(8007, twx::factory_for<Echo>()));
  auto& wire = *reactor.ports()[0]->accept();
  wire.set_capacity(0);
  wire.write("stuck");
  auto drained = reactor.drain(10s);
  reactor.advance(10s - 1ns);
  CHECK_FALSE(wire.lost());
  reactor.advance(1ns);
  CHECK(drained.has_result());
  CHECK(wire.reason()->is(Error::connection_aborted));
}

// --- signals, threads, names ---

TEST_CASE("SIGINT and SIGTERM stop a run that takes signals", "[memory_reactor][rule66]") {
  for (auto const signal : {SIGINT, SIGTERM}) {
    MemoryReactor reactor;
    int ticks = 0;
    reactor.call_later(1s, [&] { reactor.raise_signal(signal); }).release();
    reactor.call_later(2s, [&] { ++ticks; }).release();
    SECTION("with handlers " + std::to_string(signal)) {
      reactor.run();
      CHECK(ticks == 0);
    }
    SECTION("without handlers " + std::to_string(signal)) {
      reactor.run(false);
      CHECK(ticks == 1);
    }
  }
}

TEST_CASE("A signal with a call of its own makes that call in the loop", "[memory_reactor]") {
  MemoryReactor reactor;
  int calls = 0;
  reactor.on_signal(SIGINT, [&] { ++calls; });
  reactor.on_signal(SIGHUP, [&] { calls += 10; });
  reactor.raise_signal(SIGINT);
  reactor.raise_signal(SIGHUP);
  reactor.raise_signal(SIGUSR1);
  CHECK(calls == 0);
  reactor.turn();
  CHECK(calls == 11);
}

TEST_CASE("A call from a thread waits for the next turn, one queued by it for the one after",
          "[memory_reactor][rule77][rule78]") {
  LogLines const log;
  MemoryReactor reactor;
  std::string story;
  reactor.call_from_thread([&] {
    story += "a";
    reactor.call_from_thread([&] { story += "c"; });
  });
  reactor.call_from_thread([] { throw std::runtime_error("lost thread"); });
  reactor.call_from_thread([&] { story += "b"; });
  CHECK(story.empty());
  reactor.turn();
  CHECK(story == "ab");
  reactor.turn();
  CHECK(story == "abc");
  CHECK(log.count("lost thread") == 1);
}

TEST_CASE("Calls from a thread come in its order", "[memory_reactor][rule77]") {
  MemoryReactor reactor;
  std::vector<int> order;
  std::thread([&] {
    for (int i = 0; i < 100; ++i) reactor.call_from_thread([&order, i] { order.push_back(i); });
  }).join();
  reactor.turn();
  CHECK(order.size() == 100);
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("Calls that are never made are destroyed with the reactor", "[memory_reactor]") {
  auto held = std::make_shared<int>();
  std::weak_ptr const alive = held;
  {
    MemoryReactor reactor;
    reactor.call_from_thread([held = std::move(held)] {});
  }
  CHECK(alive.expired());
}

TEST_CASE("A literal resolves at once, a name from the table in a turn",
          "[memory_reactor][rule81]") {
  MemoryReactor reactor;
  reactor.set_addresses("host", {*Address::ip("::1", 0), *Address::ip("127.0.0.1", 0)});
  auto literal = reactor.resolve("::1");
  CHECK(*result_of(literal) == std::vector{*Address::ip("::1", 0)});
  auto all = reactor.resolve("host");
  auto four = reactor.resolve("host", AF_INET);
  auto none = reactor.resolve("elsewhere");
  auto wrong = reactor.resolve("::1", AF_INET);
  CHECK_FALSE(all.has_result());
  reactor.turn();
  CHECK(result_of(all)->size() == 2);
  CHECK(*result_of(four) == std::vector{*Address::ip("127.0.0.1", 0)});
  CHECK(result_of(none).failure().is(Error::name_not_found));
  CHECK(result_of(wrong).failure().is(Error::name_not_found));
}

TEST_CASE("A look-up can be cancelled, and the resolver replaced", "[memory_reactor][rule81]") {
  MemoryReactor reactor;
  reactor.set_addresses("host", {*Address::ip("::1", 0)});
  auto given_up = reactor.resolve("host");
  given_up.cancel();
  CHECK(result_of(given_up).failure().is(Error::cancelled));
  reactor.turn();
  std::string asked;
  reactor.set_resolver([&](std::string const& name, int) {
    asked = name;
    return succeed(std::vector{*Address::ip("127.0.0.9", 0)});
  });
  auto answer = reactor.resolve("host");
  CHECK(asked == "host");
  CHECK(result_of(answer)->at(0).to_string() == "127.0.0.9:0");
}

TEST_CASE("What is still connected at the end goes with the reactor, untold", "[memory_reactor]") {
  auto const connection = make_connection();
  {
    MemoryReactor reactor;
    static_cast<void>(reactor.listen_tcp(8007, test::factory_for(connection)));
    reactor.ports()[0]->accept();
    reactor.connect_tcp("::1", 80, client_factory_for(make_connection()));
  }
  CHECK(connection->destroyed);
  CHECK(connection->story == "made");
}

// --- TLS ---

TEST_CASE("Connections of ports and connectors with TLS have it from the start",
          "[memory_reactor][tls]") {
  MemoryReactor reactor;
  auto const context = TlsContext::client({.insecure = true}).value();
  auto const factory = factory_for(make_connection());
  REQUIRE(reactor.listen_tcp(1, factory));
  REQUIRE(reactor.listen_tcp(2, factory, {.tls = context}));
  CHECK_FALSE(reactor.ports().at(0)->accept()->tls());
  CHECK(reactor.ports().at(1)->accept()->tls()->version == "TLSv1.3");
  auto const* const named =
      reactor.ports().at(1)->accept(FakeTransport::usual_peer(), {.server_name = "a.example"});
  CHECK(named->tls()->server_name == "a.example");
  auto const client = std::make_shared<Client>();
  auto const connector = reactor.connect_tcp("example.com", 443, client, {.tls = context});
  CHECK(reactor.connectors().at(0)->succeed().tls()->cipher == "TLS_AES_256_GCM_SHA384");
  reactor.adopt(7, {}, *factory, context);
  CHECK(reactor.transports().back()->tls());
}

TEST_CASE("An endpoint that wants TLS gets it without a context", "[memory_reactor][tls]") {
  MemoryReactor reactor;
  auto where = Endpoint::tcp("127.0.0.1", 443);
  where.tls = TlsOptions{.insecure = true};
  auto listening = reactor.listen(where, factory_for(make_connection()));
  REQUIRE(result_of(listening));
  CHECK(reactor.ports().at(0)->accept()->tls());
  auto const connector = reactor.connect(where, std::make_shared<Client>(), {});
  CHECK(reactor.connectors().at(0)->succeed().tls());
}

TEST_CASE("Settings of TLS that cannot be used fail as on the real one", "[memory_reactor][tls]") {
  MemoryReactor reactor;
  auto where = Endpoint::tcp("127.0.0.1", 443);
  where.tls = TlsOptions{.trusted_file = "/nonexistent", .certificate_file = "/nonexistent"};
  auto listening = reactor.listen(where, factory_for(make_connection()));
  CHECK(result_of(listening).failure().is(Error::tls_configuration));
  CHECK(reactor.ports().empty());
  auto const client = std::make_shared<Client>();
  auto const connector = reactor.connect(where, client, {});
  reactor.turn();
  CHECK(client->story == "start started failed stop");
  CHECK(client->reason->is(Error::tls_configuration));
}

}  // namespace
