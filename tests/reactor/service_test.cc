// Services one by one, and several as one.
#include "reactor/service.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// What several services did, in order.
struct Story {
  void tell(std::string const& event) { text += (text.empty() ? "" : " ") + event; }
  std::string take() { return std::exchange(text, {}); }
  std::string text;
};

// Writes down what it is told, and takes as long for it as the test wants.
class Recorder final : public Service {
 public:
  using Doing = std::function<Deferred<void>()>;

  explicit Recorder(Story& story, std::string name = "a")
      : Service(std::move(name)), story_(story) {}
  ~Recorder() override { story_.tell("~" + name()); }

  Doing privileged = [] { return succeed(); };
  Doing start = [] { return succeed(); };
  Doing stop = [] { return succeed(); };

 private:
  Deferred<void> on_privileged_start() override {
    story_.tell("privileged:" + name());
    return privileged();
  }
  Deferred<void> on_start() override {
    story_.tell("start:" + name());
    return start();
  }
  Deferred<void> on_stop() override {
    story_.tell("stop:" + name());
    return stop();
  }

  Story& story_;
};

// A step that waits until the test fires `promise`.
struct Pending {
  Recorder::Doing doing() {
    return [this] {
      Deferred<void> deferred;
      promise = deferred.promise();
      return deferred;
    };
  }
  Promise<void> promise;
};

Recorder::Doing failing(Failure why) {
  return [why] { return fail<void>(why); };
}

Failure const out_of_order = std::make_error_code(std::errc::io_error);

struct One {
  Story story;
  Recorder service{story};
};

TEST_CASE("Starting makes a service run, stopping ends that", "[service][rule154]") {
  One one;
  CHECK_FALSE(one.service.running());
  CHECK(result_of(one.service.start_service()));
  CHECK(one.service.running());
  CHECK(result_of(one.service.stop_service()));
  CHECK_FALSE(one.service.running());
  CHECK(one.story.text == "privileged:a start:a stop:a");
}

TEST_CASE("The privileged part comes first and once", "[service][rule154]") {
  One one;
  CHECK(result_of(one.service.privileged_start_service()));
  CHECK(one.story.take() == "privileged:a");
  CHECK_FALSE(one.service.running());
  CHECK(result_of(one.service.privileged_start_service()));
  CHECK(result_of(one.service.start_service()));
  CHECK(one.story.text == "start:a");
}

TEST_CASE("Each time it is started it does all again", "[service][rule154]") {
  One one;
  for (int i = 0; i < 3; ++i) {
    one.service.start_service().release();
    one.service.stop_service().release();
    CHECK(one.story.take() == "privileged:a start:a stop:a");
  }
}

TEST_CASE("Starting or stopping twice is the same as once", "[service][rule154]") {
  One one;
  CHECK(result_of(one.service.stop_service()));
  one.service.start_service().release();
  CHECK(result_of(one.service.start_service()));
  one.service.stop_service().release();
  CHECK(result_of(one.service.stop_service()));
  CHECK(one.story.text == "privileged:a start:a stop:a");
}

TEST_CASE("Stopping fires when it is done, for all who asked", "[service][rule154]") {
  One one;
  Pending stop;
  one.service.stop = stop.doing();
  one.service.start_service().release();
  auto const first = one.service.stop_service();
  auto const second = one.service.stop_service();
  CHECK_FALSE(one.service.running());
  CHECK_FALSE(first.has_result());
  CHECK_FALSE(second.has_result());
  stop.promise.callback();
  CHECK(first.has_result());
  CHECK(second.has_result());
  CHECK(one.story.text == "privileged:a start:a stop:a");
}

TEST_CASE("What is prepared only is stopped too", "[service][rule154]") {
  One one;
  one.service.privileged_start_service().release();
  CHECK(result_of(one.service.stop_service()));
  CHECK(one.story.text == "privileged:a stop:a");
}

TEST_CASE("The start waits for a privileged part that takes time", "[service][rule154]") {
  One one;
  Pending privileged;
  one.service.privileged = privileged.doing();
  SECTION("that is part of it") {}
  SECTION("that was asked for before") { one.service.privileged_start_service().release(); }
  auto const started = one.service.start_service();
  CHECK(one.story.text == "privileged:a");
  CHECK(one.service.running());
  privileged.promise.callback();
  CHECK(started.has_result());
  CHECK(one.story.text == "privileged:a start:a");
}

