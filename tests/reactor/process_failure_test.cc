// Processes where memory or descriptors are short: whatever fails, somebody is told, and neither a
// zombie nor a descriptor is left.
#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "reactor/process_output.h"
#include "reactor/threads.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/reactor/support/fail_calls.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/process.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

int open_descriptors() {
  int count = 0;
  auto* const directory = opendir("/proc/self/fd");
  while (readdir(directory)) ++count;
  closedir(directory);
  return count;
}

struct Outcome {
  bool complete = false;
  bool told = false;
  bool hung = false;
};
// `begin` and `end` go around what may fail.
using Scenario = Outcome (*)(std::function<void()> const& begin, std::function<void()> const& end);

// "" if nothing was made to fail, "well" if that was told and left nothing.
std::string verdict(Scenario scenario, std::function<void()> const& begin,
                    std::function<bool()> const& end) {
  scenario([] {}, [] {});  // to warm up
  auto const descriptors = open_descriptors();
  std::size_t lines = 0;
  auto const before = set_log_sink([&](Level, std::string_view) { ++lines; }, Level::error);
  auto failed = false;
  auto const outcome = scenario(begin, [&] { failed = end(); });
  std::string report;
  if (!failed) return outcome.complete ? "" : "incomplete without a failure";
  if (outcome.hung) report += "hung ";
  if (!outcome.complete && !outcome.told && lines == 0) report += "untold ";
  if (open_descriptors() > descriptors) report += "descriptors ";
  // Killed on the way, one may take a moment to die; a zombie or a living one stays.
  if (waitpid(-1, nullptr, 0) > 0) report += "child ";
  return report.empty() ? "well" : report;
}

std::string allocation_verdicts(Scenario scenario) {
  std::string wrong;
  long n = 1;
  for (; n < 500; ++n) {
    auto const report = in_child([&] {
      std::optional<FailAllocations> failing;
      return verdict(
          scenario, [&] { failing.emplace(n); },
          [&] {
            auto const failed = failing->failed();
            failing.reset();
            return failed;
          });
    });
    if (report.empty()) break;
    if (report != "well") wrong += std::to_string(n) + ": " + report + "; ";
  }
  CHECK(n > 1);
  CHECK(n < 500);
  return wrong;
}

std::string call_verdicts(Scenario scenario, CallPlan plan) {
  std::string wrong;
  for (plan.first = 1; plan.first < 500; ++plan.first) {
    auto const report = in_child([&] {
      std::optional<FailCalls> failing;
      return verdict(
          scenario, [&] { failing.emplace(plan); },
          [&] {
            auto const hits = failing->hits();
            failing.reset();
            return hits > 0;
          });
    });
    if (report.empty()) break;
    if (report != "well") wrong += std::to_string(plan.first) + ": " + report + "; ";
  }
  CHECK(plan.first > 1);
  CHECK(plan.first < 500);
  return wrong;
}

