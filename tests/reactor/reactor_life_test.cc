// run, stop, crash, start-up and shutdown, drain: on the real loop.
#include <stdexcept>

#include "reactor/epoll_reactor.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("run blocks until stop and may be run again", "[life][rule57][rule58]") {
  auto const reactor = make_reactor();
  CHECK_FALSE(reactor->running());
  CHECK_THROWS_AS(reactor->stop(), ReactorNotRunning);
  for (int i = 0; i < 3; ++i) {
    auto turns = 0;
    reactor
        ->call_later(1ms,
                     [&] {
                       ++turns;
                       CHECK(reactor->running());
                       reactor->stop();
                       CHECK_THROWS_AS(reactor->stop(), ReactorNotRunning);
                       ++turns;  // stop lets the turn end
                     })
        .release();
    reactor->run(false);
    CHECK(turns == 2);
    CHECK_FALSE(reactor->running());
  }
}

TEST_CASE("A second run while running is refused", "[life][rule57]") {
  auto const reactor = make_reactor();
  reactor
      ->call_later(0s,
                   [&] {
                     CHECK_THROWS_AS(reactor->run(false), ReactorAlreadyRunning);
                     reactor->stop();
                   })
      .release();
  reactor->run(false);
}

TEST_CASE("Start-up and shutdown go through their phases in order",
          "[life][rule59][rule61][rule62]") {
  LogLines const log;
  auto const reactor = make_reactor();
  std::string story;
  auto const add = [&](Phase phase, SystemEvent event, std::string const& name) {
    return reactor->add_system_event_trigger(phase, event, [&story, &reactor, name] {
      CHECK(reactor->running());
      story += name + " ";
      return succeed();
    });
  };
  add(Phase::after, SystemEvent::shutdown, "gone");
  add(Phase::during, SystemEvent::startup, "up");
  add(Phase::before, SystemEvent::startup, "first");
  reactor->add_system_event_trigger(Phase::before, SystemEvent::startup, []() -> Deferred<void> {
    throw std::runtime_error("bad start");
  });
  add(Phase::before, SystemEvent::startup, "second");
  add(Phase::after, SystemEvent::startup, "ready");
  add(Phase::during, SystemEvent::shutdown, "down");
  add(Phase::before, SystemEvent::shutdown, "ending");
  auto const removed = add(Phase::during, SystemEvent::shutdown, "never");
  reactor->remove_system_event_trigger(removed);
  CHECK_THROWS_AS(reactor->remove_system_event_trigger(removed), std::invalid_argument);
  reactor->call_when_running([&] {
    story += "running ";
    reactor->call_when_running([&] { story += "at-once "; });
    story += "back ";
  });
  reactor
      ->call_later(0s,
                   [&] {
                     story += "stop ";
                     reactor->stop();
                   })
      .release();
  reactor->run(false);
  CHECK(story == "first second up ready running at-once back stop ending down gone ");
  CHECK(log.count("bad start") == 1);
}

TEST_CASE("A before trigger's Deferred holds shutdown back, the loop goes on meanwhile",
          "[life][rule61]") {
  auto const reactor = make_reactor();
  auto const fails = GENERATE(true, false);
  auto const connection = make_connection();
  connection->on_data = echo;
  auto peer = adopt(*reactor, connection);
  Deferred<void> held;
  auto promise = held.promise();
  std::string story;
  reactor->add_system_event_trigger(Phase::before, SystemEvent::shutdown, [&] {
    reactor
        ->call_later(20ms,
                     [&] {
                       story += connection->lost ? "lost " : "alive ";
                       fails ? promise.errback(Error::timed_out) : promise.callback();
                     })
        .release();
    return std::move(held);
  });
  reactor->add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
    story += connection->lost ? "lost " : "alive ";
    return succeed();
  });
  reactor->call_later(0s, [&] { reactor->stop(); }).release();
  peer.send("served to the end");
  reactor->run(false);
  CHECK(story == "alive lost ");
  CHECK(connection->received == "served to the end");
  CHECK(peer.receive_now() == "served to the end");
}