TEST_CASE("A start that fails says why and may be tried again", "[service]") {
  One one;
  SECTION("in its first part") { one.service.privileged = failing(out_of_order); }
  SECTION("in its second part") { one.service.start = failing(out_of_order); }
  SECTION("by throwing") {
    one.service.start = []() -> Deferred<void> { throw FailureException(out_of_order); };
  }
  CHECK(failure_of(one.service.start_service()).code() == out_of_order.code());
  CHECK(one.service.running());
  one.service.privileged = one.service.start = [] { return succeed(); };
  one.story.take();
  CHECK(result_of(one.service.start_service()));
  CHECK(one.story.text.ends_with("start:a"));
}

TEST_CASE("After a start that failed there is something to stop", "[service]") {
  One one;
  one.service.privileged = failing(out_of_order);
  failure_of(one.service.start_service());
  CHECK(result_of(one.service.stop_service()));
  CHECK(one.story.text == "privileged:a stop:a");
  CHECK_FALSE(one.service.running());
}

TEST_CASE("A stop that fails says why and is the end all the same", "[service]") {
  One one;
  one.service.stop = failing(out_of_order);
  one.service.start_service().release();
  CHECK(failure_of(one.service.stop_service()).code() == out_of_order.code());
  CHECK_FALSE(one.service.running());
  CHECK(result_of(one.service.stop_service()));
}

TEST_CASE("Stopping cancels a start that is under way", "[service]") {
  One one;
  Pending pending;
  SECTION("in its first part") { one.service.privileged = pending.doing(); }
  SECTION("in its second part") { one.service.start = pending.doing(); }
  auto started = one.service.start_service();
  CHECK(result_of(one.service.stop_service()));
  CHECK(failure_of(std::move(started)).is(Error::cancelled));
  CHECK(one.story.text.ends_with("stop:a"));
  pending.promise.callback();  // too late, and nobody minds
  CHECK(one.story.text.ends_with("stop:a"));
}

TEST_CASE("Stopping waits for a start that does not let itself be cancelled", "[service]") {
  One one;
  Halves<void> work;
  one.service.start = [&]() -> Deferred<void> {
    return std::move(work.deferred).add_errback([](Failure const&) {});  // takes it for done
  };
  auto const started = one.service.start_service();
  CHECK(result_of(one.service.stop_service()));
  CHECK(started.has_result());
  CHECK(one.story.text == "privileged:a start:a stop:a");
}

TEST_CASE("A start during a stop comes after it", "[service]") {
  One one;
  Pending stop;
  one.service.stop = stop.doing();
  one.service.start_service().release();
  auto const stopped = one.service.stop_service();
  auto const started = one.service.start_service();
  CHECK(one.service.running());
  CHECK(one.story.take() == "privileged:a start:a stop:a");
  stop.promise.callback();
  CHECK(stopped.has_result());
  CHECK(started.has_result());
  CHECK(one.story.text == "privileged:a start:a");
}

TEST_CASE("Of many wishes during a stop the last one counts", "[service]") {
  One one;
  Pending stop;
  one.service.stop = stop.doing();
  one.service.start_service().release();
  one.service.stop_service().release();
  auto first = one.service.start_service();
  auto second = one.service.stop_service();
  one.story.take();
  SECTION("to stop") {
    stop.promise.callback();
    CHECK(failure_of(std::move(first)).is(Error::cancelled));
    CHECK(result_of(std::move(second)));
    CHECK(one.story.text.empty());
    CHECK_FALSE(one.service.running());
  }
  SECTION("to start") {
    auto const third = one.service.start_service();
    stop.promise.callback();
    CHECK(result_of(std::move(first)));
    CHECK(failure_of(std::move(second)).is(Error::cancelled));
    CHECK(third.has_result());
    CHECK(one.story.text == "privileged:a start:a");
  }
}

TEST_CASE("A service may stop itself while it starts", "[service]") {
  One one;
  std::optional<Deferred<void>> stopped;
  one.service.start = [&] {
    stopped = one.service.stop_service();
    return succeed();
  };
  one.service.start_service().release();
  CHECK(stopped->has_result());
  CHECK_FALSE(one.service.running());
  CHECK(one.story.text == "privileged:a start:a stop:a");
}

