// A limit on the rate, and allocations that fail.
#include "protocols/throttling.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Reading = FakeTransport::Reading;

class Idle final : public Protocol {};

TEST_CASE("A second that could not be counted does not end the throttling",
          "[throttling][memory]") {
  LogLines const log;
  for (long number = 1;; ++number) {
    FakeClock clock;
    ThrottlingFactory factory(clock, factory_for<Idle>(), {.read = 100});
    FakeTransport wire(&clock);
    wire.connect(factory.build_protocol({}));
    std::string const much(200, 'x');
    wire.deliver(much);
    auto failed = false;
    {
      FailAllocations const failing(number);
      clock.advance(1s);
      failed = failing.failed();
    }
    wire.turn();
    clock.advance(1s);
    wire.turn();
    CHECK(wire.reading_state() == Reading::producing);
    wire.deliver(much);
    clock.advance(1s);
    wire.turn();
    CHECK(wire.reading_state() == Reading::paused);
    clock.advance(1s);
    wire.turn();
    CHECK(wire.reading_state() == Reading::producing);
    if (!failed) break;
    CHECK(log.text() != "");
  }
}

}  // namespace