TEST_CASE("Stopping loses every connection, and closes the ports", "[life][rule64]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const client = std::make_shared<Client>();
  RawListener listener;
  auto* const port =
      reactor->listen_tcp(0, factory_for(make_connection()), {}, "127.0.0.1").value();
  auto const connector = reactor->connect_tcp("127.0.0.1", listener.port(), client);
  auto const peer = adopt(*reactor, connection);
  reactor->call_later(1ms, [&] { reactor->stop(); }).release();
  auto const accepted = listener.accept();
  run_until(*reactor, [&] { return client->connection != nullptr; });
  reactor->call_later(0s, [&] { reactor->stop(); }).release();
  reactor->run(false);
  CHECK(connection->lost->code() == Error::connection_lost);
  CHECK(client->story == "start started build lost stop");
  CHECK(client->connection->story == "made lost");
  CHECK(reactor->connections() == 0);
  CHECK_FALSE(port->listening());
  CHECK_THROWS(Peer::connect(port->host()));
}

TEST_CASE("A client that reconnects at once does not outlive the shutdown",
          "[life][rule5][rule64]") {
  auto const reactor = make_reactor();
  RawListener listener;
  auto const client = std::make_shared<Client>();
  std::vector<std::shared_ptr<Connection>> all;
  client->build = [&] {
    all.push_back(make_connection());
    return protocol_for(all.back());
  };
  client->on_lost = client->on_failed = [](Connector& connector) { connector.connect(); };
  auto const connector = reactor->connect_tcp("127.0.0.1", listener.port(), client);
  REQUIRE(run_until(*reactor, [&] { return all.size() == 1; }));
  reactor->call_later(0s, [&] { reactor->stop(); }).release();
  reactor->run(false);
  for (auto const& each : all) CHECK(each->lost.has_value() == each->made);
}

TEST_CASE("crash leaves the loop and nothing else", "[life][rule65]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = echo;
  auto triggered = false;
  reactor->add_system_event_trigger(Phase::before, SystemEvent::shutdown, [&] {
    triggered = true;
    return succeed();
  });
  auto peer = adopt(*reactor, connection);
  reactor->call_later(0s, [&] { reactor->crash(); }).release();
  reactor->run(false);
  CHECK_FALSE(triggered);
  CHECK_FALSE(connection->lost);
  peer.send("and on it goes");
  CHECK(run_until(*reactor, [&] { return connection->received == "and on it goes"; }));
}

TEST_CASE("An idle reactor sleeps", "[life]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto const peer = adopt(*reactor, connection);
  run_turns(*reactor);
  auto const slept = sleeps();
  auto const before = processor_time();
  run_for(*reactor, 200ms);
  CHECK(processor_time() - before < 50ms);
  CHECK(sleeps() - slept < 20);
}

TEST_CASE("Timed calls are never early and a failing one harms nobody", "[life][rule67][rule70]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const begin = reactor->now();
  std::string order;
  Duration took{};
  auto const late = reactor->call_later(30ms, [&] {
    took = reactor->now() - begin;
    order += "c";
    reactor->crash();
  });
  auto const bad = reactor->call_later(10ms, [&] {
    order += "a";
    throw std::runtime_error("timer trouble");
  });
  auto const next = reactor->call_later(20ms, [&] { order += "b"; });
  reactor->run(false);
  CHECK(order == "abc");
  CHECK(took >= 30ms);
  CHECK(log.count("timer trouble") == 1);
}

TEST_CASE("Calls without delay that ask for another do not starve the network", "[life][rule69]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  DelayedCall next;
  std::function<void()> const again = [&] { next = reactor->call_later(0s, again); };
  again();
  peer.send("me too");
  CHECK(run_until(*reactor, [&] { return connection->received == "me too"; }));
}

TEST_CASE("Draining sends what was written, then fires", "[life][drain]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, connection);
  auto* const port =
      reactor->listen_tcp(0, factory_for(make_connection()), {}, "127.0.0.1").value();
  run_turns(*reactor);
  connection->calling([](Transport& transport) { transport.write(pattern(5'000'000)); });
  auto drained = false;
  auto const waiting = reactor->drain(10s).add_callback([&] { drained = true; });
  CHECK_FALSE(drained);
  CHECK_FALSE(port->listening());
  auto const got = run_beside(*reactor, [&] { return peer.receive_all().size(); });
  CHECK(got == 5'000'000);
  REQUIRE(run_until(*reactor, [&] { return drained; }));
  CHECK(connection->lost->is(Error::connection_done));
  CHECK(reactor->delayed_calls().empty());
}