TEST_CASE("What was asked of a service that goes is abandoned", "[service]") {
  Story story;
  Pending stop;
  auto service = std::make_unique<Recorder>(story);
  service->stop = stop.doing();
  service->start_service().release();
  auto stopped = service->stop_service();
  auto started = service->start_service();
  service.reset();
  CHECK(failure_of(std::move(started)).is(Error::abandoned));
  stop.promise.callback();
  CHECK(failure_of(std::move(stopped)).is(Error::abandoned));
}

TEST_CASE("A service may go when it is told to have stopped", "[service]") {
  Story story;
  Pending stop;
  auto service = std::make_unique<Recorder>(story);
  service->stop = stop.doing();
  service->start_service().release();
  service->stop_service().add_callback([&] { service.reset(); }).release();
  auto waiting = service->stop_service();
  stop.promise.callback();
  CHECK_FALSE(service);
  CHECK(failure_of(std::move(waiting)).is(Error::abandoned));
}

// --- several ---

struct Several {
  Recorder& add(std::string name) { return all.emplace_service<Recorder>(story, std::move(name)); }

  Story story;
  MultiService all;
};

TEST_CASE("Children start in order and stop in reverse", "[service][rule156]") {
  Several s;
  s.add("a");
  s.add("b");
  s.add("c");
  CHECK(s.story.text.empty());
  CHECK(result_of(s.all.start_service()));
  CHECK(s.story.take() == "privileged:a privileged:b privileged:c start:a start:b start:c");
  CHECK(result_of(s.all.stop_service()));
  CHECK(s.story.text == "stop:c stop:b stop:a");
}

TEST_CASE("The privileged part of all comes before the start of any",
          "[service][rule154][rule156]") {
  Several s;
  s.add("a");
  s.add("b");
  CHECK(result_of(s.all.privileged_start_service()));
  CHECK(s.story.take() == "privileged:a privileged:b");
  CHECK_FALSE(s.all.services().front()->running());
  CHECK(result_of(s.all.start_service()));
  CHECK(s.story.text == "start:a start:b");
}

TEST_CASE("All have stopped when the slowest has", "[service][rule156]") {
  Several s;
  Pending a, b;
  s.add("a").stop = a.doing();
  s.add("b").stop = b.doing();
  s.all.start_service().release();
  auto const stopped = s.all.stop_service();
  CHECK(s.story.text.ends_with("stop:b stop:a"));  // b is not waited for
  b.promise.callback();
  CHECK_FALSE(stopped.has_result());
  a.promise.callback();
  CHECK(stopped.has_result());
}

TEST_CASE("All have started when the slowest has", "[service][rule156]") {
  Several s;
  Pending a;
  s.add("a").start = a.doing();
  s.add("b");
  auto const started = s.all.start_service();
  CHECK(s.story.text.ends_with("start:a start:b"));
  CHECK_FALSE(started.has_result());
  a.promise.callback();
  CHECK(started.has_result());
}

TEST_CASE("A child that is added while they run is started at once", "[service][rule156]") {
  Several s;
  s.all.start_service().release();
  SECTION("made in place") {
    auto const& added = s.add("a");
    CHECK(added.running());
    CHECK(s.story.text == "privileged:a start:a");
  }
  SECTION("and says when it has started") {
    Pending start;
    auto child = std::make_unique<Recorder>(s.story);
    child->start = start.doing();
    auto const added = s.all.add_service(std::move(child));
    CHECK_FALSE(added.has_result());
    start.promise.callback();
    CHECK(added.has_result());
  }
  SECTION("and says why it has not") {
    auto child = std::make_unique<Recorder>(s.story);
    child->start = failing(out_of_order);
    CHECK(failure_of(s.all.add_service(std::move(child))).code() == out_of_order.code());
  }
}

TEST_CASE("A child made in place that does not start is logged", "[service]") {
  class Broken final : public Service {
    Deferred<void> on_start() override { return fail<void>(out_of_order); }
  };
  LogLines const log;
  MultiService all;
  all.start_service().release();
  all.emplace_service<Broken>();
  CHECK(log.count("a service did not start: " + out_of_order.message()) == 1);
}

