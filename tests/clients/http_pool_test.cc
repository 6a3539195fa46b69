#include "clients/http_pool.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <vector>

#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

struct Quiet final : HttpResponseReceiver {
  void head_received(HttpHead) override {}
  void body_received(Bytes) override {}
  void response_done() override {}
};

// Takes from a pool, as in a story.
struct Pooled {
  explicit Pooled(HttpPool::Settings settings = {.idle_time = 240s}) { pool.emplace(settings); }

  HttpPool::Make maker() {
    return [this]() -> Deferred<HttpClient*> {
      ++made;
      if (refuse) return fail<HttpClient*>(std::make_error_code(std::errc::connection_refused));
      if (slow) {
        attempts.emplace_back();
        return std::move(attempts.back().deferred);
      }
      return succeed(connected());
    };
  }
  HttpClient* connected() {
    auto& wire = wires.emplace_back(&clock);
    auto client = std::make_unique<HttpClient>();
    auto* const made_one = client.get();
    wire.connect(std::move(client));
    return made_one;
  }
  // Says what came of take number N: "" for nothing yet, "new 0", "kept 1", or a failure.
  std::size_t take(std::string const& key, bool new_one = false) {
    auto const number = said.size();
    said.emplace_back();
    leases.emplace_back();
    auto lease = new_one ? pool->take_new(key, maker()) : pool->take(key, maker());
    takes.push_back(std::move(lease).add_both([this, number](Result<HttpPool::Lease> result) {
      if (!result) {
        said[number] = result.failure().message();
        return;
      }
      leases[number] = result->client;
      said[number] = result->kept ? "kept" : "new";
    }));
    return number;
  }
  // A request on it and its whole answer.
  void use(std::size_t number, std::string const& field = "") {
    auto& wire = wire_of(number);
    auto asked = leases[number]->request({}, quiet);
    wire.deliver("HTTP/1.1 200 OK\r\n" + field + "Content-Length: 0\r\n\r\n");
    CHECK(asked.has_result());
    wire.turn();
  }
  void give_back(std::size_t number, std::string const& key) {
    pool->give_back(key, *leases[number]);
    turn();
  }
  FakeTransport& wire_of(std::size_t number) {
    for (auto& wire : wires)
      if (!wire.lost() && &leases[number]->transport() == &wire) return wire;
    throw std::logic_error("no wire");
  }
  void turn() {
    for (auto& wire : wires)
      while (wire.busy()) wire.turn();
  }
  std::size_t open_wires() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(wires, [](FakeTransport const& wire) { return !wire.lost(); }));
  }

  struct Attempt {
    Deferred<HttpClient*> deferred;
    Promise<HttpClient*> promise = deferred.promise();
  };
  FakeClock clock;
  std::deque<FakeTransport> wires;
  std::deque<Attempt> attempts;
  Quiet quiet;
  std::optional<HttpPool> pool;
  std::vector<std::string> said;
  std::vector<HttpClient*> leases;
  std::vector<Deferred<void>> takes;
  int made = 0;
  bool refuse = false;
  bool slow = false;
};

TEST_CASE("A connection that was given back is kept for its key", "[http][pool][rule171]") {
  Pooled f;
  auto const one = f.take("a");
  CHECK(f.said[one] == "new");
  f.use(one);
  f.give_back(one, "a");
  auto const other = f.take("b");
  CHECK(f.said[other] == "new");
  auto const again = f.take("a");
  CHECK(f.said[again] == "kept");
  CHECK(f.leases[again] == f.leases[one]);
  CHECK(f.pool->open() == 2);
}

TEST_CASE("Who must not repeat a request gets a new connection", "[http][pool]") {
  Pooled f;
  auto const one = f.take("a");
  f.give_back(one, "a");
  CHECK(f.said[f.take("a", true)] == "new");
  CHECK(f.pool->open() == 2);
}

