// A reactor on a loop that is not its own: here one of poll(2), the least that a host can be.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Host {
  explicit Host(Reactor& guest) : reactor(guest) {}

  void start() {
    reactor.start([this] { ++wakes; });
  }
  bool readable(int timeout = 0) const {
    pollfd entry{reactor.descriptor(), POLLIN, 0};
    return poll(&entry, 1, timeout) > 0;
  }
  // Waits as long as the reactor has nothing to do, `most` at most, then makes a turn.
  void wait_and_turn(Duration most = patience) {
    auto const now = reactor.now();
    auto left = std::max(reactor.turn_due().value_or(now + most) - now, Duration::zero());
    left = std::min(left, most);
    readable(static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    alive = reactor.take_turn();
    ++turns;
  }
  // Until `done` holds; false if it does not within `patience`.
  template <class Done>
  bool run_until(Done done) {
    auto const limit = reactor.now() + patience;
    while (alive && !done() && reactor.now() < limit) wait_and_turn(10ms);
    return done();
  }
  bool run_to_the_end() {
    return run_until([this] { return !alive; });
  }
  // Makes turns until nothing is left to do at once.
  void settle() {
    do alive = reactor.take_turn();
    while (alive && (readable() || due_now()));
  }
  bool due_now() const {
    auto const due = reactor.turn_due();
    return due && *due <= reactor.now();
  }

  Reactor& reactor;
  int wakes = 0;
  int turns = 0;
  bool alive = true;
};

struct Hosted {
  Hosted() { host.start(); }
  std::unique_ptr<Reactor> reactor = make_reactor();
  Host host{*reactor};
};

// --- serving and connecting ---

