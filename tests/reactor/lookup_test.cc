// Names: replaceable resolver, time-outs, cancelling, and the system's own look-up.
#include "reactor/lookup.h"

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <semaphore>
#include <string_view>

#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

using Addresses = std::vector<Address>;

constexpr auto stuck_name = "stuck.invalid";
std::binary_semaphore stuck(0);  // released when a look-up of that name has begun

struct Scene {
  // A resolver that never answers by itself.
  void let_it_hang() {
    reactor->set_resolver([this](std::string const& name, int family) {
      asked = name;
      asked_family = family;
      auto answer =
          Deferred<Addresses>::with_canceller([this](Promise<Addresses>&) { ++cancelled; });
      promise = answer.promise();
      return answer;
    });
  }
  std::shared_ptr<Connector> connect(std::uint16_t port, ConnectOptions options = {}) {
    return reactor->connect_tcp("name.example", port, client, options);
  }
  bool ends() {
    return run_until(*reactor, [&] { return client->ended(); });
  }

  Promise<Addresses> promise;
  std::string asked;
  int asked_family = -1;
  int cancelled = 0;
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Client> client = std::make_shared<Client>();
};

TEST_CASE("A look-up that is not answered times out under its own name", "[lookup][rule46]") {
  Scene scene;
  scene.let_it_hang();
  auto const connector = scene.connect(80, {.timeout = 100ms});
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::lookup_timeout));
  CHECK(scene.client->reason->is(Error::timed_out));
  CHECK(scene.cancelled == 1);
  CHECK(scene.asked == "name.example");
}

TEST_CASE("The time-out covers look-up and connecting together", "[lookup][rule46]") {
  Scene scene;
  scene.let_it_hang();
  BlackHole const hole("127.0.0.2");
  auto const begin = scene.reactor->now();
  auto const connector = scene.connect(hole.port(), {.timeout = 1s});
  run_for(*scene.reactor, 600ms);
  scene.promise.callback({*Address::ip("127.0.0.2", 0)});
  REQUIRE(scene.ends());
  CHECK(scene.client->reason->is(Error::connect_timeout));
  CHECK(scene.reactor->now() - begin < 1500ms);
}

TEST_CASE("An answer leads to the connection", "[lookup][rule81]") {
  Scene scene;
  scene.let_it_hang();
  RawListener listener;
  auto const connector = scene.connect(listener.port(), {.family = AF_INET});
  run_turns(*scene.reactor);
  CHECK(scene.asked_family == AF_INET);
  scene.promise.callback({*Address::ip("127.0.0.1", 0)});
  REQUIRE(run_until(*scene.reactor, [&] { return scene.client->connection != nullptr; }));
  CHECK(scene.client->peer == listener.address());
}

TEST_CASE("stop_connecting cancels the look-up, a late answer is nobody's", "[lookup][rule43]") {
  Scene scene;
  scene.let_it_hang();
  auto const connector = scene.connect(80);
  run_turns(*scene.reactor);
  connector->stop_connecting();
  CHECK(scene.cancelled == 1);
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::stopped_connecting));
  if (!scene.promise.fired()) scene.promise.callback({*Address::ip("127.0.0.1", 0)});
  run_turns(*scene.reactor);
  CHECK(scene.client->story == "start started failed stop");
}

TEST_CASE("Giving up during a look-up of the system is reported once", "[lookup][rule43][rule46]") {
  Scene scene;
  // No name service answers for it, or it does in its own time.
  auto const begin = [&](ConnectOptions options) {
    return scene.reactor->connect_tcp("twx-test.invalid", 80, scene.client, options);
  };
  std::shared_ptr<Connector> connector;
  SECTION("by stop_connecting") {
    connector = begin({});
    connector->stop_connecting();
    REQUIRE(scene.ends());
    CHECK(scene.client->reason->is(Error::stopped_connecting));
  }
  SECTION("by the time-out") {
    connector = begin({.timeout = 0s});
    REQUIRE(scene.ends());
    CHECK(scene.client->reason->is(Error::lookup_timeout));
  }
  run_for(*scene.reactor, 50ms);
  CHECK(scene.client->story == "start started failed stop");
}

TEST_CASE("A resolver that answers when it is cancelled is not listened to", "[lookup][rule43]") {
  Scene scene;
  RawListener listener;
  auto const with_address = GENERATE(true, false);
  scene.reactor->set_resolver([&scene, with_address](std::string const&, int) {
    auto deferred = Deferred<Addresses>::with_canceller([=](Promise<Addresses>& answer) {
      if (with_address)
        answer.callback({*Address::ip("127.0.0.1", 0)});
      else
        answer.errback(Error::name_lookup_failed);
    });
    scene.promise = deferred.promise();
    return deferred;
  });
  auto const connector = scene.connect(listener.port());
  run_turns(*scene.reactor);
  connector->stop_connecting();
  REQUIRE(scene.ends());
  run_turns(*scene.reactor, 10);
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(Error::stopped_connecting));
}

