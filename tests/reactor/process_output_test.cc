// get_process_output and its like.
#include "reactor/process_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// Runs the reactor until the Deferred has fired.
template <class T>
Result<T> wait_for(Reactor& reactor, Deferred<T> deferred) {
  std::optional<Result<T>> result;
  auto const end =
      std::move(deferred).add_both([&](Result<T> last) { result.emplace(std::move(last)); });
  REQUIRE(run_until(reactor, [&] { return result.has_value(); }));
  return std::move(*result);
}

SpawnOptions script(std::string text) { return {.arguments = {"-c", std::move(text)}}; }

TEST_CASE("get_process_output gives what the process wrote", "[process][rule149]") {
  auto const reactor = make_reactor();
  CHECK(wait_for(*reactor, get_process_output(*reactor, "printf", {.arguments = {"%s-", "a", "b"}}))
            .value() == "a-b-");
  CHECK(wait_for(*reactor, get_process_output(*reactor, "/bin/sh", script("cat; echo warn >&2")))
            .value()
            .empty());
}

TEST_CASE("An unsuccessful end fails it, with the last line of the errors", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto const message = [&](std::string text) {
    auto result = wait_for(*reactor, get_process_output(*reactor, "/bin/sh", script(text)));
    REQUIRE_FALSE(result);
    CHECK(result.failure().is(Error::process_terminated));
    return result.failure().message();
  };
  CHECK(message("echo lost; exit 3") == "Process ended with exit code 3");
  CHECK(message("echo one >&2; echo 'no luck' >&2; exit 3") ==
        "Process ended with exit code 3: no luck");
  CHECK(message("kill -KILL $$") == "Process ended by SIGKILL");
}

TEST_CASE("get_process_value gives the exit code", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto const value = [&](std::string text) {
    return wait_for(*reactor, get_process_value(*reactor, "/bin/sh", script(std::move(text))));
  };
  CHECK(value("exit 0").value() == 0);
  CHECK(value("exit 77").value() == 77);
  CHECK(value("yes | head -c 1000000; yes | head -c 1000000 >&2; exit 5").value() == 5);
  CHECK(value("kill -TERM $$").failure().message() == "Process ended by SIGTERM");
}

TEST_CASE("get_process_output_and_value gives all of it, however it ends", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto const run = [&](std::string text) {
    return wait_for(*reactor,
                    get_process_output_and_value(*reactor, "/bin/sh", script(std::move(text))))
        .value();
  };
  auto const exited = run("echo out; echo err >&2; exit 4");
  CHECK(exited.out == "out\n");
  CHECK(exited.err == "err\n");
  CHECK(exited.status.exit_code == 4);
  auto const killed = run("echo out; kill -TERM $$");
  CHECK(killed.out == "out\n");
  CHECK(killed.status.signal == SIGTERM);
}