TEST_CASE("A child that is removed while they run is stopped", "[service][rule156]") {
  Several s;
  auto& a = s.add("a");
  s.add("b");
  s.all.start_service().release();
  s.story.take();
  auto removed = value_of(s.all.remove_service(a));
  CHECK(removed.get() == &a);
  CHECK(a.parent() == nullptr);
  CHECK_FALSE(a.running());
  CHECK(s.story.take() == "stop:a");
  CHECK(s.all.services().size() == 1);
  s.all.stop_service().release();
  CHECK(s.story.text == "stop:b");
}

TEST_CASE("A removed child is given when it has stopped", "[service][rule156]") {
  Several s;
  Pending stop;
  auto& a = s.add("a");
  a.stop = stop.doing();
  s.all.start_service().release();
  auto removed = s.all.remove_service(a);
  CHECK_FALSE(removed.has_result());
  CHECK(s.all.services().empty());
  SECTION("and the stop of all waits for it") {
    auto const stopped = s.all.stop_service();
    CHECK_FALSE(stopped.has_result());
    stop.promise.callback();
    CHECK(stopped.has_result());
    CHECK(value_of(std::move(removed)).get() == &a);
  }
  SECTION("or destroyed then if nobody wants it") {
    std::move(removed).release();
    s.story.take();
    stop.promise.callback();
    CHECK(s.story.text == "~a");
  }
}

TEST_CASE("A child may be removed and destroyed inside the stop of all", "[service]") {
  Several s;
  auto& a = s.add("a");
  a.stop = [&] {
    s.all.remove_service(a).release();
    return succeed();
  };
  s.add("b");
  s.all.start_service().release();
  s.story.take();
  CHECK(result_of(s.all.stop_service()));
  CHECK(s.story.text == "stop:b stop:a ~a");
}

TEST_CASE("Removing what does not run stops nothing, and a stranger is an error", "[service]") {
  Several s;
  auto& a = s.add("a");
  auto const removed = value_of(s.all.remove_service(a));
  CHECK(s.story.text.empty());
  CHECK_THROWS_AS(s.all.remove_service(*removed), std::invalid_argument);
}

TEST_CASE("A removed child whose stop fails is logged and given", "[service]") {
  LogLines const log;
  Several s;
  auto& a = s.add("a");
  a.stop = failing(out_of_order);
  s.all.start_service().release();
  CHECK(value_of(s.all.remove_service(a)).get() == &a);
  CHECK(log.count(out_of_order.message()) == 1);
}

TEST_CASE("A child that does not start does not stop the others; the first failure is told",
          "[service]") {
  LogLines const log;
  Several s;
  s.add("a").start = failing(out_of_order);
  s.add("b").start = failing(Error::cannot_listen);
  auto const& c = s.add("c");
  CHECK(failure_of(s.all.start_service()).code() == out_of_order.code());
  CHECK(c.running());
  CHECK(log.count(Failure(Error::cannot_listen).message()) == 1);
  CHECK(s.all.running());
  s.story.take();
  CHECK(result_of(s.all.stop_service()));
  CHECK(s.story.text == "stop:c stop:b stop:a");
}

TEST_CASE("When the privileged part of one fails the others can be stopped", "[service]") {
  Several s;
  s.add("a");
  s.add("b").privileged = failing(out_of_order);
  failure_of(s.all.start_service());
  CHECK(s.story.take() == "privileged:a privileged:b");
  CHECK(result_of(s.all.stop_service()));
  CHECK(s.story.text == "stop:b stop:a");
}

TEST_CASE("Stopping all cancels the starts that are under way", "[service]") {
  LogLines const log;
  Several s;
  Pending a, b;
  s.add("a").start = a.doing();
  s.add("b").start = b.doing();
  auto started = s.all.start_service();
  CHECK(result_of(s.all.stop_service()));
  CHECK(failure_of(std::move(started)).is(Error::cancelled));
  CHECK(s.story.text.ends_with("start:b stop:b stop:a"));
  CHECK(log.text().empty());
}

