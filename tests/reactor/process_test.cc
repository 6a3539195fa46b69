// Child processes: what they are told and tell, data both ways, their end.
#include "reactor/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/reactor/support/process.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

std::ptrdiff_t open_descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

bool no_child_left() { return waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

// A reactor, one process, and that both are gone without a trace.
struct Scene {
  Scene() : reactor(make_reactor()) {}
  ~Scene() {
    reactor.reset();
    CHECK(open_descriptors() == before);
    CHECK(no_child_left());
  }
  bool ended() {
    return run_until(*reactor, [this] { return told->destroyed; });
  }

  std::ptrdiff_t const before = open_descriptors();
  std::unique_ptr<Reactor> reactor;
  std::shared_ptr<Told> const told = make_told();
};

// --- the order of what is told ---

TEST_CASE("A process tells its start, its output, its pipes and its end, in this order",
          "[process][rule147]") {
  Scene s;
  auto& process = spawn_shell(*s.reactor, s.told, "cat; echo wrong >&2; exit 3");
  CHECK(s.told->story.empty());
  CHECK(process.pid() > 0);
  s.told->on_made = [](ProcessTransport& made) {
    made.write("hello");
    made.close_stdin();
  };
  REQUIRE(s.ended());
  CHECK(s.told->story.starts_with("made "));
  CHECK(s.told->story.ends_with(" ended"));
  CHECK(s.told->out() == "hello");
  CHECK(s.told->err() == "wrong\n");
  CHECK(s.told->lost.size() == 3);
  CHECK(s.told->reason(0) == "Connection closed");
  CHECK(s.told->reason(1) == "Connection closed");
  CHECK(s.told->reason(2) == "Connection closed");
  REQUIRE(s.told->exited);
  CHECK(s.told->exited->exit_code == 3);
  CHECK(s.told->ended->exit_code == 3);
  CHECK_FALSE(s.told->nested);
}

TEST_CASE("What is written before connection_made arrives", "[process][rule147]") {
  Scene s;
  auto& process = *spawn(*s.reactor, s.told, "cat").value();
  auto const text = pattern(200'000);  // more than a pipe holds, so that much is queued
  process.write(text);
  process.close_stdin();
  CHECK(s.told->story.empty());
  REQUIRE(s.ended());
  CHECK(s.told->story.starts_with("made "));
  CHECK(difference(s.told->out(), text) == "equal");
}

TEST_CASE("connection_made comes before all else, though the process is dead by then",
          "[process][rule147]") {
  Scene s;
  auto const outer = make_told();
  spawn_shell(*s.reactor, outer, "exit 0").close_stdin();
  outer->on_exited = [&](ProcessTransport&) {
    auto& process = spawn_shell(*s.reactor, s.told, "exec 0<&- ; kill -KILL $$");
    process.write(pattern(100'000));  // more than its mark, so that a pause is due at once
    process.write(pattern(100'000));
  };
  REQUIRE(s.ended());
  CHECK(s.told->story.starts_with("made "));
  CHECK(s.told->story.ends_with(" ended"));
  CHECK_FALSE(s.told->nested);
}

TEST_CASE("process_exited comes at the death, process_ended when the pipes are closed too",
          "[process][rule147]") {
  Scene s;
  // What the shell leaves behind keeps its output open.
  auto& process = spawn_shell(*s.reactor, s.told, "cat <&3 2>/dev/null & exit 5",
                              {.descriptors = {{1, PipeEnd::read}, {3, PipeEnd::write}}});
  REQUIRE(run_until(*s.reactor, [&] { return s.told->exited.has_value(); }));
  run_turns(*s.reactor);
  CHECK_FALSE(s.told->ended);
  CHECK(s.told->reason(1) == "open");
  process.write_to_child(3, "late");
  process.close_child_fd(3);
  REQUIRE(s.ended());
  CHECK(s.told->out() == "late");
  CHECK(s.told->ended->exit_code == 5);
  CHECK(s.told->story == "made exited lost3 data1 lost1 ended");
}

TEST_CASE("Losing the connection closes all pipes and ends what waits for them",
          "[process][rule147]") {
  Scene s;
  auto& process = spawn_shell(
      *s.reactor, s.told, "cat <&3 & cat",
      {.descriptors = {
           {0, PipeEnd::write}, {1, PipeEnd::read}, {2, PipeEnd::read}, {3, PipeEnd::write}}});
  process.write("one");
  REQUIRE(run_until(*s.reactor, [&] { return s.told->out() == "one"; }));
  process.lose_connection();
  process.lose_connection();
  REQUIRE(s.ended());
  CHECK(s.told->lost.size() == 4);
  CHECK(s.told->has("lost3"));
}

TEST_CASE("Each pipe can be closed by itself, and its end is told once", "[process][rule147]") {
  Scene s;
  auto& process = spawn_shell(*s.reactor, s.told, "trap '' PIPE; cat; echo; echo done >&2; exit 0");
  process.close_stdout();
  REQUIRE(run_until(*s.reactor, [&] { return s.told->has("lost1"); }));
  CHECK(process.pipe(1) == nullptr);
  process.close_stdout();  // nothing any more
  process.close_child_fd(17);
  CHECK_FALSE(s.told->exited);
  process.close_stdin();
  REQUIRE(s.ended());
  CHECK_THAT(s.told->err(), ContainsSubstring("done\n"));
  CHECK(s.told->out().empty());
}

// --- data ---

TEST_CASE("Ten megabytes go through cat and come back as they were", "[process][rule147]") {
  Scene s;
  auto const text = pattern(10'000'000);
  auto& process = *spawn(*s.reactor, s.told, "/bin/cat").value();
  process.write(text);
  process.close_stdin();
  REQUIRE(s.ended());
  CHECK(difference(s.told->out(), text) == "equal");
  CHECK(s.told->status() == "Process ended");
}

TEST_CASE("A source that heeds pause_writing needs little memory", "[process][backpressure]") {
  Scene s;
  auto const text = pattern(5'000'000);
  std::size_t written = 0;
  std::size_t most = 0;
  auto paused = false;
  DelayedCall next;
  std::function<void()> more = [&] {
    if (!paused) {
      s.told->transport->write(std::string_view(text).substr(written, 50'000));
      written += 50'000;
    }
    most = std::max(most, s.told->transport->pipe(0)->unsent());
    if (written == text.size()) return s.told->transport->close_stdin();
    next = s.reactor->call_later(0s, more);
  };
  s.told->on_made = [&](ProcessTransport&) { more(); };
  s.told->on_pause = [&](ProcessTransport&) { paused = true; };
  s.told->on_resume = [&](ProcessTransport&) { paused = false; };
  REQUIRE(spawn(*s.reactor, s.told, "cat"));
  REQUIRE(s.ended());
  CHECK(difference(s.told->out(), text) == "equal");
  CHECK(s.told->has("pause0 "));
  CHECK(s.told->has("resume0"));
  CHECK(most < 150'000);
}

TEST_CASE("A child that does not read makes us pause; above the limit its pipe is closed",
          "[process][backpressure]") {
  Scene s;
  auto& process = spawn_shell(*s.reactor, s.told, "kill -STOP $$; exit 0");
  s.told->on_pause = [](ProcessTransport& child) {
    child.pipe(0)->set_water_marks({65536, 0, 300'000});
  };
  process.write(pattern(200'000));
  REQUIRE(run_until(*s.reactor, [&] { return s.told->has("pause0"); }));
  CHECK(process.pipe(0)->unsent() > 100'000);
  process.write(pattern(200'000));
  CHECK(process.pipe(0)->unsent() > 300'000);
  process.write("x");
  REQUIRE(run_until(*s.reactor, [&] { return s.told->has("lost0"); }));
  CHECK(s.told->reason(0) == "Too much unsent output");
  CHECK_FALSE(s.told->exited);
  process.signal(SIGKILL);
  REQUIRE(s.ended());
}

TEST_CASE("A child that closes its input early is told of, and lives", "[process][rule147]") {
  Scene s;
  auto& process =
      spawn_shell(*s.reactor, s.told, "exec 0<&-; echo closed; read line <&3; exit 0",
                  {.descriptors = {{0, PipeEnd::write}, {1, PipeEnd::read}, {3, PipeEnd::write}}});
  SECTION("though nothing is written") {}
  SECTION("when something is written") { process.write(pattern(300'000)); }
  REQUIRE(run_until(*s.reactor, [&] { return s.told->has("lost0"); }));
  CHECK(s.told->reason(0) == "Broken pipe");
  CHECK(s.told->lost.at(0).is(Error::connection_lost));
  CHECK_FALSE(s.told->exited);
  process.write("dropped");
  process.write_to_child(3, "go on\n");
  REQUIRE(s.ended());
  CHECK(s.told->ended->done());
}

TEST_CASE("A child that writes without end is held while reading is paused",
          "[process][backpressure]") {
  Scene s;
  s.told->on_data = [](ProcessTransport& child) { child.pause_producing(); };
  auto& process = *spawn(*s.reactor, s.told, "yes").value();
  REQUIRE(run_until(*s.reactor, [&] { return s.told->has("data1"); }));
  auto const size = s.told->out().size();
  run_for(*s.reactor, 20ms);
  CHECK(s.told->out().size() == size);
  process.resume_producing();
  REQUIRE(run_until(*s.reactor, [&] { return s.told->out().size() > size; }));
  process.close_stdout();
  REQUIRE(run_until(*s.reactor, [&] { return s.told->exited.has_value(); }));
  CHECK(s.told->exited->signal == SIGPIPE);
  process.resume_producing();  // the end of its errors is not read before
  REQUIRE(s.ended());
}

TEST_CASE("What a dead child has written while reading was paused is not lost",
          "[process][rule147]") {
  Scene s;
  s.told->on_made = [](ProcessTransport& child) { child.pause_producing(); };
  auto& process = spawn_shell(*s.reactor, s.told, "printf 'last words'; exit 0");
  auto const before = processor_time();
  REQUIRE(run_until(*s.reactor, [&] { return s.told->exited.has_value(); }));
  run_for(*s.reactor, 50ms);
  CHECK(processor_time() - before < 500ms);  // it does not spin
  CHECK_FALSE(s.told->ended);
  process.resume_producing();
  REQUIRE(s.ended());
  CHECK(s.told->out() == "last words");
}

TEST_CASE("A pipe is a Transport: the output of a child goes to a socket without us",
          "[process][forwarding]") {
  Scene s;
  auto const connection = make_connection();
  auto peer = adopt(*s.reactor, connection);
  REQUIRE(run_until(*s.reactor, [&] { return connection->made; }));
  auto const text = pattern(3'000'000);
  s.told->on_made = [&](ProcessTransport& child) {
    CHECK(child.pipe(1)->forward_to(*connection->transport));
    child.write(text);
    child.close_stdin();
  };
  s.told->on_lost = [&](ProcessTransport&, int fd) {
    if (fd == 1) connection->transport->lose_connection();
  };
  REQUIRE(spawn(*s.reactor, s.told, "cat"));
  auto const got = run_beside(*s.reactor, [&] { return peer.receive_all(); });
  REQUIRE(s.ended());
  CHECK(difference(got, text) == "equal");
  CHECK(s.told->out().empty());
}

// --- the end ---

TEST_CASE("The reason tells the exit code or the signal", "[process][rule148]") {
  struct Row {
    std::string script;
    int code, signal;
    std::string text;
    Error error;
  };
  auto const row = GENERATE(values<Row>({
      {"exit 0", 0, 0, "Process ended", Error::process_done},
      {"exit 1", 1, 0, "Process ended with exit code 1", Error::process_terminated},
      {"exit 255", 255, 0, "Process ended with exit code 255", Error::process_terminated},
      {"kill -TERM $$", -1, SIGTERM, "Process ended by SIGTERM", Error::process_terminated},
      {"kill -KILL $$", -1, SIGKILL, "Process ended by SIGKILL", Error::process_terminated},
      {"kill -34 $$", -1, 34, "Process ended by signal 34", Error::process_terminated},
  }));
  Scene s;
  spawn_shell(*s.reactor, s.told, row.script);
  REQUIRE(s.ended());
  CHECK(s.told->ended->exit_code == row.code);
  CHECK(s.told->ended->signal == row.signal);
  CHECK(s.told->ended->done() == (row.code == 0));
  CHECK(s.told->status() == row.text);
  CHECK(s.told->ended->failure().is(row.error));
}

TEST_CASE("Signals go by number and by name; after the end that is an error",
          "[process][rule148]") {
  Scene s;
  auto& process = spawn_shell(*s.reactor, s.told,
                              "trap 'echo usr1' USR1; echo ready; "
                              "while true; do read line || true; done");
  REQUIRE(run_until(*s.reactor, [&] { return s.told->out() == "ready\n"; }));
  CHECK_THROWS_AS(process.signal("NOSUCH"), std::invalid_argument);
  CHECK_THROWS_AS(process.signal(1000), std::system_error);
  process.signal("USR1");
  process.write("\n");
  REQUIRE(run_until(*s.reactor, [&] { return s.told->out() == "ready\nusr1\n"; }));
  auto refused = 0;
  s.told->on_exited = [&](ProcessTransport& dead) {
    CHECK_THROWS_AS(dead.signal(SIGTERM), ProcessExitedAlready);
    CHECK_THROWS_AS(dead.signal("KILL"), ProcessExitedAlready);
    ++refused;
  };
  SECTION("SIGTERM by number") { process.signal(SIGTERM); }
  SECTION("TERM by name") { process.signal("TERM"); }
  SECTION("SIGTERM by name") { process.signal("SIGTERM"); }
  REQUIRE(s.ended());
  CHECK(refused == 1);
  CHECK(s.told->ended->signal == SIGTERM);
}

TEST_CASE("Two hundred processes at once leave neither zombies nor descriptors",
          "[process][rule66]") {
  auto const before = open_descriptors();
  auto reactor = make_reactor();
  std::vector<std::shared_ptr<Told>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(make_told());
    auto& process = spawn_shell(*reactor, all.back(), "cat; exit " + std::to_string(i % 100));
    process.write("number " + std::to_string(i));
  }
  for (auto const& each : all)
    each->on_data = [](ProcessTransport& process) { process.close_stdin(); };
  auto const ended = [&] {
    return std::ranges::all_of(all, [](auto const& each) { return each->destroyed; });
  };
  REQUIRE(run_until(*reactor, ended));
  for (int i = 0; i < 200; ++i) {
    auto& told = *all[static_cast<std::size_t>(i)];
    CHECK(told.out() == "number " + std::to_string(i));
    CHECK(told.ended->exit_code == i % 100);
  }
  reactor.reset();
  CHECK(open_descriptors() == before);
  CHECK(no_child_left());
}

TEST_CASE("Only our own children are waited for", "[process][rule66]") {
  auto const reactor = make_reactor();
  auto const other = fork();
  if (other == 0) _exit(9);
  auto const told = make_told();
  spawn_shell(*reactor, told, "exit 0");
  REQUIRE(run_until(*reactor, [&] { return told->destroyed; }));
  int status = 0;
  REQUIRE(waitpid(other, &status, 0) == other);
  CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("SIGCHLD stays the program's own; ignored it gets its default action",
          "[process][rule66]") {
  auto const ignored = GENERATE(false, true);
  CHECK(in_child([&]() -> std::string {
          signal(SIGCHLD, ignored ? SIG_IGN : SIG_DFL);
          auto const reactor = make_reactor();
          int signals = 0;
          if (!ignored) reactor->on_signal(SIGCHLD, [&] { ++signals; });
          auto const told = make_told();
          spawn_shell(*reactor, told, "exit 4");
          run_until(*reactor, [&] { return told->destroyed && (ignored || signals > 0); });
          return told->status();
        }) == "Process ended with exit code 4");
}

TEST_CASE("A status that somebody else took is not known", "[process][rule148]") {
  Scene s;
  auto& process = spawn_shell(*s.reactor, s.told, "exit 4");
  REQUIRE(waitpid(process.pid(), nullptr, 0) == process.pid());
  CHECK_THROWS_AS(process.signal(SIGTERM), ProcessExitedAlready);
  REQUIRE(s.ended());
  CHECK(s.told->ended->exit_code == -1);
  CHECK(s.told->status() == "Process ended in a way that is not known");
}

TEST_CASE("What a protocol throws is logged, and the process goes on to its end", "[process]") {
  LogLines const log;
  Scene s;
  auto const fail = [](auto const&...) { throw std::runtime_error("protocol trouble"); };
  s.told->on_made = fail;
  s.told->on_lost = fail;
  s.told->on_exited = fail;
  s.told->on_data = fail;
  spawn_shell(*s.reactor, s.told, "trap '' PIPE; echo one; exit 6").close_stdin();
  REQUIRE(s.ended());
  CHECK(s.told->reason(1) == "protocol trouble");
  CHECK(s.told->ended->exit_code == 6);
  CHECK(log.count("protocol trouble") == 6);  // made, data, lost 0 to 2, exited
}

TEST_CASE("The shutdown closes the pipes; the process lives on and is told of in a later run",
          "[process][rule64]") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  {
    Scene s;
    auto& process =
        spawn_shell(*s.reactor, s.told, "trap '' PIPE; cat; read line <&3; exit 8",
                    {.descriptors = {{0, PipeEnd::write}, {1, PipeEnd::read}, {3, ends[0]}}});
    s.reactor->call_later(0s, [&] { s.reactor->stop(); }).release();
    s.reactor->run(false);
    CHECK(s.told->reason(0) == "Connection lost");
    CHECK(s.told->reason(1) == "Connection lost");
    CHECK_FALSE(s.told->exited);
    CHECK(kill(process.pid(), 0) == 0);
    REQUIRE(write(ends[1], "\n", 1) == 1);
    REQUIRE(s.ended());
    CHECK(s.told->ended->exit_code == 8);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("A process outlives its reactor", "[process]") {
  auto const told = make_told();
  auto const before = open_descriptors();
  auto reactor = make_reactor();
  auto const pid = spawn_shell(*reactor, told, "cat; exit 8").pid();
  run_turns(*reactor);
  reactor.reset();
  CHECK(open_descriptors() == before);
  CHECK(told->destroyed);
  CHECK_FALSE(told->has("exited"));
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);  // it has seen the end of its input
  CHECK(WEXITSTATUS(status) == 8);
}

TEST_CASE("A process that died unseen is no zombie when its reactor goes", "[process]") {
  auto const told = make_told();
  auto reactor = make_reactor();
  auto const pid = spawn_shell(*reactor, told, "exit 0").pid();
  siginfo_t dead{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &dead, WEXITED | WNOWAIT) == 0);
  reactor.reset();
  CHECK(no_child_left());
}

TEST_CASE("Draining lets the pipes of processes alone", "[process][drain]") {
  Scene s;
  auto& process = *spawn(*s.reactor, s.told, "cat").value();
  auto const connection = make_connection();
  auto const peer = adopt(*s.reactor, connection);
  REQUIRE(run_until(*s.reactor, [&] { return connection->made && s.told->has("made"); }));
  auto drained = false;
  auto const waiting = s.reactor->drain(10s).add_callback([&] { drained = true; });
  REQUIRE(run_until(*s.reactor, [&] { return drained; }));
  process.write("still here");
  process.close_stdin();
  REQUIRE(s.ended());
  CHECK(s.told->out() == "still here");
}

}  // namespace