TEST_CASE("Servers and clients work on another loop", "[hosting]") {
  Hosted f;
  auto const served = make_connection();
  served->on_data = echo;
  auto* const port = f.reactor->listen_tcp(0, factory_for(served), {}, "127.0.0.1").value();
  auto const client = std::make_shared<Client>();
  auto const sent = pattern(300'000);
  client->prepare = [&](Connection& c) {
    c.on_made = [&](Transport& transport) { transport.write(sent); };
  };
  auto const connector =
      f.reactor->connect_tcp("localhost", port->host().port(), client, {.family = AF_INET});
  CHECK(f.host.run_until(
      [&] { return client->connection && client->connection->received.size() == sent.size(); }));
  CHECK(difference(client->connection->received, sent) == "equal");
  connector->disconnect();
  CHECK(f.host.run_until([&] { return client->ended() && served->lost; }));
  CHECK_FALSE(served->nested);
}

TEST_CASE("A turn does not wait", "[hosting]") {
  Hosted f;
  f.host.settle();
  auto const slept = sleeps();
  CHECK(f.reactor->take_turn());
  CHECK(sleeps() == slept);
}

TEST_CASE("A reactor without work asks for no turn", "[hosting]") {
  Hosted f;
  auto const connection = make_connection();
  auto const peer = adopt(*f.reactor, connection);
  f.host.settle();
  CHECK(connection->made);
  CHECK_FALSE(f.host.readable());
  CHECK_FALSE(f.reactor->turn_due());
  CHECK(f.host.wakes == 1);  // for adopt
}

TEST_CASE("Calls from other threads make the descriptor readable", "[hosting][threads]") {
  Hosted f;
  f.host.settle();
  auto called = false;
  std::thread([&] { f.reactor->call_from_thread([&] { called = true; }); }).join();
  CHECK(f.host.readable());
  CHECK(f.host.wakes == 0);
  CHECK(f.reactor->take_turn());
  CHECK(called);
  CHECK_FALSE(f.host.readable());
}

TEST_CASE("Files, which no descriptor tells of, ask for turns", "[hosting][stdio]") {
  ScratchDirectory const directory;
  auto const path = directory.path("input");
  std::ofstream(path) << pattern(300'000);
  auto const received = in_child([&] {
    dup2(open(path.c_str(), O_RDONLY), STDIN_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    Hosted f;
    auto const connection = make_connection();
    f.reactor->standard_io(protocol_for(connection));
    f.host.settle();
    return std::to_string(connection->received.size());
  });
  CHECK(received == "300000");
}

// --- time ---

TEST_CASE("A turn is due with the next call", "[hosting][time]") {
  Hosted f;
  auto const later = f.reactor->call_later(1h, [] {});
  CHECK(f.reactor->turn_due() == later.time());
  auto const begin = f.reactor->now();
  Duration took{};
  auto const soon = f.reactor->call_later(20ms, [&] { took = f.reactor->now() - begin; });
  CHECK(f.reactor->turn_due() == soon.time());
  CHECK(f.reactor->take_turn());  // too early
  CHECK(soon.active());
  CHECK(f.host.run_until([&] { return !soon.active(); }));
  CHECK(took >= 20ms);
  CHECK(f.reactor->turn_due() == later.time());
}

TEST_CASE("What is asked for between turns counts from then, however late the next turn is",
          "[hosting][time][idle]") {
  Hosted f;
  auto const connection = make_connection();
  auto peer = adopt(*f.reactor, connection);
  f.host.settle();
  connection->calling([](Transport& transport) { transport.set_idle_timeout(60ms); });
  peer.send("hello");
  REQUIRE(f.host.run_until([&] { return connection->received == "hello"; }));
  auto const until = f.reactor->now() + 30ms;
  while (f.reactor->now() < until) CHECK_FALSE(f.host.readable(30));
  auto const written = f.reactor->now();
  connection->calling([](Transport& transport) { transport.write(pattern(8000)); });
  REQUIRE(f.host.run_until([&] { return connection->lost.has_value(); }));
  CHECK(f.reactor->now() - written >= 60ms);
  CHECK(connection->lost->is(Error::idle_timeout));
}

// --- wake ---

TEST_CASE("The host hears once of what is asked for between two turns", "[hosting][wake]") {
  Hosted f;
  auto const connection = make_connection();
  auto peer = adopt(*f.reactor, connection);
  f.host.settle();
  f.host.wakes = 0;
  connection->calling([](Transport& transport) { transport.write("one "); });
  CHECK(f.host.wakes == 1);
  CHECK(f.host.due_now());
  connection->calling([](Transport& transport) { transport.write("two"); });
  auto const call = f.reactor->call_later(0s, [] {});
  CHECK(f.host.wakes == 1);
  f.host.settle();
  CHECK(peer.receive_now() == "one two");
  connection->calling([](Transport& transport) { transport.lose_connection(); });
  CHECK(f.host.wakes == 2);
}

TEST_CASE("The host hears of a call that comes sooner than all others", "[hosting][wake][time]") {
  Hosted f;
  auto first = f.reactor->call_later(1h, [] {});
  CHECK(f.host.wakes == 1);
  f.host.settle();
  auto second = f.reactor->call_later(2h, [] {});
  CHECK(f.host.wakes == 1);
  second.reset(90min);
  CHECK(f.host.wakes == 1);
  second.reset(30min);
  CHECK(f.host.wakes == 2);
  f.host.settle();
  first.delay(-59min);
  CHECK(f.host.wakes == 3);
}

TEST_CASE("The host hears of nothing inside a turn", "[hosting][wake]") {
  Hosted f;
  auto const connection = make_connection();
  connection->on_data = [&](Transport& transport, Bytes data) {
    transport.write(data);
    f.reactor->call_later(0s, [] {}).release();
  };
  auto peer = adopt(*f.reactor, connection);
  f.host.settle();
  f.host.wakes = 0;
  peer.send("hello");
  CHECK(f.host.run_until([&] { return connection->received == "hello"; }));
  f.host.settle();
  CHECK(peer.receive_now() == "hello");
  CHECK(f.host.wakes == 0);
}

TEST_CASE("A wake that fails is logged, and tried again", "[hosting][wake]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto tried = 0;
  reactor->start([&] {
    if (++tried == 1) throw std::runtime_error("the host is ill");
  });
  auto const one = reactor->call_later(2s, [] {});
  CHECK(log.count("the host is ill") == 1);
  auto const two = reactor->call_later(1s, [] {});
  auto const three = reactor->call_later(0s, [] {});
  CHECK(tried == 2);
}

// --- start-up and shutdown ---

struct Story : Hosted {
  Story() {
    for (auto const& [phase, name] : {std::pair(Phase::before, "before "),
                                      {Phase::during, "during "},
                                      {Phase::after, "after "}})
      reactor->add_system_event_trigger(phase, SystemEvent::shutdown, [this, text = name] {
        story += text;
        return succeed();
      });
  }
  std::string story;
};

TEST_CASE("start fires the start-up triggers", "[hosting][life][rule59][rule60]") {
  auto const reactor = make_reactor();
  Host host(*reactor);
  std::string story;
  reactor->add_system_event_trigger(Phase::before, SystemEvent::startup, [&] {
    CHECK(reactor->running());
    story += "before ";
    return succeed();
  });
  reactor->call_when_running([&] { story += "running"; });
  host.start();
  CHECK(story == "before running");
  CHECK(reactor->running());
}

TEST_CASE("A before trigger holds start-up back between the turns of a host",
          "[hosting][life][rule61]") {
  auto const reactor = make_reactor();
  Host host(*reactor);
  Deferred<void> held;
  auto promise = held.promise();
  auto up = false;
  reactor->add_system_event_trigger(Phase::before, SystemEvent::startup,
                                    [&] { return std::move(held); });
  reactor->call_when_running([] {});
  reactor->add_system_event_trigger(Phase::during, SystemEvent::startup, [&] {
    up = true;
    return succeed();
  });
  host.start();
  host.settle();
  CHECK_FALSE(up);
  promise.callback();  // outside of any turn
  CHECK_FALSE(up);
  CHECK(host.readable());
  host.settle();
  CHECK(up);
}

TEST_CASE("stop inside a turn shuts down at its end", "[hosting][life][rule58][rule64]") {
  Story f;
  auto const connection = make_connection();
  auto const peer = adopt(*f.reactor, connection);
  f.host.settle();
  f.reactor
      ->call_later(0s,
                   [&] {
                     f.reactor->stop();
                     CHECK_THROWS_AS(f.reactor->stop(), ReactorNotRunning);
                     f.story += "stop ";
                   })
      .release();
  CHECK_FALSE(f.reactor->take_turn());
  CHECK(f.story == "stop before during after ");
  CHECK(connection->lost->is(Error::connection_lost));
  CHECK_FALSE(f.reactor->running());
  CHECK_FALSE(f.reactor->take_turn());
  CHECK_FALSE(f.reactor->turn_due());
}

TEST_CASE("stop between two turns asks for one", "[hosting][life][rule58]") {
  Story f;
  f.host.settle();
  f.reactor->stop();
  CHECK(f.host.wakes == 1);
  CHECK(f.host.due_now());
  CHECK(f.story.empty());
  CHECK_FALSE(f.reactor->take_turn());
  CHECK(f.story == "before during after ");
}

TEST_CASE("Shutdown may wait over many turns of the host", "[hosting][life][rule61]") {
  Story f;
  auto const connection = make_connection();
  connection->on_data = echo;
  auto peer = adopt(*f.reactor, connection);
  Deferred<void> held;
  auto promise = held.promise();
  f.reactor->add_system_event_trigger(Phase::before, SystemEvent::shutdown,
                                      [&] { return std::move(held); });
  f.reactor->stop();
  f.host.settle();
  CHECK(f.story == "before ");
  peer.send("still there");
  CHECK(f.host.run_until([&] { return connection->received == "still there"; }));
  f.host.settle();
  CHECK(peer.receive_now() == "still there");
  promise.callback();
  CHECK(f.host.run_to_the_end());
  CHECK(f.story == "before during after ");
  CHECK(connection->lost);
}

struct BusyThread : Story {
  BusyThread() {
    reactor->call_in_thread(
        [this] {
          begun.release();
          let_go.acquire();
        },
        [this] { story += "done "; });
    begun.acquire();  // what has not is not waited for
    reactor->stop();
    host.settle();
  }
  std::binary_semaphore begun{0};
  std::binary_semaphore let_go{0};
};

TEST_CASE("The shutdown waits for what threads do, but its host does not",
          "[hosting][life][threads]") {
  BusyThread f;
  CHECK(f.story == "before during ");
  CHECK_FALSE(f.host.due_now());
  f.let_go.release();
  CHECK(f.host.run_to_the_end());
  CHECK(f.story == "before during done after ");
}

TEST_CASE("crash ends a shutdown that waits for threads, which work again after that",
          "[hosting][life][threads]") {
  BusyThread f;
  f.reactor->crash();
  f.let_go.release();
  f.host.start();
  f.host.alive = true;
  auto again = false;
  f.reactor->call_in_thread([] {}, [&] { again = true; });
  CHECK(f.host.run_until([&] { return again && f.story.ends_with("done "); }));
  CHECK(f.story == "before during done ");
}

TEST_CASE("What lets go after the reactor is gone harms nobody", "[hosting][life][lifetime]") {
  Deferred<void> held;
  auto promise = held.promise();
  {
    Hosted f;
    f.reactor->add_system_event_trigger(Phase::before, SystemEvent::shutdown,
                                        [&] { return std::move(held); });
    f.reactor->stop();
    f.host.settle();
  }
  CHECK_NOTHROW(promise.callback());
}

TEST_CASE("crash between two turns leaves at once, and the reactor may be started again",
          "[hosting][life][rule65]") {
  Story f;
  auto const connection = make_connection();
  connection->on_data = echo;
  auto peer = adopt(*f.reactor, connection);
  f.host.settle();
  f.host.wakes = 0;
  f.reactor->crash();
  CHECK(f.host.wakes == 1);
  CHECK_FALSE(f.reactor->running());
  CHECK_FALSE(f.reactor->take_turn());
  CHECK(f.story.empty());
  CHECK_FALSE(connection->lost);
  auto const wakes = f.host.wakes;
  f.reactor->call_later(0s, [] {}).release();
  CHECK(f.host.wakes == wakes);
  f.host.start();
  f.host.alive = true;
  peer.send("and on it goes");
  CHECK(f.host.run_until([&] { return connection->received == "and on it goes"; }));
  f.reactor->crash();
  peer.send(", by itself too");
  CHECK(run_until(*f.reactor, [&] { return connection->received.ends_with("too"); }));
}

TEST_CASE("crash inside a turn leaves at its end", "[hosting][life][rule65]") {
  Story f;
  f.reactor->call_later(0s, [&] { f.reactor->crash(); }).release();
  CHECK_FALSE(f.reactor->take_turn());
  CHECK(f.story.empty());
}

TEST_CASE("What the wake owns goes with the run", "[hosting][lifetime]") {
  auto const reactor = make_reactor();
  auto const token = std::make_shared<int>();
  reactor->start([token] {});
  CHECK(token.use_count() == 2);
  reactor->stop();
  CHECK_FALSE(reactor->take_turn());
  CHECK(token.use_count() == 1);
}

TEST_CASE("A reactor on another loop can be destroyed with everything still open",
          "[hosting][lifetime]") {
  auto const connection = make_connection();
  {
    Hosted f;
    auto peer = adopt(*f.reactor, connection);
    RawListener listener;
    f.reactor->connect_tcp("127.0.0.1", listener.port(), std::make_shared<Client>()).reset();
    f.host.settle();
    connection->calling([](Transport& transport) { transport.write(pattern(10'000'000)); });
    f.host.wakes = 0;
    f.reactor.reset();
    CHECK(f.host.wakes == 0);
  }
  CHECK(connection->destroyed);
}

// --- misuse ---

TEST_CASE("A reactor runs on one loop at a time", "[hosting][rule57]") {
  Hosted f;
  CHECK_THROWS_AS(f.reactor->start([] {}), ReactorAlreadyRunning);
  CHECK_THROWS_AS(f.reactor->run(false), ReactorAlreadyRunning);
  auto tried = false;
  f.reactor
      ->call_later(0s,
                   [&] {
                     CHECK_THROWS_AS(f.reactor->take_turn(), ReactorAlreadyRunning);
                     tried = true;
                   })
      .release();
  f.host.settle();
  CHECK(tried);
}

TEST_CASE("A reactor in run takes no turns of others", "[hosting][rule57]") {
  auto const reactor = make_reactor();
  CHECK_FALSE(reactor->take_turn());
  reactor
      ->call_later(0s,
                   [&] {
                     CHECK_THROWS_AS(reactor->take_turn(), ReactorAlreadyRunning);
                     CHECK_THROWS_AS(reactor->start([] {}), ReactorAlreadyRunning);
                     reactor->crash();
                   })
      .release();
  reactor->run(false);
}

TEST_CASE("A MemoryReactor runs on no other loop", "[hosting][fakes]") {
  MemoryReactor reactor;
  CHECK_THROWS_AS(reactor.start([] {}), std::logic_error);
  CHECK_THROWS_AS(reactor.take_turn(), std::logic_error);
}

}  // namespace
