#include "reactor/client_creator.h"

#include "tests/support/catch.h"

using namespace twx;
using namespace std::chrono_literals;

namespace {

struct Idle : Protocol {
  bool* made = nullptr;
  void connection_made() override {
    if (made) *made = true;
  }
};

// A reactor that gives a test ten seconds.
struct Fixture {
  std::unique_ptr<Reactor> reactor = make_reactor();
  DelayedCall limit = reactor->call_later(10s, [this] { reactor->crash(); });

  std::uint16_t listen() {
    return (*reactor->listen_tcp(0, factory_for<Idle>(), {}, "127.0.0.1"))->host().port();
  }
};

}  // namespace

TEST_CASE("a ClientCreator gives the protocol after its connection_made", "[client][rule53]") {
  Fixture f;
  ClientCreator<Idle> creator(*f.reactor);
  bool connected = false;
  creator.connect_tcp("127.0.0.1", f.listen())
      .add_callback([&](Idle* protocol) {
        connected = protocol->connected();
        f.reactor->stop();
      })
      .release();
  CHECK_FALSE(connected);  // never inside the call
  f.reactor->run(false);
  CHECK(connected);
}

TEST_CASE("a refused connection fails the Deferred", "[client][rule53]") {
  Fixture f;
  std::uint16_t port = 0;
  {
    Fixture gone;
    port = gone.listen();
  }
  std::error_code code;
  ClientCreator<Idle>(*f.reactor)
      .connect_tcp("127.0.0.1", port)
      .add_both([&](Result<Idle*> result) {
        code = result.failure().code();
        f.reactor->stop();
      })
      .release();
  f.reactor->run(false);
  CHECK(code == std::errc::connection_refused);
}

TEST_CASE("a factory that builds nothing fails with no_protocol", "[client][rule54]") {
  Fixture f;
  bool no_protocol = false;
  auto const nothing = make_factory([] { return std::unique_ptr<Protocol>(); });
  connect(*f.reactor, Endpoint::tcp("127.0.0.1", f.listen()), nothing)
      .add_both([&](Result<Protocol*> result) {
        no_protocol = !result && result.failure().is(Error::no_protocol);
        f.reactor->stop();
      })
      .release();
  f.reactor->run(false);
  CHECK(no_protocol);
}

TEST_CASE("cancelling gives the attempt up", "[client][rule53][rule54]") {
  Fixture f;
  bool made = false;
  bool cancelled = false;
  auto protocol = std::make_unique<Idle>();
  protocol->made = &made;
  auto attempt =
      connect_protocol(*f.reactor, Endpoint::tcp("127.0.0.1", f.listen()), std::move(protocol));
  auto result = std::move(attempt).add_both(
      [&](Result<Idle*> outcome) { cancelled = outcome.failure().is(Error::cancelled); });
  result.cancel();
  CHECK(cancelled);
  auto const end = f.reactor->call_later(20ms, [&] { f.reactor->stop(); });
  f.reactor->run(false);
  CHECK_FALSE(made);
}

TEST_CASE("a protocol that exists already can be connected", "[client][rule55]") {
  Fixture f;
  bool made = false;
  auto protocol = std::make_unique<Idle>();
  protocol->made = &made;
  auto const* const mine = protocol.get();
  Idle const* given = nullptr;
  connect_protocol(*f.reactor, Endpoint::tcp("127.0.0.1", f.listen()), std::move(protocol))
      .add_callback([&](Idle* connected) {
        given = connected;
        f.reactor->stop();
      })
      .release();
  f.reactor->run(false);
  CHECK(made);
  CHECK(given == mine);
}
