// What a child is started with: its program, arguments, environment, descriptors, terminal; and the
// programs that cannot be started.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "reactor/process.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/process.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

// What a program writes to its standard output, however it ends.
std::string output_of(std::string const& executable, SpawnOptions options = {}) {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto process = spawn(*reactor, told, executable, std::move(options));
  if (!process) return process.failure().message();
  (*process)->close_stdin();  // nothing if there is none
  if (!run_until(*reactor, [&] { return told->destroyed; })) return "(does not end)";
  return told->out();
}

std::string script_output(std::string const& script, SpawnOptions options = {}) {
  options.arguments.insert(options.arguments.begin(), {"-c", script});
  return output_of("/bin/sh", std::move(options));
}

// The failure of a program that cannot be started, and that nothing is left of it.
Failure refusal(std::string const& executable, SpawnOptions options = {}) {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto process = spawn(*reactor, told, executable, std::move(options));
  REQUIRE_FALSE(process);
  CHECK(told->destroyed);
  run_turns(*reactor);
  CHECK(told->story.empty());
  return process.failure();
}

void make_program(std::string const& path, std::string_view text, mode_t mode = 0755) {
  std::ofstream(path) << text;
  REQUIRE(chmod(path.c_str(), mode) == 0);
}

// A file with `text`, open for reading.
int open_file(std::string const& path, std::string_view text) {
  std::ofstream(path) << text;
  auto const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  return fd;
}

// --- program, arguments, environment ---

TEST_CASE("Arguments arrive as they are", "[process][rule146]") {
  CHECK(script_output("printf '%s|' \"$0\" \"$@\"",
                      {.arguments = {"zero", "", "a b", "*", "$HOME", "\xff\n"}}) ==
        "zero||a b|*|$HOME|\xff\n|");
}

TEST_CASE("argv[0] is the program's name, or another", "[process][rule146]") {
  CHECK(script_output("echo $0") == "/bin/sh\n");
  CHECK(script_output("echo $0", {.name = "-sh"}) == "-sh\n");
}

TEST_CASE("No environment inherits ours, an empty one is empty", "[process][rule146]") {
  setenv("TWX_TEST", "inherited", 1);
  CHECK(script_output("echo $TWX_TEST") == "inherited\n");
  CHECK(output_of("/usr/bin/env", {.environment = Environment{}}).empty());
  CHECK(output_of("/usr/bin/env", {.environment = Environment{{"A", "1"}, {"B", "x=y z"}}}) ==
        "A=1\nB=x=y z\n");
  unsetenv("TWX_TEST");
}

TEST_CASE("A name without a slash is looked for in the PATH of the child", "[process][rule146]") {
  ScratchDirectory scratch;
  make_program(scratch.path("twx-found"), "#!/bin/sh\necho found\n");
  CHECK(refusal("twx-found").code() == std::errc::no_such_file_or_directory);
  auto const path = "/nonexistent:" + scratch.path("");
  CHECK(output_of("twx-found", {.environment = Environment{{"PATH", path}}}) == "found\n");
  CHECK(output_of("echo", {.arguments = {"usual"}, .environment = Environment{{"A", "1"}}}) ==
        "usual\n");
  // An empty part is the working directory.
  CHECK(output_of("twx-found", {.environment = Environment{{"PATH", "/nonexistent:"}},
                                .working_directory = scratch.path("")}) == "found\n");
}

TEST_CASE("A file that may not be run hides no later one", "[process][rule146]") {
  ScratchDirectory first;
  ScratchDirectory second;
  make_program(first.path("twx-twice"), "no program", 0644);
  auto const path = first.path("") + ":" + second.path("");
  CHECK(refusal("twx-twice", {.environment = Environment{{"PATH", path}}}).code() ==
        std::errc::permission_denied);
  make_program(second.path("twx-twice"), "#!/bin/sh\necho second\n");
  CHECK(output_of("twx-twice", {.environment = Environment{{"PATH", path}}}) == "second\n");
}

TEST_CASE("The working directory is set before a relative program is looked for",
          "[process][rule146]") {
  ScratchDirectory scratch;
  make_program(scratch.path("here"), "#!/bin/sh\npwd -P\n");
  CHECK_THAT(output_of("./here", {.working_directory = scratch.path("")}),
             ContainsSubstring("/tmp/twx-test-"));
}