TEST_CASE("Two are kept for a key, the oldest is closed", "[http][pool][rule171]") {
  Pooled f;
  for (int i = 0; i < 3; ++i) f.take("a");
  for (std::size_t i = 0; i < 3; ++i) f.give_back(i, "a");
  CHECK(f.pool->open() == 2);
  CHECK(f.wires[0].lost());
  CHECK(f.open_wires() == 2);
}

TEST_CASE("One that is kept is closed after 240 seconds", "[http][pool][rule171]") {
  Pooled f;
  f.give_back(f.take("a"), "a");
  f.clock.advance(239s);
  f.turn();
  CHECK(f.open_wires() == 1);
  f.clock.advance(2s);
  f.turn();
  CHECK(f.open_wires() == 0);
  CHECK(f.pool->open() == 0);
  CHECK(f.said[f.take("a")] == "new");
}

TEST_CASE("One that is in use is not timed out", "[http][pool]") {
  Pooled f;
  f.give_back(f.take("a"), "a");
  f.take("a");
  f.clock.advance(500s);
  f.turn();
  CHECK(f.open_wires() == 1);
}

TEST_CASE("One that can carry no other request is closed", "[http][pool]") {
  Pooled f;
  auto const one = f.take("a");
  f.use(one, "Connection: close\r\n");
  CHECK(f.pool->open() == 0);
  CHECK(f.said[f.take("a")] == "new");
}

TEST_CASE("A kept one on which something comes is not given out", "[http][pool]") {
  Pooled f;
  f.give_back(f.take("a"), "a");
  f.wires[0].deliver("HTTP/1.1 408 Request Timeout\r\n\r\n");
  CHECK(f.said[f.take("a")] == "new");
  f.turn();
  CHECK(f.wires[0].lost());
  CHECK(f.pool->open() == 1);
}

TEST_CASE("Beyond the limit for a key they wait in line", "[http][pool]") {
  Pooled f({.most_for_key = 2});
  for (int i = 0; i < 4; ++i) f.take("a");
  CHECK(f.said == std::vector<std::string>{"new", "new", "", ""});
  CHECK(f.pool->waiting() == 2);
  CHECK(f.said[f.take("b")] == "new");  // another key has a line of its own
  f.give_back(1, "a");
  CHECK(f.said[2] == "kept");
  CHECK(f.said[3].empty());
  f.wires[0].lose();
  CHECK(f.said[3] == "new");
  CHECK(f.pool->open() == 3);
  CHECK(f.pool->waiting() == 0);
}

TEST_CASE("Beyond the limit for all keys the first come is served first", "[http][pool]") {
  Pooled f({.most_for_key = 0, .most = 2});
  f.take("z");
  f.take("y");
  f.take("b");
  f.take("a");
  f.wires[0].lose();
  CHECK(f.said == std::vector<std::string>{"new", "new", "new", ""});
  f.wires[1].lose();
  CHECK(f.said[3] == "new");
}

TEST_CASE("One that is kept makes room for another key", "[http][pool]") {
  Pooled f({.most_for_key = 0, .most = 2});
  f.take("a");
  f.give_back(f.take("b"), "b");
  auto const waits = f.take("c");
  CHECK(f.said[waits].empty());
  CHECK(f.pool->open() == 2);  // not more than allowed, for no moment
  f.turn();
  CHECK(f.wires[1].lost());
  CHECK(f.said[waits] == "new");
  CHECK(f.pool->open() == 2);
}

TEST_CASE("One that is kept makes room for a new one of its key", "[http][pool]") {
  Pooled f({.most_for_key = 1});
  f.give_back(f.take("a"), "a");
  auto const waits = f.take("a", true);
  f.turn();
  CHECK(f.said[waits] == "new");
  CHECK(f.open_wires() == 1);
}

