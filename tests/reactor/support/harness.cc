#include "tests/reactor/support/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace twx::test {

void (*around_the_test)(bool begins) = nullptr;

namespace {

// Asks again each millisecond: what it waits for may be the doing of a peer that the reactor does
// not see.
struct Watch {
  Reactor& reactor;
  std::function<bool()> const& done;
  Time until;
  bool came = false;
  DelayedCall next;

  void look() {
    TestsOwn const own;
    came = done();
    if (came || reactor.now() >= until) return reactor.crash();
    next = reactor.call_later(1ms, [this] { look(); });
  }
};

}  // namespace

bool run_until(Reactor& reactor, std::function<bool()> const& done, Duration limit) {
  Watch watch{reactor, done, reactor.now() + limit, false, {}};
  {
    TestsOwn const own;
    if (done()) return true;
    watch.next = reactor.call_later(Duration::zero(), [&] { watch.look(); });
  }
  reactor.run(false);
  return watch.came;
}

void run_for(Reactor& reactor, Duration time) {
  DelayedCall end;
  {
    TestsOwn const own;
    end = reactor.call_later(time, [&] { reactor.crash(); });
  }
  reactor.run(false);
}

void run_turns(Reactor& reactor, int turns) {
  for (int i = 0; i < turns; ++i) run_for(reactor, Duration::zero());
}

Duration processor_time() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  auto const time = [](timeval const& t) {
    return Duration(std::chrono::seconds(t.tv_sec)) + std::chrono::microseconds(t.tv_usec);
  };
  return time(usage.ru_utime) + time(usage.ru_stime);
}

long sleeps() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

LogLines::LogLines()
    : before_(set_log_sink([this](Level, std::string_view line) { lines_.emplace_back(line); })) {}

LogLines::~LogLines() { set_log_sink(std::move(before_)); }

std::size_t LogLines::count(std::string_view part) const {
  return static_cast<std::size_t>(std::ranges::count_if(lines_, [&](auto const& line) {
    return line.find(part) != line.npos;
  }));
}

std::string LogLines::text() const {
  std::string all;
  for (auto const& line : lines_) all += line + "\n";
  return all;
}

ScratchDirectory::ScratchDirectory() : path_("/tmp/twx-test-XXXXXX") {
  if (!mkdtemp(path_.data())) throw std::system_error(errno, std::system_category(), path_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Child::Child(std::function<std::string()> const& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) throw std::system_error(errno, std::system_category(), "pipe");
  std::fflush(nullptr);  // or the child may say again what the parent has to say
  id_ = fork();
  if (id_ < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (id_ == 0) {
    // A death is the parent's to report.
    for (auto const number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL}) signal(number, SIG_DFL);
    // Away from the numbers that `work` may replace or use up.
    auto const out = fcntl(ends[1], F_DUPFD_CLOEXEC, 200);
    close(ends[0]);
    close(ends[1]);
    std::string report;
    try {
      report = work();
    } catch (std::exception const& e) {
      report = std::string("exception: ") + e.what();
    }
    auto const written = write(out, report.data(), report.size());
    _exit(written == static_cast<ssize_t>(report.size()) ? 0 : 1);
  }
  close(ends[1]);
  pipe_ = ends[0];
}

Child::~Child() {
  if (pipe_ >= 0) close(pipe_);
  if (id_ <= 0) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

std::string Child::report() {
  std::string report;
  char buffer[4096];
  pollfd readable{pipe_, POLLIN, 0};
  auto const limit = static_cast<int>(2 * patience / 1ms);
  ssize_t count = -1;
  while (poll(&readable, 1, limit) > 0 && (count = read(pipe_, buffer, sizeof buffer)) > 0)
    report.append(buffer, static_cast<std::size_t>(count));
  if (count != 0) return report + "(still running)";
  int status = 0;
  waitpid(std::exchange(id_, -1), &status, 0);
  if (WIFSIGNALED(status))
    report += "(killed by signal " + std::to_string(WTERMSIG(status)) + ")";
  else if (status != 0)
    report += "(exit " + std::to_string(WEXITSTATUS(status)) + ")";
  return report;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>('a' + (i + i / 1024 + i / (1024 * 26)) % 26);
  return text;
}

std::string difference(std::string_view got, std::string_view wanted) {
  if (got == wanted) return "equal";
  auto const place = std::ranges::mismatch(got, wanted).in1 - got.begin();
  return std::to_string(got.size()) + " of " + std::to_string(wanted.size()) +
         " bytes, different from byte " + std::to_string(place);
}

}  // namespace twx::test
