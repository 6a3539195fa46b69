// Signals as events of the loop. Each case in a child of its own: dispositions belong to the
// process.
#include "reactor/signals.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

constexpr int standard[] = {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGHUP, SIGCHLD};

// In a child with the default actions for all.
std::string fresh(std::function<std::string()> const& work) {
  return in_child([&] {
    for (auto const number : standard) signal(number, SIG_DFL);
    return work();
  });
}

void raise_soon(Reactor& reactor, int number, Duration after = 1ms) {
  reactor.call_later(after, [number] { kill(getpid(), number); }).release();
}

TEST_CASE("SIGINT and SIGTERM stop the reactor", "[signals][rule66]") {
  auto const number = GENERATE(SIGINT, SIGTERM);
  CHECK(fresh([&]() -> std::string {
          auto const reactor = make_reactor();
          raise_soon(*reactor, number);
          reactor->run();
          return "stopped";
        }) == "stopped");
}

TEST_CASE("A stop by signal goes through the shutdown", "[signals][rule66]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          std::string story;
          reactor->add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&] {
            story += "down ";
            return succeed();
          });
          raise_soon(*reactor, SIGTERM);
          raise_soon(*reactor, SIGTERM);  // twice is once
          reactor->run();
          return story;
        }) == "down ");
}

TEST_CASE("run(false) leaves SIGINT alone", "[signals][rule66]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          raise_soon(*reactor, SIGINT);
          reactor->run(false);
          return "survived";
        }) == "(killed by signal 2)");
}

TEST_CASE("The program's own handler, and ignoring, are left in place", "[signals][rule66]") {
  CHECK(fresh([]() -> std::string {
          static int seen;
          signal(SIGINT, [](int) { ++seen; });
          signal(SIGTERM, SIG_IGN);
          auto const reactor = make_reactor();
          raise_soon(*reactor, SIGINT);
          raise_soon(*reactor, SIGTERM, 2ms);
          reactor->call_later(20ms, [&] { reactor->stop(); }).release();
          reactor->run();
          return std::to_string(seen);
        }) == "1");
}

TEST_CASE("on_signal calls in the loop each time and replaces the stop", "[signals][rule66]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          std::string story;
          reactor->on_signal(SIGINT, [&] { story += "int "; });
          reactor->on_signal(SIGUSR1, [&] {
            story += "usr1 ";
            if (story == "int usr1 usr1 ") reactor->stop();
          });
          raise_soon(*reactor, SIGINT);
          raise_soon(*reactor, SIGUSR1, 10ms);
          raise_soon(*reactor, SIGUSR1, 20ms);
          reactor->run();
          return story;
        }) == "int usr1 usr1 ");
}

TEST_CASE("A handler may replace itself while it runs", "[signals]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          std::string story;
          std::string const first = "the first one, kept on the heap by its length; ";
          reactor->on_signal(SIGUSR1, [&, first] {
            reactor->on_signal(SIGUSR1, [&] { reactor->stop(); });
            story += first;
          });
          raise_soon(*reactor, SIGUSR1);
          raise_soon(*reactor, SIGUSR1, 10ms);
          reactor->run();
          return story;
        }) == "the first one, kept on the heap by its length; ");
}

TEST_CASE("What a handler throws is logged and the loop goes on", "[signals]") {
  CHECK(fresh([]() -> std::string {
          LogLines const log;
          auto const reactor = make_reactor();
          reactor->on_signal(SIGUSR1, [] { throw std::runtime_error("handler trouble"); });
          raise_soon(*reactor, SIGUSR1);
          reactor->call_later(20ms, [&] { reactor->stop(); }).release();
          reactor->run();
          return log.count("handler trouble") == 1 ? "logged" : log.text();
        }) == "logged");
}

TEST_CASE("The end of the reactor puts the old dispositions back", "[signals]") {
  CHECK(fresh([]() -> std::string {
          {
            auto const reactor = make_reactor();
            reactor->on_signal(SIGUSR1, [] {});
            reactor->call_later(0s, [&] { reactor->stop(); }).release();
            reactor->run();
          }
          struct sigaction action{};
          std::string story;
          for (auto const number : {SIGINT, SIGTERM, SIGUSR1}) {
            sigaction(number, nullptr, &action);
            story += action.sa_handler == SIG_DFL ? "default " : "other ";
          }
          return story;
        }) == "default default default ");
}