TEST_CASE("Cancelling leaves the line", "[http][pool]") {
  Pooled f({.most_for_key = 1});
  for (int i = 0; i < 3; ++i) f.take("a");
  f.takes[1].cancel();
  CHECK(f.said[1] == Failure(Error::cancelled).message());
  CHECK(f.pool->waiting() == 1);
  f.give_back(0, "a");
  CHECK(f.said[2] == "kept");
  CHECK(f.made == 1);
}

TEST_CASE("Cancelling gives the attempt up and lets the next try", "[http][pool]") {
  Pooled f({.most_for_key = 1});
  f.slow = true;
  f.take("a");
  f.take("a");
  CHECK(f.made == 1);
  f.takes[0].cancel();
  CHECK(f.said[0] == Failure(Error::cancelled).message());
  CHECK(f.made == 2);
  f.attempts[1].promise.callback(f.connected());
  CHECK(f.said[1] == "new");
  CHECK(f.pool->open() == 1);
}

TEST_CASE("A failed attempt fails its take only, however many wait", "[http][pool]") {
  Pooled f({.most_for_key = 1});
  f.slow = true;
  for (int i = 0; i < 10000; ++i) f.take("a");
  f.slow = false;
  f.refuse = true;
  f.attempts[0].promise.errback(std::make_error_code(std::errc::connection_refused));
  CHECK(std::ranges::count(f.said, "Connection refused") == 10000);
  CHECK(f.pool->open() == 0);
  f.refuse = false;
  CHECK(f.said[f.take("a")] == "new");
}

TEST_CASE("What makes a connection may throw", "[http][pool]") {
  Pooled f({.most_for_key = 1});
  auto waiting = f.pool->take("a", []() -> Deferred<HttpClient*> { throw std::bad_alloc(); })
                     .add_both([](Result<HttpPool::Lease> lease) { CHECK_FALSE(lease); });
  CHECK(waiting.has_result());
  CHECK(f.pool->open() == 0);
  CHECK(f.said[f.take("a")] == "new");
}

TEST_CASE("A pool that goes closes what it keeps and fails who waits", "[http][pool]") {
  Pooled f({.most_for_key = 2});
  f.take("a");
  f.give_back(f.take("a"), "a");
  f.take("a");
  f.take("a");
  CHECK(f.said == std::vector<std::string>{"new", "new", "kept", ""});
  f.give_back(2, "a");
  CHECK(f.said[3] == "kept");
  auto const waits = f.take("a");
  f.pool.reset();
  CHECK(f.said[waits] == Failure(Error::abandoned).message());
  f.turn();
  CHECK(f.open_wires() == 2);
  f.wires[0].lose();  // whoever has them may go on
  CHECK(f.open_wires() == 1);
}

TEST_CASE("A pool may go while a connection is made", "[http][pool]") {
  Pooled f;
  f.slow = true;
  f.take("a");
  f.pool.reset();
  f.attempts[0].promise.callback(f.connected());
  CHECK(f.said[0] == "new");
  f.wires[0].lose();
}

TEST_CASE("A pool may go in what it lets go on", "[http][pool]") {
  Pooled f({.most_for_key = 1});
  f.take("a");
  auto gone =
      f.pool->take("a", f.maker()).add_both([&f](Result<HttpPool::Lease>) { f.pool.reset(); });
  f.pool->give_back("a", *f.leases[0]);
  CHECK(gone.has_result());
  CHECK_FALSE(f.pool);
}

TEST_CASE("Closing waits for all and serves nobody any more", "[http][pool]") {
  Pooled f;
  f.take("a");
  f.give_back(f.take("a"), "a");
  auto const closed = f.pool->close();
  f.turn();
  CHECK(f.open_wires() == 1);
  CHECK_FALSE(closed.has_result());
  CHECK(f.said[f.take("a")] == Failure(Error::abandoned).message());
  f.give_back(0, "a");
  CHECK(closed.has_result());
  CHECK(f.open_wires() == 0);
}

}  // namespace
