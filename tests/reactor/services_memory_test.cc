// Services that come back by themselves, and allocations that fail.
#include "reactor/client_service.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/memory_reactor.h"
#include "reactor/timer_service.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("A timer goes on after an allocation that failed", "[timer_service][memory]") {
  for (long number = 1;; ++number) {
    LogLines const log;
    FakeClock clock;
    int calls = 0;
    TimerService service(clock, 10s, [&] { ++calls; });
    service.start_service().release();
    auto failed = false;
    {
      FailAllocations const failing(number);
      clock.advance(10s);
      failed = failing.failed();
    }
    auto const so_far = calls;
    clock.advance(20s);
    CHECK(calls == so_far + 2);
    if (!failed) break;
    CHECK(log.count("a timer service could not") == 1);
  }
}

TEST_CASE("A client tries again after an allocation that failed", "[client_service][memory]") {
  Failure const refused = std::make_error_code(std::errc::connection_refused);
  for (long number = 1;; ++number) {
    MemoryReactor reactor;
    auto const connection = make_connection();
    ClientService::Settings settings;
    settings.retry = [](std::uint64_t) { return Duration(1s); };
    ClientService service(reactor, Endpoint::tcp("192.168.1.1", 80), factory_for(connection),
                          std::move(settings));
    service.start_service().release();
    auto& connector = *reactor.connectors().at(0);
    auto failed = false;
    {
      FailAllocations const failing(number);
      connector.fail(refused);
      reactor.advance(1s);
      failed = failing.failed();
    }
    if (connector.state() == Connector::State::disconnected) reactor.advance(1s);
    REQUIRE(connector.state() == Connector::State::connecting);
    connector.succeed();
    CHECK(connection->made);
    if (!failed) break;
  }
}

}  // namespace
