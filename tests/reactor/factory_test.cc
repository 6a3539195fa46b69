#include "reactor/factory.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Silent : Protocol {};

// Counts its starts and stops.
class Counting final : public Factory {
 public:
  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    return std::make_unique<Silent>();
  }
  void start_factory() override { story += "start "; }
  void stop_factory() override { story += "stop "; }
  std::string story;
};

TEST_CASE("A factory starts with its first user and stops with its last", "[factory][rule37]") {
  Counting factory;
  factory.do_start();
  factory.do_start();
  factory.do_stop();
  CHECK(factory.story == "start ");
  factory.do_stop();
  CHECK(factory.story == "start stop ");
}

TEST_CASE("Stopping a factory that nobody uses does nothing", "[factory][rule37]") {
  Counting factory;
  factory.do_stop();
  factory.do_start();
  factory.do_stop();
  factory.do_stop();
  factory.do_start();
  CHECK(factory.story == "start stop start ");
}

TEST_CASE("A factory on two ports starts once and stops after both are closed",
          "[factory][rule38]") {
  MemoryReactor reactor;
  auto const factory = std::make_shared<Counting>();
  auto& first = **reactor.listen_tcp(8007, factory);
  auto& second = **reactor.listen_tcp(8008, factory);
  CHECK(factory->story == "start ");
  first.stop_listening().release();
  reactor.turn();
  CHECK(factory->story == "start ");
  second.stop_listening().release();
  CHECK(factory->story == "start ");  // not inside the call
  reactor.turn();
  CHECK(factory->story == "start stop ");
}

TEST_CASE("A factory that could not start is started again by its next user", "[factory][rule37]") {
  struct Reluctant final : Factory {
    std::unique_ptr<Protocol> build_protocol(Address const&) override { return nullptr; }
    void start_factory() override {
      if (++starts == 1) throw std::runtime_error("no file");
    }
    int starts = 0;
  };
  Reluctant factory;
  CHECK_THROWS_AS(factory.do_start(), std::runtime_error);
  factory.do_start();
  CHECK(factory.starts == 2);
}

TEST_CASE("A noisy factory says when it starts and stops, a silent one does not",
          "[factory][rule39]") {
  LogLines const log;
  Counting noisy;
  noisy.do_start();
  CHECK(log.count("factory started") == 1);
  noisy.do_stop();
  CHECK(log.count("factory stopped") == 1);
  Counting silent;
  silent.noisy = false;
  silent.do_start();
  silent.do_stop();
  CHECK(log.count("factory") == 2);
}

// --- the makers ---

struct Knowing : Protocol {
  Knowing(std::shared_ptr<int> count, std::string given)
      : shared(std::move(count)), name(std::move(given)) {}
  std::shared_ptr<int> shared;
  std::string name;
};

TEST_CASE("factory_for makes a new protocol each time, of arguments that are shared as told",
          "[factory]") {
  auto const count = std::make_shared<int>(0);
  auto const factory = factory_for<Knowing>(count, std::string("room"));
  auto const first = factory->build_protocol({});
  auto const second = factory->build_protocol({});
  CHECK(first != second);
  auto const& knowing = dynamic_cast<Knowing&>(*second);
  CHECK(knowing.shared == count);
  CHECK(knowing.name == "room");
}

struct Referring : Protocol {
  explicit Referring(int& value) : count(value) { ++count; }
  int& count;
};

TEST_CASE("factory_for takes references through std::ref", "[factory]") {
  int count = 0;
  auto const factory = factory_for<Referring>(std::ref(count));
  static_cast<void>(factory->build_protocol({}));
  static_cast<void>(factory->build_protocol({}));
  CHECK(count == 2);
}

TEST_CASE("make_factory calls a function, with the peer if it wants to know", "[factory]") {
  std::string peers;
  auto const curious = make_factory([&](Address const& peer) {
    peers += peer.to_string();
    return std::make_unique<Silent>();
  });
  auto const plain = make_factory([] { return std::make_unique<Silent>(); });
  CHECK(curious->build_protocol(*Address::ip("::1", 80)) != nullptr);
  CHECK(plain->build_protocol({}) != nullptr);
  CHECK(peers == "[::1]:80");
}

TEST_CASE("A function may build nothing and may own what cannot be copied", "[factory]") {
  auto const once =
      make_factory([last = std::make_unique<Silent>()]() mutable { return std::move(last); });
  CHECK(once->build_protocol({}) != nullptr);
  CHECK(once->build_protocol({}) == nullptr);
}

TEST_CASE("make_client_factory makes one for connectors", "[factory]") {
  auto const factory = make_client_factory([] { return std::make_unique<Silent>(); });
  static_assert(std::is_same_v<decltype(factory), std::shared_ptr<ClientFactory> const>);
  CHECK(factory->build_protocol({}) != nullptr);
}

}  // namespace