TEST_CASE("Each way a resolver can fail is a failed connection, later", "[lookup][rule47]") {
  Scene scene;
  Error wanted{};
  SECTION("it says so") {
    scene.reactor->set_resolver(
        [](std::string const&, int) { return fail<Addresses>(Error::name_not_found); });
    wanted = Error::name_not_found;
  }
  SECTION("no address") {
    scene.reactor->set_resolver([](std::string const&, int) { return succeed(Addresses()); });
    wanted = Error::name_not_found;
  }
  SECTION("it forgets") {
    scene.reactor->set_resolver([](std::string const&, int) {
      Deferred<Addresses> answer;
      static_cast<void>(answer.promise());
      return answer;
    });
    wanted = Error::abandoned;
  }
  SECTION("it throws") {
    scene.reactor->set_resolver([](std::string const&, int) -> Deferred<Addresses> {
      throw std::runtime_error("no name service");
    });
    wanted = Error::exception;
  }
  std::shared_ptr<Connector> connector;
  REQUIRE_NOTHROW(connector = scene.connect(80));
  CHECK_FALSE(scene.client->reason);
  REQUIRE(scene.ends());
  CHECK(scene.client->story == "start started failed stop");
  CHECK(scene.client->reason->is(wanted));
}

TEST_CASE("Destroying the reactor during a look-up is clean", "[lookup][lifetime]") {
  Scene scene;
  auto with_holder = false;
  SECTION("a resolver of its own") { scene.let_it_hang(); }
  SECTION("with the connector held") {
    scene.let_it_hang();
    with_holder = true;
  }
  SECTION("the system's") {}
  auto connector = scene.connect(80);
  if (!with_holder) connector.reset();
  run_turns(*scene.reactor);
  scene.reactor.reset();
}

TEST_CASE("A literal is resolved at once, in its own family only", "[lookup][rule81]") {
  Scene scene;
  scene.let_it_hang();
  std::vector<std::string> got;
  auto const ask = [&](std::string const& name, int family) {
    scene.reactor->resolve(name, family)
        .add_callbacks([&](Addresses addresses) { got.push_back(addresses.at(0).host()); },
                       [&](Failure why) { got.push_back(why.message()); })
        .release();
  };
  ask("127.0.0.1", AF_UNSPEC);
  ask("::1", AF_INET6);
  ask("::1", AF_INET);
  CHECK(got == std::vector<std::string>{"127.0.0.1", "::1", "Name not found"});
  CHECK(scene.asked.empty());
}

TEST_CASE("The system knows localhost, and tells what it does not know", "[lookup][rule81]") {
  Scene scene;
  std::optional<Addresses> found;
  std::optional<Failure> failure;
  scene.reactor->resolve("localhost").add_callback([&](Addresses all) { found = all; }).release();
  CHECK_FALSE(found);
  REQUIRE(run_until(*scene.reactor, [&] { return found.has_value(); }));
  REQUIRE_FALSE(found->empty());
  CHECK((found->front().host() == "127.0.0.1" || found->front().host() == "::1"));
  CHECK(found->front().port() == 0);
  // 64 bytes are too long for a label: no name service is asked.
  scene.reactor->resolve(std::string(64, 'x') + ".invalid")
      .add_errback([&](Failure why) {
        failure = why;
        return Addresses();
      })
      .release();
  REQUIRE(run_until(*scene.reactor, [&] { return failure.has_value(); }));
  CHECK((failure->is(Error::name_not_found) || failure->is(Error::name_lookup_failed)));
}

TEST_CASE("Cancelling a look-up of the system fires at once", "[lookup][rule126]") {
  Scene scene;
  std::optional<Failure> failure;
  auto answer = scene.reactor->resolve("localhost").add_errback([&](Failure why) {
    failure = why;
    return Addresses();
  });
  answer.cancel();
  REQUIRE(failure);
  CHECK(failure->is(Error::cancelled));
  run_for(*scene.reactor, 50ms);
}

TEST_CASE("Many look-ups run side by side", "[lookup]") {
  Scene scene;
  int answers = 0;
  for (int i = 0; i < 50; ++i)
    scene.reactor->resolve("localhost").add_both([&](Result<Addresses>) { ++answers; }).release();
  CHECK(run_until(*scene.reactor, [&] { return answers == 50; }));
}

// The look-up never comes back, so whoever waits for it does not come back either.
TEST_CASE("The end of the process does not wait for a look-up", "[lookup]") {
  auto const report = in_child([]() -> std::string {
    auto const reactor = make_reactor();
    auto answer = reactor->resolve(stuck_name);
    stuck.acquire();
    reactor->call_later(0s, [&] { reactor->crash(); }).release();
    reactor->run(false);
    return "gone";
  });
  CHECK(report == "gone");
}

}  // namespace

// Stands before the system's: one name keeps its thread for ever.
extern "C" int getaddrinfo(char const* name, char const* service, addrinfo const* hints,
                           addrinfo** found) {
  if (name && std::string_view(name) == stuck_name) {
    stuck.release();
    for (;;) pause();
  }
  auto* const real = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, found);
}
