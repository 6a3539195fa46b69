// A reactor on an io_context: what Asio's handlers and the reactor's callbacks are to each other.
#include "reactor/asio.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <thread>

#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Driven {
  // Until `done` holds; false if it does not within `patience`.
  template <class Done>
  bool run_until(Done done) {
    auto const limit = reactor->now() + patience;
    while (!done() && !context.stopped() && reactor->now() < limit) context.run_one_for(10ms);
    return done();
  }
  // All that can be done without waiting; how many handlers that took.
  std::size_t settle() {
    std::size_t all = 0;
    for (std::size_t some = 1; some > 0; all += some) some = context.poll();
    return all;
  }
  // A connection of the reactor and its peer.
  Peer connect(std::shared_ptr<Connection> connection) {
    auto peer = adopt(*reactor, std::move(connection));
    settle();
    return peer;
  }
  // `call` as a handler of the context.
  void post(std::function<void()> call) { boost::asio::post(context, std::move(call)); }

  std::unique_ptr<Reactor> reactor = make_reactor();
  boost::asio::io_context context;
  std::optional<AsioDriver> driver{std::in_place, context, *reactor};
};

TEST_CASE("Servers and clients work on an io_context", "[asio]") {
  Driven f;
  auto const served = make_connection();
  served->on_data = echo;
  auto* const port = f.reactor->listen_tcp(0, factory_for(served), {}, "127.0.0.1").value();
  auto const client = std::make_shared<Client>();
  auto const sent = pattern(1'000'000);
  client->prepare = [&](Connection& c) {
    c.on_made = [&](Transport& transport) { transport.write(sent); };
    c.on_data = [&](Transport& transport, Bytes) {
      if (client->connection->received.size() == sent.size()) transport.lose_connection();
    };
    c.on_lost = [&](Transport&, Failure const&) { f.driver->stop(); };
  };
  auto const connector =
      f.reactor->connect_tcp("localhost", port->host().port(), client, {.family = AF_INET});
  f.context.run();
  CHECK(difference(client->connection->received, sent) == "equal");
  CHECK(client->story == "start started build lost stop");
  CHECK_FALSE(f.reactor->running());
}

TEST_CASE("The io_context has work until the reactor stops", "[asio][life]") {
  Driven f;
  f.settle();
  CHECK_FALSE(f.context.stopped());
  f.driver->stop();
  CHECK(f.reactor->running());  // the shutdown is a turn's
  f.context.run();
  CHECK(f.context.stopped());
  CHECK_FALSE(f.reactor->running());
  CHECK_THROWS_AS(f.driver->stop(), ReactorNotRunning);
}

TEST_CASE("An idle reactor leaves the io_context alone", "[asio]") {
  Driven f;
  auto const peer = f.connect(make_connection());
  auto const far = f.reactor->call_later(1h, [] {});
  f.settle();
  for (int i = 0; i < 10; ++i) CHECK(f.settle() == 0);
}

// --- time ---

TEST_CASE("Calls come in their time on an io_context", "[asio][time]") {
  Driven f;
  auto const begin = f.reactor->now();
  std::string order;
  auto const at = [&](Duration when, char name) {
    return f.reactor->call_later(when, [&order, begin, when, name, &f] {
      CHECK(f.reactor->now() - begin >= when);
      order += name;
    });
  };
  auto const far = f.reactor->call_later(1h, [] {});
  auto const c = at(30ms, 'c');
  auto const a = at(10ms, 'a');
  auto const b = at(20ms, 'b');
  CHECK(f.run_until([&] { return order.size() == 3; }));
  CHECK(order == "abc");
}

TEST_CASE("A handler of the io_context may ask for a sooner call", "[asio][time]") {
  Driven f;
  auto const far = f.reactor->call_later(1h, [] {});
  f.settle();
  DelayedCall soon;
  auto called = false;
  f.post([&] {
    soon = f.reactor->call_later(1ms, [&] {
      called = true;
      f.reactor->stop();
    });
  });
  f.context.run();
  CHECK(called);
}

TEST_CASE("A callback of the reactor may ask for a sooner call", "[asio][time]") {
  Driven f;
  auto const far = f.reactor->call_later(1h, [] {});
  auto const connection = make_connection();
  DelayedCall soon;
  auto called = false;
  connection->on_data = [&](Transport&, Bytes) {
    soon = f.reactor->call_later(1ms, [&] { called = true; });
  };
  auto peer = f.connect(connection);
  peer.send("now");
  CHECK(f.run_until([&] { return called; }));
}

TEST_CASE("A call may ask for the next one again and again", "[asio][time]") {
  Driven f;
  auto left = 100;
  DelayedCall next;
  std::function<void()> const again = [&] {
    if (--left == 0) return f.reactor->stop();
    next = f.reactor->call_later(left % 2 ? 0ms : 1ms, again);
  };
  next = f.reactor->call_later(0s, again);
  f.context.run();
  CHECK(left == 0);
}

// --- from Asio's handlers ---