// Text goes through cat and comes back.
Outcome through_cat(std::function<void()> const& begin, std::function<void()> const& end) {
  static auto const text = pattern(100'000);
  Outcome outcome;
  std::size_t received = 0;
  std::optional<ProcessStatus> ended;
  struct Counting final : ProcessProtocol {
    Counting(std::size_t& received, std::optional<ProcessStatus>& ended, Outcome& outcome)
        : received_(received), ended_(ended), outcome_(outcome) {}
    void out_received(Bytes data) override { received_ += data.size(); }
    void child_connection_lost(int, Failure const& reason) override {
      outcome_.told |= !reason.is(Error::connection_done);
    }
    void process_ended(ProcessStatus const& status) override {
      ended_ = status;
      outcome_.told |= !status.done();
    }
    std::size_t& received_;
    std::optional<ProcessStatus>& ended_;
    Outcome& outcome_;
  };
  auto const reactor = make_reactor();
  begin();
  auto started = false;
  try {
    auto process = reactor->spawn_process(std::make_unique<Counting>(received, ended, outcome),
                                          "cat", {.environment = Environment{}});
    started = static_cast<bool>(process);
    outcome.told |= !started;
    if (started) {
      (*process)->write(text);
      (*process)->close_stdin();
    }
  } catch (std::bad_alloc const&) {
    outcome.told = true;
  }
  if (started) outcome.hung = !run_until(*reactor, [&] { return ended.has_value(); });
  end();
  outcome.complete = received == text.size() && ended && ended->done();
  return outcome;
}

Outcome captured(std::function<void()> const& begin, std::function<void()> const& end) {
  Outcome outcome;
  auto done = false;
  auto const reactor = make_reactor();
  begin();
  try {
    get_process_output(*reactor, "/bin/sh", {.arguments = {"-c", "echo a text of some length"}})
        .add_both([&](Result<std::string> const& output) {
          outcome.complete = output && output.value().size() == 22;
          outcome.told = !outcome.complete;
          done = true;
        })
        .release();
  } catch (std::bad_alloc const&) {
    outcome.told = done = true;
  }
  outcome.hung = !run_until(*reactor, [&] { return done; });
  end();
  run_until(*reactor, [] { return waitpid(-1, nullptr, WNOHANG) < 0; });
  return outcome;
}

Outcome deferred(std::function<void()> const& begin, std::function<void()> const& end) {
  Outcome outcome;
  auto done = false;
  auto const reactor = make_reactor();
  begin();
  try {
    defer_to_thread(*reactor, [] { return 7; })
        .add_both([&](Result<int> const& result) {
          outcome.complete = result && result.value() == 7;
          outcome.told = !outcome.complete;
          done = true;
        })
        .release();
  } catch (std::bad_alloc const&) {
    outcome.told = done = true;
  }
  outcome.hung = !run_until(*reactor, [&] { return done; });
  end();
  return outcome;
}

TEST_CASE("A process that lacks memory at any place is told of and leaves nothing",
          "[process][memory]") {
  CHECK(allocation_verdicts(&through_cat) == "");
}

TEST_CASE("So is one that is run for its output", "[process][memory]") {
  CHECK(allocation_verdicts(&captured) == "");
}

TEST_CASE("Work in a thread that lacks memory is told of", "[threads][memory]") {
  CHECK(allocation_verdicts(&deferred) == "");
}

TEST_CASE("A process that the system refuses something is told of and leaves nothing",
          "[process][calls]") {
  auto const* const calls = GENERATE("pipe2", "epoll_add", "writev", "read");
  INFO(calls);
  CHECK(call_verdicts(&through_cat, {.calls = calls, .error = ENOMEM}).empty());
}

TEST_CASE("A process that may not be killed changes nothing about the reason", "[process][calls]") {
  LogLines const log;
  auto const reactor = make_reactor();
  int input[2];  // as long as it is open the process lives
  REQUIRE(pipe2(input, O_CLOEXEC) == 0);
  SpawnOptions options{.arguments = {"-c", "echo 123456; cat"}};
  options.descriptors[0] = input[0];
  std::optional<Result<std::string>> result;
  {
    FailCalls const failing({.calls = "pidfd_send_signal", .error = EPERM, .every = 1});
    auto const end =
        get_process_output(*reactor, "/bin/sh", options, 5).add_both([&](Result<std::string> last) {
          result.emplace(std::move(last));
        });
    REQUIRE(run_until(*reactor, [&] { return result.has_value(); }));
    CHECK(failing.hits() == 1);
    auto cancelled = get_process_output(*reactor, "/bin/sh", options);
    CHECK_NOTHROW(cancelled.cancel());
    CHECK(failing.hits() == 2);
  }
  CHECK(result->failure().code() == std::errc::value_too_large);
  CHECK(log.count("failed") == 0);
  close(input[0]);
  close(input[1]);
  CHECK(run_until(*reactor, [] { return waitpid(-1, nullptr, WNOHANG) < 0; }));
}

TEST_CASE("Writes and reads of a pipe that do less than asked lose nothing", "[process][calls]") {
  CHECK(in_child([]() -> std::string {
          auto const reactor = make_reactor();
          FailCalls const failing({.calls = "writev", .effect = Effect::short_, .every = 2});
          auto const told = make_told();
          auto& process = *spawn(*reactor, told, "cat").value();
          auto const text = pattern(300'000);
          for (std::size_t i = 0; i < text.size(); i += 1000)
            process.write(std::string_view(text).substr(i, 1000));
          process.close_stdin();
          run_until(*reactor, [&] { return told->destroyed; });
          return difference(told->out(), text) + (failing.hits() > 0 ? "" : " without a failure");
        }) == "equal");
}

}  // namespace
