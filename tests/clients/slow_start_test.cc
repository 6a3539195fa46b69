#include "clients/slow_start.h"

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

// Three who wait for their turn.
struct Line {
  Line() {
    for (int i = 0; i < 3; ++i) turns.push_back(start.turn().add_callback([this] { ++begun; }));
  }
  void end(std::size_t count) {
    while (count-- > 0) start.ended();
  }

  FakeClock clock;
  SlowStart start{clock};
  std::vector<Deferred<void>> turns;
  int begun = 0;
};

TEST_CASE("All begin when the few are slow", "[fetch]") {
  Line f;
  f.end(SlowStart::few - 1);
  f.clock.advance(SlowStart::soon - Duration(1));
  CHECK(f.begun == 0);
  f.clock.advance(Duration(1));
  CHECK(f.begun == 3);
  CHECK(f.clock.delayed_calls().empty());
}

TEST_CASE("They wait for as long as the few are quick", "[fetch]") {
  Line f;
  for (int i = 0; i < 5; ++i) {
    f.end(SlowStart::few);
    f.clock.advance(SlowStart::soon);
  }
  CHECK(f.begun == 0);
  f.clock.advance(SlowStart::soon);
  CHECK(f.begun == 3);
}

TEST_CASE("They need not wait when nothing else is to be done", "[fetch]") {
  Line f;
  f.start.go();
  CHECK(f.begun == 3);
  CHECK(f.clock.delayed_calls().empty());
}

TEST_CASE("Who no longer wants it has no turn", "[fetch]") {
  Line f;
  for (auto& turn : f.turns) turn.cancel();
  f.turns.clear();
  f.clock.advance(SlowStart::soon);
  CHECK(f.begun == 0);
}

TEST_CASE("Who asks when all may begin does not wait", "[fetch]") {
  Line f;
  f.start.go();
  CHECK(f.begun == 3);
  f.turns.push_back(f.start.turn().add_callback([&] { ++f.begun; }));
  CHECK(f.begun == 4);
  CHECK(f.clock.delayed_calls().empty());
}

}  // namespace