TEST_CASE("A child runs as the user and group asked for", "[process][rule146]") {
  if (getuid() != 0) {  // nothing but ourselves is allowed
    CHECK(script_output("id -u", {.uid = getuid()}) == std::to_string(getuid()) + "\n");
    CHECK(refusal("true", {.uid = 0, .gid = 0}).message() ==
          "run true, as another user: Operation not permitted");
    return;
  }
  CHECK(script_output("id -u; id -g; id -G", {.uid = 65534, .gid = 1}) ==
        "65534\n1\n1\n" + std::string());
  CHECK(script_output("id -u; id -g; id -G", {.uid = 65534}) == "65534\n65534\n65534\n");
  CHECK(script_output("id -u; id -g", {.gid = 1}) == "0\n1\n");
  CHECK(script_output("id -u; id -g", {.uid = 0, .gid = 0}) == "0\n0\n");
  CHECK(refusal("true", {.uid = 4'000'000}).message() ==
        "run true, a user without a known group: Invalid argument");
}

// --- descriptors ---

TEST_CASE("Pipes can have any number and direction", "[process][rule146]") {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto& process =
      spawn_shell(*reactor, told, "cat <&7 >&5; echo nine >&9",
                  {.descriptors = {{5, PipeEnd::read}, {7, PipeEnd::write}, {9, PipeEnd::read}}});
  process.write_to_child(7, "through");
  process.close_child_fd(7);
  CHECK_THROWS_AS(process.write("no such"), std::invalid_argument);
  CHECK_THROWS_AS(process.write_to_child(5, "wrong way"), std::invalid_argument);
  REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
  CHECK(told->received[5] == "through");
  CHECK(told->received[9] == "nine\n");
  CHECK(told->lost.size() == 3);
}

TEST_CASE("Descriptors of ours can be given, also crosswise, and stay ours", "[process][rule146]") {
  ScratchDirectory scratch;
  auto const one = open_file(scratch.path("one"), "first ");
  auto const two = open_file(scratch.path("two"), "second ");
  CHECK(
      script_output("cat <&" + std::to_string(one) + "; cat <&" + std::to_string(two) + "; cat <&0",
                    {.descriptors = {{0, one}, {1, PipeEnd::read}, {one, two}, {two, one}}}) ==
      "second first ");
  CHECK(fcntl(one, F_GETFD) == FD_CLOEXEC);
  CHECK(fcntl(two, F_GETFD) == FD_CLOEXEC);
  close(one);
  close(two);
}

TEST_CASE("Of 0, 1 and 2 those that are not asked for are /dev/null", "[process][rule146]") {
  CHECK(output_of("readlink", {.arguments = {"/proc/self/fd/0", "/proc/self/fd/2"},
                               .descriptors = {{1, PipeEnd::read}}}) == "/dev/null\n/dev/null\n");
  CHECK(shell_output(*make_reactor(), "test /proc/self/fd/1 -ef /dev/null && echo it is >&2",
                     {.descriptors = {{0, PipeEnd::write}, {2, PipeEnd::read}}}) == "it is\n");
}

TEST_CASE("No other descriptor is open in the child", "[process][rule148]") {
  // One that would be inherited, by its flag and far up.
  auto const low = open("/dev/null", O_RDONLY);
  auto const high = fcntl(low, F_DUPFD, 500);
  REQUIRE(high >= 500);
  auto const reactor = make_reactor();
  auto const other = make_told();
  auto& process = *spawn(*reactor, other, "cat").value();
  // The shell is replaced: what is counted is what a program gets. ls has the folder open.
  CHECK(script_output("exec ls /proc/self/fd") == "0\n1\n2\n3\n");
  CHECK(script_output("exec ls /proc/self/fd",
                      {.descriptors = {{0, PipeEnd::write}, {1, PipeEnd::read}, {100, high}}}) ==
        "0\n1\n100\n2\n3\n");
  process.close_stdin();
  REQUIRE(run_until(*reactor, [&] { return other->destroyed; }));
  close(low);
  close(high);
}