TEST_CASE("Several services may be one of several", "[service][rule156]") {
  Several s;
  auto& inner = s.all.emplace_service<MultiService>("inner");
  inner.emplace_service<Recorder>(s.story, "deep");
  s.add("b");
  s.all.start_service().release();
  CHECK(s.story.take() == "privileged:deep privileged:b start:deep start:b");
  s.all.stop_service().release();
  CHECK(s.story.text == "stop:b stop:deep");
  CHECK(inner.parent() == &s.all);
}

TEST_CASE("A name is settled once there is a parent", "[service][rule155]") {
  Several s;
  Recorder alone(s.story, "x");
  alone.set_name("y");
  CHECK(alone.name() == "y");
  auto& child = s.add("a");
  CHECK_THROWS_AS(child.set_name("b"), std::logic_error);
  CHECK(child.name() == "a");
  auto const removed = value_of(s.all.remove_service(child));
  CHECK_NOTHROW(removed->set_name("b"));
}

TEST_CASE("Two children of one name are an error, without names they are not",
          "[service][rule155]") {
  Several s;
  s.add("a");
  CHECK_THROWS_AS(s.add("a"), ServiceNameTaken);
  CHECK(s.all.services().size() == 1);
  s.add("");
  CHECK_NOTHROW(s.add(""));
}

TEST_CASE("No child at all is an error", "[service]") {
  MultiService all;
  CHECK_THROWS_AS(all.add_service(nullptr), std::invalid_argument);
}

TEST_CASE("A child is found by its name", "[service][rule155]") {
  Several s;
  s.add("");
  auto const& b = s.add("b");
  CHECK(s.all.service_named("b") == &b);
  CHECK(s.all.service_named("c") == nullptr);
  CHECK(s.all.service_named("") == nullptr);
}

TEST_CASE("A new parent takes a child from the old one", "[service][rule155]") {
  Several from;
  MultiService to;
  auto& a = from.add("a");
  from.all.start_service().release();
  from.story.take();
  SECTION("and starts it if it runs") {
    to.start_service().release();
    CHECK(result_of(a.set_service_parent(to)));
    CHECK(from.story.text == "stop:a privileged:a start:a");
  }
  SECTION("and does not start it otherwise") {
    CHECK(result_of(a.set_service_parent(to)));
    CHECK(from.story.text == "stop:a");
  }
  CHECK(a.parent() == &to);
  CHECK(from.all.services().empty());
  CHECK(to.services().size() == 1);
}

TEST_CASE("A child moves when it has stopped", "[service][rule155]") {
  Several from;
  auto to = std::make_unique<MultiService>();
  Pending stop;
  auto& a = from.add("a");
  a.stop = stop.doing();
  from.all.start_service().release();
  auto moved = a.set_service_parent(*to);
  CHECK_FALSE(moved.has_result());
  SECTION("to the new parent") {
    stop.promise.callback();
    CHECK(a.parent() == to.get());
  }
  SECTION("nowhere if that has gone") {
    to.reset();
    stop.promise.callback();
    CHECK(failure_of(std::move(moved)).is(Error::abandoned));
    CHECK(from.story.text.ends_with("~a"));
  }
}

TEST_CASE("A child stays where it is if its name is taken at the new parent",
          "[service][rule155]") {
  Several from, to;
  auto& a = from.add("a");
  to.add("a");
  CHECK_THROWS_AS(a.set_service_parent(to.all), ServiceNameTaken);
  CHECK(a.parent() == &from.all);
  Recorder alone(from.story);
  CHECK_THROWS_AS(alone.set_service_parent(to.all), std::logic_error);
}

TEST_CASE("Children go with their parent, the last one first", "[service]") {
  Story story;
  {
    MultiService all;
    all.emplace_service<Recorder>(story, "a");
    all.emplace_service<Recorder>(story, "b");
  }
  CHECK(story.text == "~b ~a");
}

TEST_CASE("A child that is on its way out goes with its parent", "[service]") {
  Story story;
  Pending stop;
  std::optional<Deferred<std::unique_ptr<Service>>> removed;
  {
    MultiService all;
    auto& a = all.emplace_service<Recorder>(story, "a");
    a.stop = stop.doing();
    all.start_service().release();
    removed = all.remove_service(a);
  }
  CHECK(story.text.ends_with("~a"));
  stop.promise.callback();
  CHECK(failure_of(std::move(*removed)).is(Error::abandoned));
}

}  // namespace