TEST_CASE("A signal before run is not lost", "[signals]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          auto seen = false;
          reactor->on_signal(SIGUSR1, [&] {
            seen = true;
            reactor->stop();
          });
          kill(getpid(), SIGUSR1);
          reactor->run();
          return seen ? "seen" : "lost";
        }) == "seen");
}

TEST_CASE("A second reactor with signals leaves the first one's in order", "[signals]") {
  CHECK(fresh([]() -> std::string {
          auto const first = make_reactor();
          auto seen = false;
          first->on_signal(SIGUSR1, [&] { seen = true; });
          {
            auto const second = make_reactor();
            second->on_signal(SIGUSR2, [] {});
          }
          raise_soon(*first, SIGUSR1);
          run_until(*first, [&] { return seen; }, 1s);
          return seen ? "seen" : "lost";
        }) == "seen");
}

TEST_CASE("A broken pipe never kills, and children get the default action", "[signals][sigpipe]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          run_turns(*reactor);
          int ends[2];
          if (pipe(ends) < 0) return "no pipe";
          close(ends[0]);
          if (write(ends[1], "x", 1) >= 0 || errno != EPIPE) return "no EPIPE";
          auto const child = fork();
          if (child == 0) {
            execl("/bin/sh", "sh", "-c", "kill -PIPE $$; exit 7", nullptr);
            _exit(8);
          }
          int status = 0;
          waitpid(child, &status, 0);
          return WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE ? "default" : "inherited";
        }) == "default");
}

TEST_CASE("A file that may not grow never kills, and children get the default action",
          "[signals][sigxfsz]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          run_turns(*reactor);
          rlimit const none{0, RLIM_INFINITY};
          if (setrlimit(RLIMIT_FSIZE, &none) < 0) return "no limit";
          auto const file = memfd_create("limited", MFD_CLOEXEC);
          if (write(file, "x", 1) >= 0 || errno != EFBIG) return "no EFBIG";
          auto const child = fork();
          if (child == 0) {
            execl("/bin/sh", "sh", "-c", "kill -XFSZ $$; exit 7", nullptr);
            _exit(8);
          }
          int status = 0;
          waitpid(child, &status, 0);
          return WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ ? "default" : "inherited";
        }) == "default");
}

TEST_CASE("Children get the default action of each signal that is watched, and no mask",
          "[signals]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          reactor->on_signal(SIGUSR1, [] {});
          reactor->call_later(0s, [&] { reactor->crash(); }).release();
          reactor->run();
          int killed = 0;
          for (auto const* number : {"INT", "TERM", "USR1"}) {
            auto const child = fork();
            if (child == 0) {
              auto const script = std::string("kill -") + number + " $$; exit 7";
              execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
              _exit(8);
            }
            int status = 0;
            waitpid(child, &status, 0);
            killed += WIFSIGNALED(status);
          }
          return std::to_string(killed);
        }) == "3");
}

TEST_CASE("Signals in a row lose no byte of what is on its way", "[signals]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          int signals = 0;
          reactor->on_signal(SIGUSR1, [&] { ++signals; });
          auto const connection = make_connection();
          connection->on_data = echo;
          auto peer = adopt(*reactor, connection);
          auto const text = pattern(8'000'000);
          std::atomic<bool> done{false};
          std::thread shooter([&] {
            while (!done) {
              kill(getpid(), SIGUSR1);
              std::this_thread::yield();
            }
          });
          if (!run_until(*reactor, [&] { return signals > 0; })) return "no signals";
          auto const got = run_beside(*reactor, [&] { return send_through(peer, peer, text); });
          done = true;
          shooter.join();
          return difference(got, text);
        }) == "equal");
}

TEST_CASE("SIGINT while start-up is held back stops the reactor", "[signals][rule61]") {
  CHECK(fresh([]() -> std::string {
          auto const reactor = make_reactor();
          Deferred<void> held;
          auto promise = held.promise();
          reactor->add_system_event_trigger(Phase::before, SystemEvent::startup,
                                            [&] { return std::move(held); });
          raise_soon(*reactor, SIGINT);
          reactor->call_later(3s, [] { _exit(9); }).release();
          reactor->run();
          return "stopped";
        }) == "stopped");
}

}  // namespace