TEST_CASE("What a handler of the io_context writes leaves without further events", "[asio]") {
  Driven f;
  auto const connection = make_connection();
  auto peer = f.connect(connection);
  auto const size = GENERATE(1U, 5U, 100'000U);
  f.post([&] {
    connection->calling([&](Transport& transport) {
      for (auto const piece : {size, size}) transport.write(pattern(piece));
      transport.lose_connection();
    });
    CHECK_FALSE(connection->lost);
  });
  std::string got;
  std::thread reader([&] { got = peer.receive_all(); });
  CHECK(f.run_until([&] { return connection->lost.has_value(); }));
  reader.join();
  CHECK(difference(got, pattern(size) + pattern(size)) == "equal");
  CHECK_FALSE(connection->nested);
}

TEST_CASE("Other threads call the reactor through its io_context", "[asio][threads]") {
  Driven f;
  f.settle();
  auto calls = 0;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) f.reactor->call_from_thread([&] { ++calls; });
    f.reactor->call_from_thread([&] { f.reactor->stop(); });
  });
  f.context.run();
  other.join();
  CHECK(calls == 100);
}

// --- the end ---

TEST_CASE("Stopping in an io_context shuts down as ever", "[asio][life][rule61][rule64]") {
  Driven f;
  auto const connection = make_connection();
  auto const peer = f.connect(connection);
  Deferred<void> held;
  auto promise = held.promise();
  std::string story;
  f.reactor->add_system_event_trigger(Phase::before, SystemEvent::shutdown, [&] {
    story += "before ";
    return std::move(held);
  });
  f.reactor->add_system_event_trigger(Phase::after, SystemEvent::shutdown, [&] {
    story += connection->lost ? "after " : "too early ";
    return succeed();
  });
  boost::asio::steady_timer timer(f.context, 5ms);
  timer.async_wait([&](boost::system::error_code) {
    story += connection->lost ? "lost " : "alive ";
    promise.callback();  // Asio lets the shutdown go on
  });
  f.driver->stop();
  f.context.run();
  CHECK(story == "before alive after ");
  CHECK(connection->lost->is(Error::connection_lost));
}

TEST_CASE("crash ends the io_context's work", "[asio][life][rule65]") {
  Driven f;
  auto const connection = make_connection();
  auto const peer = f.connect(connection);
  SECTION("in a turn") {
    f.reactor->call_later(0s, [&] { f.reactor->crash(); }).release();
  }
  SECTION("in a handler") {
    f.post([&] { f.reactor->crash(); });
  }
  f.context.run();
  CHECK_FALSE(f.reactor->running());
  CHECK_FALSE(connection->lost);
}

TEST_CASE("Without its driver a reactor is as after crash", "[asio][life][rule65]") {
  Driven f;
  auto const connection = make_connection();
  connection->on_data = echo;
  auto peer = f.connect(connection);
  f.driver.reset();
  CHECK_FALSE(f.reactor->running());
  f.context.run();  // what is left of the driver ends by itself
  CHECK_FALSE(connection->lost);
  peer.send("by itself");
  CHECK(run_until(*f.reactor, [&] { return connection->received == "by itself"; }));
  f.context.restart();
  f.driver.emplace(f.context, *f.reactor);
  peer.send(", and driven again");
  CHECK(f.run_until([&] { return connection->received == "by itself, and driven again"; }));
}

TEST_CASE("A driver may go in a callback of its reactor", "[asio][lifetime]") {
  Driven f;
  auto const connection = make_connection();
  connection->on_data = [&](Transport& transport, Bytes data) {
    f.driver.reset();
    transport.write(data);
  };
  auto peer = f.connect(connection);
  peer.send("last words");
  f.context.run();
  CHECK_FALSE(f.reactor->running());
  CHECK(peer.receive_now() == "last words");
}

TEST_CASE("A driver and its reactor may go before the io_context runs again", "[asio][lifetime]") {
  boost::asio::io_context context;
  {
    auto const reactor = make_reactor();
    AsioDriver const driver(context, *reactor);
    auto const peer = adopt(*reactor, make_connection());
    context.poll();
  }
  CHECK(context.run() > 0);
}

TEST_CASE("A reactor stopped at start-up ends its io_context's work", "[asio][life]") {
  auto const reactor = make_reactor();
  reactor->call_when_running([&] { reactor->stop(); });
  boost::asio::io_context context;
  AsioDriver driver(context, *reactor);
  context.run();
  CHECK_FALSE(reactor->running());
}

TEST_CASE("A reactor has one driver", "[asio][rule57]") {
  Driven f;
  CHECK_THROWS_AS(AsioDriver(f.context, *f.reactor), ReactorAlreadyRunning);
  f.settle();
  CHECK(f.reactor->running());
  auto called = false;
  auto const call = f.reactor->call_later(0s, [&] { called = true; });
  CHECK(f.run_until([&] { return called; }));
}

TEST_CASE("Two reactors share an io_context", "[asio]") {
  Driven f;
  auto const other = make_reactor();
  AsioDriver const second(f.context, *other);
  auto const served = make_connection();
  served->on_data = echo;
  auto* const port = f.reactor->listen_tcp(0, factory_for(served), {}, "127.0.0.1").value();
  auto const client = std::make_shared<Client>();
  client->prepare = [](Connection& c) {
    c.on_made = [](Transport& transport) { transport.write("across"); };
  };
  auto const connector = other->connect_tcp("127.0.0.1", port->host().port(), client);
  CHECK(
      f.run_until([&] { return client->connection && client->connection->received == "across"; }));
}

}  // namespace