TEST_CASE("A child's pipes block as pipes do", "[process][rule146]") {
  // Octal, in the last digits: how it is open, and 4000 for O_NONBLOCK.
  auto const flags = script_output(
      "for fd in 0 1; do sed -n 's/^flags.*\\(...[0-7]\\)$/\\1 /p' /proc/$$/fdinfo/$fd; done");
  CHECK_THAT(flags, !ContainsSubstring("4"));
  CHECK(std::ranges::count(flags, '\n') == 2);
}

TEST_CASE("Signals have their default action in the child, and none is blocked",
          "[process][rule148]") {
  CHECK(in_child([]() -> std::string {
          signal(SIGHUP, SIG_IGN);
          sigset_t blocked;
          sigfillset(&blocked);
          pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
          auto const reactor = make_reactor();
          reactor->on_signal(SIGUSR1, [] {});
          std::string ends;
          for (auto const* name : {"HUP", "PIPE", "TERM", "USR1", "XFSZ"}) {
            auto const told = make_told();
            spawn_shell(*reactor, told, std::string("kill -") + name + " $$; exit 7");
            run_until(*reactor, [&] { return told->destroyed; });
            ends += told->status() + "; ";
          }
          sigset_t now;
          pthread_sigmask(SIG_SETMASK, nullptr, &now);
          if (sigismember(&now, SIGTERM) != 1) ends += "our own mask has changed";
          struct sigaction ours{};
          sigaction(SIGHUP, nullptr, &ours);
          if (ours.sa_handler != SIG_IGN) ends += "our own action has changed";
          return ends;
        }) ==
        "Process ended by SIGHUP; Process ended by SIGPIPE; Process ended by SIGTERM; "
        "Process ended by SIGUSR1; Process ended by SIGXFSZ; ");
}

// --- a terminal ---

TEST_CASE("With a terminal a program finds one, of the size asked for", "[process][rule146][pty]") {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto& process = spawn_shell(*reactor, told,
                              "test -t 0 && test -t 1 && test -t 2 && echo yes; stty size; "
                              "read line; stty size; ls /proc/self/fd | tr '\\n' ' '",
                              {.pty = WindowSize{33, 77}});
  REQUIRE(run_until(*reactor, [&] { return told->out() == "yes\r\n33 77\r\n"; }));
  process.set_window_size({44, 99});
  process.write("\n");
  REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
  CHECK(told->out() == "yes\r\n33 77\r\n\r\n44 99\r\n0 1 2 3 ");
  CHECK(told->ended->done());
  CHECK(told->lost.size() == 1);
  CHECK(told->reason(1) == "Connection closed");
}

TEST_CASE("A terminal echoes, and \\x04 ends its input", "[process][rule146][pty]") {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto& process = *spawn(*reactor, told, "cat", {.pty = WindowSize{}}).value();
  process.close_stdin();  // there is no half-close
  process.write("hello\n");
  REQUIRE(run_until(*reactor, [&] { return told->out() == "hello\r\nhello\r\n"; }));
  process.write("\x04");
  REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
  // cat closes its output before it exits, which is not the moment to hang up on it.
  CHECK(told->status() == "Process ended");
  CHECK(told->reason(1) == "Connection closed");
}

TEST_CASE("A terminal that the child has left is open until the child is dead",
          "[process][rule146][pty]") {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto& process =
      spawn_shell(*reactor, told,
                  "echo one; exec 0<&- 1>&- 2>&-; echo left >&3; read line <&4; "
                  "echo two >/dev/tty; read line <&4; echo three >/dev/tty; exit 6",
                  {.descriptors = {{3, PipeEnd::read}, {4, PipeEnd::write}}, .pty = WindowSize{}});
  REQUIRE(run_until(*reactor, [&] { return told->received[3] == "left\n"; }));
  auto const before = processor_time();
  run_for(*reactor, 50ms);
  CHECK(processor_time() - before < 500ms);  // it does not spin
  CHECK(told->reason(1) == "open");
  auto heeded = true;
  SECTION("nothing is written") {}
  SECTION("something is written that nobody reads") {
    process.write("...");
    heeded = false;
  }
  process.write_to_child(4, "go on\n");
  auto const has = [&](std::string_view text) {
    return told->out().find(text) != std::string::npos;
  };
  REQUIRE(run_until(*reactor, [&] { return has("two\r\n"); }));
  CHECK(told->reason(1) == "open");
  process.write_to_child(4, "to the end\n");
  REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
  CHECK(told->ended->exit_code == 6);
  CHECK_THAT(told->out(), StartsWith("one\r\n") && EndsWith("three\r\n"));
  if (heeded) CHECK(told->reason(1) == "Connection closed");
}