TEST_CASE("What does not drain in time is aborted", "[life][drain]") {
  auto const reactor = make_reactor();
  auto const stuck = make_connection();
  auto const idle = make_connection();
  auto const stuck_peer = adopt(*reactor, stuck);
  auto const idle_peer = adopt(*reactor, idle);
  run_turns(*reactor);
  stuck->calling([](Transport& transport) { transport.write(pattern(10'000'000)); });
  auto drained = false;
  auto const begin = reactor->now();
  auto const waiting = reactor->drain(100ms).add_callback([&] { drained = true; });
  REQUIRE(run_until(*reactor, [&] { return drained; }));
  CHECK(reactor->now() - begin >= 100ms);
  CHECK(stuck->lost->is(Error::connection_aborted));
  CHECK(idle->lost->is(Error::connection_done));
}

TEST_CASE("Draining a reactor without connections fires at once", "[life][drain]") {
  auto const reactor = make_reactor();
  auto drained = false;
  auto const waiting = reactor->drain(1s).add_callback([&] { drained = true; });
  CHECK(drained);
}

TEST_CASE("A reactor can be destroyed with everything still open", "[life][lifetime]") {
  auto reactor = make_reactor();
  auto const connection = make_connection();
  auto const client = std::make_shared<Client>();
  RawListener listener;
  auto peer = adopt(*reactor, connection);
  REQUIRE(reactor->listen_tcp(0, factory_for(make_connection()), {}, "127.0.0.1"));
  reactor->connect_tcp("127.0.0.1", listener.port(), client).reset();
  run_until(*reactor, [&] { return client->connection != nullptr; });
  connection->calling([](Transport& transport) { transport.write(pattern(10'000'000)); });
  connection->calling([](Transport& transport) { transport.set_idle_timeout(1h); });
  reactor->call_from_thread([] {});
  reactor->call_later(1h, [] {}).release();
  reactor.reset();
  CHECK(connection->destroyed);
}

// Uses its own transport and the other's at its end, as a FileSender and a proxy may.
struct Farewell final : Protocol, Producer {
  explicit Farewell(Transport*& other) : other_(other) {}
  ~Farewell() override {
    transport().unregister_producer();
    transport().write("the end");
    transport().lose_write_connection();
    transport().set_idle_timeout(1s);
    if (!other_) return;
    other_->unregister_producer();
    other_->write(pattern(5000));
    other_->abort_connection();
  }
  void connection_made() override {
    transport().register_producer(*this, true);
    own = &transport();
  }
  void data_received(Bytes) override {}
  void pause_producing() override {}
  void resume_producing() override {}
  void stop_producing() override {}

  Transport* own = nullptr;

 private:
  Transport*& other_;
};

TEST_CASE("Protocols that use their transports while a crashed reactor is destroyed do no harm",
          "[life][lifetime]") {
  std::vector<Peer> peers;
  Transport* first = nullptr;
  {
    auto const reactor = make_reactor();
    std::vector<Farewell*> protocols;
    auto const factory = make_factory([&] {
      auto protocol = std::make_unique<Farewell>(first);
      protocols.push_back(protocol.get());
      return protocol;
    });
    for (int i = 0; i < 3; ++i) {
      auto ends = tcp_ends();
      reactor->adopt(ends.ours, {}, *factory);
      peers.push_back(std::move(ends.peer));
    }
    run_turns(*reactor);
    first = protocols.front()->own;
    reactor->call_later(0s, [&] { reactor->crash(); }).release();
    reactor->run(false);
  }
  for (auto& peer : peers) CHECK(peer.receive_all().empty());
}

TEST_CASE("Two reactors live side by side", "[life]") {
  auto const one = make_reactor();
  auto const two = make_reactor();
  auto const connection = make_connection();
  connection->on_data = echo;
  auto* const port = one->listen_tcp(0, factory_for(connection), {}, "127.0.0.1").value();
  auto const client = std::make_shared<Client>();
  client->prepare = [](Connection& c) {
    c.on_made = [](Transport& transport) { transport.write("across"); };
  };
  auto const connector = two->connect_tcp("127.0.0.1", port->host().port(), client);
  std::thread other([&] { run_until(*one, [&] { return connection->destroyed; }); });
  run_until(*two, [&] { return client->connection && client->connection->received == "across"; });
  connector->disconnect();
  run_until(*two, [&] { return client->ended(); });
  other.join();
  CHECK(client->connection->received == "across");
}

}  // namespace