TEST_CASE("The process gets the descriptors and the environment of the options",
          "[process][rule149]") {
  auto const reactor = make_reactor();
  ScratchDirectory scratch;
  auto const file = open(scratch.path("in").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(pwrite(file, "from a file", 11, 0) == 11);
  auto options = script("cat; echo $A");
  options.descriptors[0] = file;
  options.environment = Environment{{"A", "1"}};
  CHECK(wait_for(*reactor, get_process_output(*reactor, "/bin/sh", std::move(options))).value() ==
        "from a file1\n");
  close(file);
}

TEST_CASE("What cannot be started fails it", "[process][rule149]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto const failure =
      wait_for(*reactor, get_process_output(*reactor, "/nonexistent/program")).failure();
  CHECK(failure.code() == std::errc::no_such_file_or_directory);
  CHECK(failure.message() == "run /nonexistent/program: No such file or directory");
  CHECK(log.text().empty());
}

// Waits until the process with this number, which is not waited for elsewhere, is gone.
bool goes(Reactor& reactor, int pid) {
  return run_until(reactor, [pid] { return kill(pid, 0) < 0 && errno == ESRCH; });
}

TEST_CASE("Output above the limit fails it and kills the process", "[process][rule149]") {
  auto const reactor = make_reactor();
  CHECK(wait_for(*reactor, get_process_output(*reactor, "printf", {.arguments = {"12345"}}, 5))
            .value() == "12345");
  auto const failure =
      wait_for(*reactor, get_process_output(*reactor, "printf", {.arguments = {"123456"}}, 5))
          .failure();
  CHECK(failure.code() == std::errc::value_too_large);
  CHECK(failure.message() == "more than 5 bytes of output");
  CHECK(
      wait_for(*reactor, get_process_output(*reactor, "yes", {}, 1'000'000)).failure().message() ==
      "more than 1000000 bytes of output");
}

TEST_CASE("Cancelling kills the process", "[process][rule149]") {
  auto const reactor = make_reactor();
  ScratchDirectory scratch;
  auto const path = scratch.path("pid");
  auto text = "echo $$ > " + path + "; kill -STOP $$";
  auto output = get_process_output(*reactor, "/bin/sh", script(text));
  auto pid = -1;
  REQUIRE(run_until(*reactor, [&] {
    auto* const file = fopen(path.c_str(), "r");
    if (!file) return false;
    auto const read = fscanf(file, "%d", &pid) == 1;
    fclose(file);
    return read;
  }));
  output.cancel();
  CHECK(wait_for(*reactor, std::move(output)).failure().is(Error::cancelled));
  CHECK(goes(*reactor, pid));
}

TEST_CASE("Cancelled at once, and after the end", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto output = get_process_output(*reactor, "yes");
  output.cancel();
  CHECK(wait_for(*reactor, std::move(output)).failure().is(Error::cancelled));
  auto done = get_process_output(*reactor, "printf", {.arguments = {"x"}});
  REQUIRE(run_until(*reactor, [&] { return done.has_result(); }));
  done.cancel();
  CHECK(wait_for(*reactor, std::move(done)).value() == "x");
}

TEST_CASE("The shutdown of the reactor fails what is not complete", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto output = get_process_output(*reactor, "/bin/sh", script("echo half; kill -STOP $$"));
  std::optional<Result<std::string>> result;
  auto const end =
      std::move(output).add_both([&](Result<std::string> r) { result.emplace(std::move(r)); });
  reactor->call_later(10ms, [&] { reactor->stop(); }).release();
  reactor->run(false);
  REQUIRE(result);
  CHECK(result->failure().is(Error::connection_lost));
}

// Starts `text` before and stops the reactor in the first turn; what came of it then.
std::optional<Result<int>> value_at_shutdown(Reactor& reactor, std::string text,
                                             SpawnOptions options = {}) {
  std::optional<Result<int>> result;
  options.arguments = {"-c", std::move(text)};
  auto const end =
      get_process_value(reactor, "/bin/sh", std::move(options)).add_both([&](Result<int> last) {
        result.emplace(std::move(last));
      });
  reactor.call_later(0s, [&] { reactor.stop(); }).release();
  reactor.run(false);
  return result;
}

TEST_CASE("The shutdown fails and kills a process without pipes too", "[process][rule149]") {
  auto const reactor = make_reactor();
  // Dead it has no descriptors any more.
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  SpawnOptions options;
  options.descriptors = {{3, ends[1]}};
  auto const result = value_at_shutdown(*reactor, "kill -STOP $$", std::move(options));
  close(ends[1]);
  REQUIRE(result);
  CHECK(result->failure().is(Error::connection_lost));
  pollfd end{ends[0], POLLIN, 0};
  CHECK(poll(&end, 1, static_cast<int>(patience / 1ms)) == 1);  // nobody has the other end
  close(ends[0]);
  CHECK(run_until(*reactor, [] { return waitpid(-1, nullptr, WNOHANG) < 0; }));
}

TEST_CASE("A process that has ended is nothing to a later shutdown", "[process][rule149]") {
  auto const reactor = make_reactor();
  CHECK(wait_for(*reactor, get_process_value(*reactor, "/bin/sh", script("exit 4"))).value() == 4);
  reactor->call_later(0s, [&] { reactor->stop(); }).release();
  reactor->run(false);
  auto cancelled = get_process_value(*reactor, "/bin/sh", script("kill -STOP $$"));
  cancelled.cancel();
  CHECK(wait_for(*reactor, std::move(cancelled)).failure().is(Error::cancelled));
  CHECK_FALSE(wait_for(*reactor, get_process_value(*reactor, "/nonexistent/program")));
  reactor->call_later(0s, [&] { reactor->stop(); }).release();
  reactor->run(false);
  CHECK(run_until(*reactor, [] { return waitpid(-1, nullptr, WNOHANG) < 0; }));
}

TEST_CASE("None is started once the shutdown has told of itself", "[process][rule149]") {
  auto const reactor = make_reactor();
  std::optional<Result<int>> result;
  reactor->add_system_event_trigger(Phase::after, SystemEvent::shutdown, [&] {
    get_process_value(*reactor, "true")
        .add_both([&](Result<int> last) { result.emplace(std::move(last)); })
        .release();
    return succeed();
  });
  reactor->call_later(0s, [&] { reactor->stop(); }).release();
  reactor->run(false);
  REQUIRE(result);
  CHECK(result->failure().is(Error::connection_lost));
}

TEST_CASE("On a terminal an exit code is one, whatever is written", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto options = script("echo out; echo err >&2; exit 6");
  options.pty.emplace();
  CHECK(wait_for(*reactor, get_process_value(*reactor, "/bin/sh", options)).value() == 6);
  CHECK(
      wait_for(*reactor, get_process_output_and_value(*reactor, "/bin/sh", options)).value().out ==
      "out\r\nerr\r\n");
}

TEST_CASE("A Deferred of an output can be given a time-out", "[process][rule149]") {
  auto const reactor = make_reactor();
  auto output =
      get_process_output(*reactor, "/bin/sh", script("kill -STOP $$")).add_timeout(20ms, *reactor);
  CHECK(wait_for(*reactor, std::move(output)).failure().is(Error::timed_out));
}

}  // namespace