TEST_CASE("A terminal belongs to a session of its own: it interrupts and hangs up",
          "[process][rule146][pty]") {
  auto const reactor = make_reactor();
  auto const told = make_told();
  auto& process = *spawn(*reactor, told, "cat", {.pty = WindowSize{}}).value();
  process.write("ready\n");
  REQUIRE(run_until(*reactor, [&] { return told->out() == "ready\r\nready\r\n"; }));
  CHECK(getsid(process.pid()) == process.pid());
  SECTION("Ctrl-C") {
    process.write("\x03");
    REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
    CHECK(told->ended->signal == SIGINT);
  }
  SECTION("Closing") {
    process.lose_connection();
    REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
    CHECK(told->ended->signal == SIGHUP);
  }
}

TEST_CASE("A terminal leaves the numbers above 2 for pipes", "[process][rule146][pty]") {
  auto const reactor = make_reactor();
  auto const told = make_told();
  spawn_shell(*reactor, told, "echo three >&3; echo one",
              {.descriptors = {{0, PipeEnd::write}, {3, PipeEnd::read}}, .pty = WindowSize{}});
  REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
  CHECK(told->received[3] == "three\n");
  CHECK(told->out() == "one\r\n");
}

// --- what cannot be started ---

TEST_CASE("What cannot be started is a failure that says so", "[process][rule148]") {
  ScratchDirectory scratch;
  make_program(scratch.path("plain"), "#!/bin/sh\n", 0644);
  make_program(scratch.path("garbage"), "\x01\x02\x03\x04");
  make_program(scratch.path("script"), "#!/nonexistent/interpreter\n");
  auto const text = [](std::string const& executable, SpawnOptions options = {}) {
    return refusal(executable, std::move(options)).message();
  };
  CHECK(text("/nonexistent") == "run /nonexistent: No such file or directory");
  CHECK(text("twx-no-such-program") == "run twx-no-such-program: No such file or directory");
  CHECK(text("") == "run : No such file or directory");
  CHECK_THAT(text(scratch.path("plain")), ContainsSubstring("plain: Permission denied"));
  CHECK_THAT(text(scratch.path("garbage")), ContainsSubstring("garbage: Exec format error"));
  CHECK_THAT(text(scratch.path("script")), ContainsSubstring("No such file or directory"));
  CHECK(text("true", {.working_directory = "/nonexistent"}) ==
        "run true, in /nonexistent: No such file or directory");
  CHECK(text("true", {.descriptors = {{3, 999'999}}}) ==
        "run true, its descriptors: Bad file descriptor");
  CHECK(text("true", {.descriptors = {{-1, PipeEnd::read}}}) ==
        "run true, its descriptors: Bad file descriptor");
  CHECK(text("true", {.arguments = {std::string(200'000, 'x')}}) ==
        "run true: Argument list too long");
  CHECK(text("/nonexistent", {.pty = WindowSize{}}) ==
        "run /nonexistent: No such file or directory");
}

TEST_CASE("Without free descriptors a process is refused, and nothing is left of it", "[process]") {
  CHECK(in_child([]() -> std::string {
          auto const reactor = make_reactor();
          std::string wrong;
          std::vector<int> all;
          for (int fd = dup(0); fd >= 0; fd = dup(0)) all.push_back(fd);
          // One more descriptor is free each time, until it works.
          for (int freed = 0; freed < 20; ++freed) {
            auto const told = make_told();
            auto process = spawn(*reactor, told, "cat");
            if (process) {
              (*process)->close_stdin();
              run_until(*reactor, [&] { return told->destroyed; });
              return wrong + (freed >= 8 ? told->status() : "too early");
            }
            if (process.failure().code() != std::errc::too_many_files_open)
              wrong += process.failure().message() + "; ";
            close(all.back());
            all.pop_back();
          }
          return wrong + "never";
        }) == "Process ended");
}

}  // namespace
