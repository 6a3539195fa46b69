#include "reactor/triggers.h"

#include <memory>
#include <stdexcept>
#include <string>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

constexpr auto before = Phase::before;
constexpr auto shutdown = SystemEvent::shutdown;

struct Fixture {
  Triggers triggers;
  std::string order;

  Triggers::Call note(std::string name) {
    return [this, name = std::move(name)] {
      order += name;
      return succeed();
    };
  }
  // Fires a phase; how many hold it back.
  std::shared_ptr<int> fire(Phase phase = before, SystemEvent event = shutdown) {
    auto held = triggers.fire(phase, event);
    return held ? held : std::make_shared<int>(0);
  }
};

TEST_CASE("Triggers of a phase run in the order of adding", "[triggers][rule62]") {
  Fixture f;
  for (auto const* name : {"a", "b", "c"}) f.triggers.add(before, shutdown, f.note(name));
  f.fire();
  CHECK(f.order == "abc");
}

TEST_CASE("A trigger runs in its own phase of its own event", "[triggers][rule61]") {
  Fixture f;
  f.triggers.add(Phase::during, shutdown, f.note("during "));
  f.triggers.add(Phase::after, shutdown, f.note("after "));
  f.triggers.add(before, shutdown, f.note("before "));
  f.triggers.add(before, SystemEvent::startup, f.note("startup "));
  f.fire(before, SystemEvent::startup);
  CHECK(f.order == "startup ");
  for (auto const phase : {before, Phase::during, Phase::after}) f.fire(phase);
  CHECK(f.order == "startup before during after ");
}

TEST_CASE("What a trigger returns holds its phase until it fires", "[triggers][rule61]") {
  Fixture f;
  Deferred<void> first;
  Deferred<void> second;
  auto promise = first.promise();
  auto other_promise = second.promise();
  f.triggers.add(before, shutdown, [&] { return std::move(first); });
  f.triggers.add(before, shutdown, f.note("at once"));
  f.triggers.add(before, shutdown, [&] { return std::move(second); });
  auto const held = f.fire();
  CHECK(f.order == "at once");
  CHECK(*held == 2);
  promise.callback();
  CHECK(*held == 1);
  other_promise.callback();
  CHECK(*held == 0);
}

TEST_CASE("Who waits for a phase is told when the last lets go, and not before it waits",
          "[triggers][rule61]") {
  Fixture f;
  auto told = 0;
  auto const fire = [&] { return f.triggers.fire(before, shutdown, [&] { ++told; }); };
  f.triggers.add(before, shutdown, f.note("at once"));
  fire();
  CHECK(told == 0);
  Deferred<void> first;
  Deferred<void> second;
  auto promise = first.promise();
  auto other_promise = second.promise();
  f.triggers.add(before, shutdown, [&] { return std::move(first); });
  f.triggers.add(before, shutdown, [&] { return std::move(second); });
  fire();
  promise.callback();
  CHECK(told == 0);
  other_promise.callback();
  CHECK(told == 1);
}

TEST_CASE("It need not succeed to let go; a failure is logged", "[triggers][rule61]") {
  LogLines const log;
  Fixture f;
  Deferred<void> waiting;
  auto promise = waiting.promise();
  f.triggers.add(before, shutdown, [&] { return std::move(waiting); });
  auto const held = f.fire();
  CHECK(*held == 1);
  promise.errback(Failure::with_message(Error::timed_out, "could not say goodbye"));
  CHECK(*held == 0);
  CHECK(log.count("could not say goodbye") == 1);
}

TEST_CASE("A trigger that throws is logged and the others run", "[triggers][rule62]") {
  LogLines const log;
  Fixture f;
  f.triggers.add(before, shutdown, []() -> Deferred<void> { throw std::runtime_error("broken"); });
  f.triggers.add(before, shutdown, f.note("next"));
  CHECK(*f.fire() == 0);
  CHECK(f.order == "next");
  CHECK(log.count("broken") == 1);
}

TEST_CASE("A removed trigger does not run, an unknown one is an error", "[triggers][rule63]") {
  Fixture f;
  auto const a = f.triggers.add(before, shutdown, f.note("a"));
  f.triggers.add(before, shutdown, f.note("b"));
  f.triggers.remove(a);
  f.fire();
  CHECK(f.order == "b");
  CHECK_THROWS_AS(f.triggers.remove(a), std::invalid_argument);
  CHECK_THROWS_AS(f.triggers.remove(9999), std::invalid_argument);
}

TEST_CASE("A trigger may remove itself and those that are still to come", "[triggers][rule63]") {
  Fixture f;
  TriggerId self = 0;
  TriggerId next = 0;
  auto const token = std::make_shared<int>(1);
  self = f.triggers.add(before, shutdown, [&, token] {
    f.triggers.remove(self);
    f.triggers.remove(next);
    f.order += *token == 1 ? "self" : "";  // what it holds is still there
    return succeed();
  });
  next = f.triggers.add(before, shutdown, f.note("next"));
  f.triggers.add(before, shutdown, f.note(" last"));
  f.fire();
  CHECK(f.order == "self last");
  CHECK(token.use_count() == 1);
}

TEST_CASE("A trigger added to the phase that runs waits for the next time", "[triggers][rule62]") {
  Fixture f;
  f.triggers.add(before, shutdown, [&] {
    if (f.order.empty()) f.triggers.add(before, shutdown, f.note("late"));
    f.order += "first ";
    return succeed();
  });
  f.fire();
  CHECK(f.order == "first ");
  f.fire();
  CHECK(f.order == "first first late");
}

}  // namespace
