#include "reactor/process_launch.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

extern "C" {  // which glibc 2.36 has forgotten in there
#include <sys/pidfd.h>
}

namespace twx {
namespace {

// --- in the child ---
// After vfork it shares our memory, and other threads may have held locks at the time of the fork:
// nothing here but system calls.

enum class Step { terminal, descriptors, folder, identity, program };

struct Report {
  int error;
  Step step;
};

class Birth {
 public:
  Birth(ProcessPlan& plan, int status) : plan_(plan), status_(status) {}

  [[noreturn]] void run() {
    if (plan_.terminal >= 0) take_terminal();
    take_descriptors();
    if (!plan_.working_directory.empty() && chdir(plan_.working_directory.c_str()) < 0)
      fail(Step::folder);
    if (plan_.identity) take_identity();
    reset_signals();
    execute();
  }

 private:
  [[noreturn]] void fail(Step step) {
    Report const report{errno, step};
    // Too small to be cut. If it fails the parent takes the exit for one of the program.
    auto const written = write(status_, &report, sizeof report);
    static_cast<void>(written);
    _exit(127);
  }

  void take_terminal() {
    if (setsid() < 0 || ioctl(plan_.terminal, TIOCSCTTY, 0) < 0) fail(Step::terminal);
  }

  // First all out of the way, then each to its place: a target may be the number of a source.
  void take_descriptors() {
    auto const above = plan_.given.back().target + 1;
    auto const status = fcntl(status_, F_DUPFD_CLOEXEC, above);
    if (status < 0) fail(Step::descriptors);
    status_ = status;
    for (auto& each : plan_.given) {
      each.moved = fcntl(each.source, F_DUPFD_CLOEXEC, above);
      if (each.moved < 0) fail(Step::descriptors);
    }
    int next = 0;
    for (auto const& each : plan_.given) {
      if (dup2(each.moved, each.target) < 0) fail(Step::descriptors);
      if (each.target > next) close_later(next, each.target - 1);
      next = each.target + 1;
    }
    close_later(next, INT_MAX);
  }

  // By the exec, until when the parent is to hear of failures.
  void close_later(int first, int last) {
    if (close_range(static_cast<unsigned>(first), static_cast<unsigned>(last),
                    CLOSE_RANGE_CLOEXEC) < 0)
      fail(Step::descriptors);
  }

  void take_identity() {
    if (!plan_.identity) return;
    auto const& [user, group, groups] = *plan_.identity;
    if (user && (setgroups(groups.size(), groups.data()) < 0)) fail(Step::identity);
    if (group && setresgid(*group, *group, *group) < 0) fail(Step::identity);
    if (user && setresuid(*user, *user, *user) < 0) fail(Step::identity);
  }

  // Handlers first: one that ran here would do so in the parent's memory.
  static void reset_signals() {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
  }

  // As execvp searches, which may allocate.
  [[noreturn]] void execute() {
    auto error = ENOENT;
    for (auto const& path : plan_.paths) {
      execve(path.c_str(), plan_.arguments(), plan_.environment());
      if (errno == EACCES) error = EACCES;
      if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) fail(Step::program);
    }
    errno = error;
    fail(Step::program);
  }

  ProcessPlan& plan_;
  int status_;
};

// --- in the parent ---

// No signal in this thread, so that none of its handlers runs in the child.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(NoSignals const&) = delete;
  NoSignals& operator=(NoSignals const&) = delete;

 private:
  sigset_t before_{};
};

// vfork copies no page tables. It does share the memory, which a child that becomes another user
// must not.
pid_t fork_child(ProcessPlan& plan, int status) {
  NoSignals const none;
  // Nothing of ours runs in the child but what posix_spawn would do as well, and more is needed.
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,bugprone-unsafe-functions)
  auto const pid = plan.identity ? fork() : vfork();
  if (pid == 0) Birth(plan, status).run();
  return pid;
}

// Children that nobody waits for because SIGCHLD is ignored leave no status.
void keep_statuses() {
  struct sigaction present{};
  if (sigaction(SIGCHLD, nullptr, &present) == 0 && present.sa_handler == SIG_IGN)
    signal(SIGCHLD, SIG_DFL);
}

std::string step_text(ProcessPlan const& plan, Step step) {
  switch (step) {
    case Step::terminal: return "its terminal";
    case Step::descriptors: return "its descriptors";
    case Step::folder: return "in " + plan.working_directory;
    case Step::identity: return "as another user";
    case Step::program: break;
  }
  return {};
}

// What the child says before its program runs; nothing if it does run.
std::optional<Report> read_report(int fd) {
  Report report{};
  auto count = read(fd, &report, sizeof report);
  while (count < 0 && errno == EINTR) count = read(fd, &report, sizeof report);
  if (count == sizeof report) return report;
  return std::nullopt;
}

}  // namespace

Result<Launched> launch(ProcessPlan& plan) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) < 0) return plan.failure(errno, "");
  Descriptor const status(ends[0]);
  Descriptor theirs(ends[1]);
  keep_statuses();
  Launched launched;
  launched.pid = fork_child(plan, theirs.get());
  if (launched.pid < 0) return plan.failure(errno, "");
  theirs.reset();
  if (auto const report = read_report(status.get())) {
    take_status(launched.pid, true);
    return plan.failure(report->error, step_text(plan, report->step));
  }
  launched.handle = Descriptor(pidfd_open(launched.pid, 0));
  if (launched.handle) return launched;
  auto const error = errno;
  kill(launched.pid, SIGKILL);
  take_status(launched.pid, true);
  return plan.failure(error, "");
}

int send_signal(int handle, int number) {
  return pidfd_send_signal(handle, number, nullptr, 0) == 0 ? 0 : errno;
}

std::optional<ProcessStatus> take_status(int pid, bool wait) {
  int status = 0;
  auto got = waitpid(pid, &status, wait ? 0 : WNOHANG);
  while (got < 0 && errno == EINTR) got = waitpid(pid, &status, wait ? 0 : WNOHANG);
  if (got == 0) return std::nullopt;
  if (got < 0) return ProcessStatus{-1, 0};
  if (WIFSIGNALED(status)) return ProcessStatus{-1, WTERMSIG(status)};
  return ProcessStatus{WEXITSTATUS(status), 0};
}

}  // namespace twx
