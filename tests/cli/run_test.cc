#include "cli/run.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <new>
#include <stdexcept>

#include "reactor/log.h"
#include "reactor/reactor.h"
#include "tests/cli/captured.h"
#include "tests/support/catch.h"

using twx::Action;
using twx::ExitStatus;
using twx::Options;
using twx::Outcome;
using twx::Reactor;

namespace {

// Ends as its argument says.
Action declare(Options& options) {
  auto const how = std::make_shared<std::string>();
  options.positional("HOW", *how, true, "How to end", twx::Kind::text);
  return [how](Reactor&) -> Outcome {
    if (*how == "talk") log(twx::Level::info, "talking");
    if (*how == "fail") return {ExitStatus::timed_out, "too late"};
    if (*how == "notice") return {ExitStatus::done, "by the way"};
    if (*how == "signal") return {ExitStatus::done, "", SIGTERM};
    if (*how == "memory") throw std::bad_alloc();
    if (*how == "failure") throw twx::FailureException(twx::Error::connection_lost);
    if (*how == "exception") throw std::runtime_error("what was thrown");
    return {};
  };
}

constexpr twx::Command command{"end", "end in a way", "", declare};
constexpr twx::Command const* commands[] = {&command};

struct Ran {
  int status;
  std::string out, error;
};

Ran run(std::vector<char const*> const& args) {
  twx::test::Captured const out(STDOUT_FILENO), error(STDERR_FILENO);
  int const status = twx::run(commands, args);
  twx::set_log_sink({});
  return {status, out.text(), error.text()};
}

// The status that waitpid(2) gives for a process that runs this with `descriptor` as its stdout.
int wait_status(std::vector<char const*> const& args, int descriptor = STDOUT_FILENO) {
  auto const child = ::fork();
  if (child == 0) {
    ::dup2(descriptor, STDOUT_FILENO);
    ::_exit(twx::run(commands, args));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a command that is done says nothing and ends with 0", "[cli]") {
  auto const ran = run({"end", "well"});
  CHECK(ran.status == 0);
  CHECK(ran.out.empty());
  CHECK(ran.error.empty());
}

TEST_CASE("a command's message goes to stderr, its status to the shell", "[cli]") {
  auto const ran = run({"end", "fail"});
  CHECK(ran.status == 28);
  CHECK(ran.out.empty());
  CHECK(ran.error == "twx: too late\n");
  CHECK(run({"end", "fail", "--quiet"}).error == "twx: too late\n");
}

TEST_CASE("a message of a command that is done is no error", "[cli]") {
  CHECK(run({"end", "notice"}).error == "twx: by the way\n");
  CHECK(run({"end", "notice"}).status == 0);
  CHECK(run({"end", "notice", "--quiet"}).error.empty());
}

TEST_CASE("the common options reach the log", "[cli]") {
  CHECK(run({"end", "talk"}).error.empty());
  CHECK(run({"end", "talk", "-v"}).error == "twx: talking\n");
  auto const json = run({"end", "fail", "--log-format=json"}).error;
  CHECK(json.ends_with("\"level\":\"error\",\"message\":\"too late\"}\n"));
}

TEST_CASE("a usage error is two lines on stderr and 2", "[cli]") {
  auto const ran = run({"end", "well", "--quiett"});
  CHECK(ran.status == 2);
  CHECK(ran.out.empty());
  CHECK(ran.error ==
        "twx: there is no option '--quiett'; did you mean '--quiet'?\nTry 'twx end --help'.\n");
}

TEST_CASE("help goes to stdout and is 0", "[cli]") {
  auto const ran = run({"end", "--help"});
  CHECK(ran.status == 0);
  CHECK(ran.out.starts_with("Usage: twx end HOW [OPTION]...\n"));
  CHECK(ran.error.empty());
  CHECK(run({"help", "end"}).out == ran.out);
}

TEST_CASE("no command at all is told on stderr and is 2", "[cli]") {
  auto const ran = run({});
  CHECK(ran.status == 2);
  CHECK(ran.out.empty());
  CHECK(ran.error.starts_with("Usage: twx COMMAND"));
}

TEST_CASE("help that cannot be written is 23", "[cli]") {
  int const full = ::open("/dev/full", O_WRONLY);
  twx::test::Captured const error(STDERR_FILENO);
  auto const status = wait_status({"--help"}, full);
  ::close(full);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 23);
  CHECK(error.text() == "twx: cannot write to standard output: No space left on device\n");
}

TEST_CASE("help whose reader has left ends by SIGPIPE, even if that was ignored", "[cli]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  auto const status = wait_status({"--help"}, ends[1]);
  std::signal(SIGPIPE, before);
  ::close(ends[1]);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGPIPE);
}

TEST_CASE("a command that a signal ended ends by that signal", "[cli]") {
  auto const status = wait_status({"end", "signal"});
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("an exception is told in a line and is 1", "[cli]") {
  CHECK(run({"end", "memory"}).error == "twx: Cannot allocate memory\n");
  CHECK(run({"end", "failure"}).error == "twx: Connection lost\n");
  auto const ran = run({"end", "exception"});
  CHECK(ran.status == 1);
  CHECK(ran.error == "twx: what was thrown\n");
}

TEST_CASE("a page of the manual that goes into a file is its source", "[cli]") {
  auto const ran = run({"man", "end"});
  CHECK(ran.status == 0);
  CHECK(ran.error.empty());
  CHECK(ran.out.find("\n.Nm twx-end\n.Nd end in a way\n") != std::string::npos);
}
