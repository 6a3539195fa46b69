// A call that is made again and again, on a clock that stands still.
#include "reactor/timer_service.h"

#include <stdexcept>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Fixture {
  FakeClock clock;
  int calls = 0;
  TimerService service{clock, 10s, [this] { ++calls; }};
};

TEST_CASE("A timer calls at once and then each step", "[timer_service][rule157]") {
  Fixture f;
  f.clock.advance(30s);
  CHECK(f.calls == 0);
  f.service.start_service().release();
  CHECK(f.calls == 1);
  f.clock.advance(9999ms);
  CHECK(f.calls == 1);
  f.clock.advance(1ms);
  CHECK(f.calls == 2);
  f.clock.advance(50s);
  CHECK(f.calls == 7);
}

TEST_CASE("A timer that is stopped makes no more calls, until it is started again",
          "[timer_service][rule157]") {
  Fixture f;
  f.service.start_service().release();
  f.clock.advance(5s);
  CHECK(result_of(f.service.stop_service()));
  f.clock.advance(1h);
  CHECK(f.calls == 1);
  CHECK(f.clock.delayed_calls().empty());
  f.service.start_service().release();
  CHECK(f.calls == 2);
  f.clock.advance(10s);
  CHECK(f.calls == 3);
}

TEST_CASE("A timer that goes calls no more", "[timer_service]") {
  FakeClock clock;
  int calls = 0;
  {
    TimerService service(clock, 1s, [&] { ++calls; });
    service.start_service().release();
  }
  clock.advance(1h);
  CHECK(calls == 1);
}

TEST_CASE("A slow call does not pile up others", "[timer_service][rule157]") {
  FakeClock clock;
  std::vector<long> at;
  TimerService service(clock, 10s, [&] {
    at.push_back(clock.now().time_since_epoch() / 1s);
    if (at.size() == 1) clock.advance(25s);
  });
  service.start_service().release();
  clock.advance(15s);
  CHECK(at == std::vector<long>{0, 30, 40});
}

TEST_CASE("The next call waits for a Deferred and keeps to the multiples of the step",
          "[timer_service][rule157]") {
  FakeClock clock;
  Promise<void> promise;
  int calls = 0;
  TimerService service(clock, 10s, [&] {
    ++calls;
    Deferred<void> work;
    promise = work.promise();
    return work;
  });
  service.start_service().release();
  clock.advance(25s);
  CHECK(calls == 1);
  promise.callback();
  clock.advance(4999ms);
  CHECK(calls == 1);
  clock.advance(1ms);
  CHECK(calls == 2);

  auto const stopped = service.stop_service();
  CHECK_FALSE(stopped.has_result());  // the second call is under way
  promise.callback();
  CHECK(stopped.has_result());
  clock.advance(1h);
  CHECK(calls == 2);
}

TEST_CASE("A call that fails is logged and is the last one", "[timer_service][rule157]") {
  LogLines const log;
  FakeClock clock;
  int calls = 0;
  TimerService service(clock, 1s, [&] {
    if (++calls == 2) throw std::runtime_error("no more quotes");
  });
  CHECK(result_of(service.start_service()));
  clock.advance(1h);
  CHECK(calls == 2);
  CHECK(log.count("a timer service failed: no more quotes") == 1);
  CHECK(result_of(service.stop_service()));
  service.start_service().release();
  CHECK(calls == 3);
}

TEST_CASE("A timer may be stopped inside its call", "[timer_service]") {
  FakeClock clock;
  std::optional<TimerService> service;
  int calls = 0;
  std::optional<Deferred<void>> stopped;
  service.emplace(clock, 1s, [&] {
    if (++calls == 2) stopped = service->stop_service();
  });
  service->start_service().release();
  clock.advance(1h);
  CHECK(calls == 2);
  CHECK(stopped->has_result());
}

TEST_CASE("A timer may be removed for good inside its call", "[timer_service]") {
  FakeClock clock;
  MultiService all;
  Service* timer = nullptr;
  int calls = 0;
  bool gone = false;
  timer = &all.emplace_service<TimerService>(clock, 1s, [&, token = Gone(gone)] {
    if (++calls == 2) all.remove_service(*timer).release();
  });
  all.start_service().release();
  clock.advance(1h);
  CHECK(calls == 2);
  CHECK(gone);
}

TEST_CASE("A step of zero is one call a turn", "[timer_service]") {
  FakeClock clock;
  int calls = 0;
  std::optional<TimerService> service;
  service.emplace(clock, 0s, [&] {
    if (++calls == 5) service->stop_service().release();
  });
  service->start_service().release();
  CHECK(calls == 1);
  clock.advance(0s);
  CHECK(calls == 5);
}

TEST_CASE("A negative step is an error", "[timer_service]") {
  FakeClock clock;
  CHECK_THROWS_AS(TimerService(clock, -1s, [] {}), std::invalid_argument);
}

}  // namespace
