#include "reactor/process_child.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "reactor/signals.h"

namespace twx {
namespace {

bool make_non_blocking(int fd) { return fcntl(fd, F_SETFL, O_NONBLOCK) == 0; }

void resize(int terminal, WindowSize size) {
  winsize const wanted{size.rows, size.columns, 0, 0};
  // Cannot fail on a terminal, and a wrong size is no reason to stop.
  static_cast<void>(ioctl(terminal, TIOCSWINSZ, &wanted));
}

}  // namespace

// One that is dead already is not left behind; one that lives does so without us.
ChildProcess::~ChildProcess() {
  loop_.set().remove(*this);
  if (unreaped_) take_status(pid_, false);
}

// --- the start ---

// All that may want memory comes before the fork: after it there is a process to be told of.
Result<void> ChildProcess::start(std::string const& executable, SpawnOptions const& options) {
  ProcessPlan plan(executable, options);
  if (!plan.known) return plan.known;
  if (auto opened = open_pipes(plan, options); !opened) return opened;
  begin_ = loop_.call_later(Duration::zero(), [this] { begin(); });
  survive_failed_writes();
  auto launched = launch(plan);
  if (!launched) return launched.failure();
  pid_ = launched->pid;
  unreaped_ = true;
  handle_ = std::move(launched->handle);
  if (auto watched = watch(plan); !watched) return watched;
  for (auto& each : pipes_) {
    auto& stream = *each.stream;
    loop_.add(std::move(each.stream), false);
    stream.start(std::move(each.protocol));
  }
  pipes_.clear();
  return {};
}

Result<void> ChildProcess::open_pipes(ProcessPlan& plan, SpawnOptions const& options) {
  if (options.pty)
    if (auto opened = open_terminal(plan, *options.pty); !opened) return opened;
  for (auto const& [target, what] : options.descriptors) {
    if (options.pty && target >= 0 && target <= 2) continue;
    if (target < 0) return plan.failure(EBADF, "its descriptors");
    if (auto const* const own = std::get_if<int>(&what)) {
      plan.give(target, *own);
      continue;
    }
    if (auto opened = open_pipe(plan, target, std::get<PipeEnd>(what)); !opened) return opened;
  }
  return plan.give_null_device();
}

Result<void> ChildProcess::open_pipe(ProcessPlan& plan, int target, PipeEnd end) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) < 0) return plan.failure(errno, "its pipes");
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  auto const writes = end == PipeEnd::write;
  auto& ours = writes ? write_end : read_end;
  auto& theirs = writes ? read_end : write_end;
  if (!make_non_blocking(ours.get())) return plan.failure(errno, "its pipes");
  auto const use = writes ? PipeStream::Use::writes : PipeStream::Use::reads;
  plan.give(target, theirs.get());
  pipes_.push_back({std::make_unique<PipeStream>(loop_, std::move(ours), use),
                    protocol_for(target, end), std::move(theirs)});
  return {};
}

Result<void> ChildProcess::open_terminal(ProcessPlan& plan, WindowSize size) {
  constexpr auto flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  Descriptor ours(posix_openpt(flags | O_NONBLOCK));
  if (!ours || unlockpt(ours.get()) < 0) return plan.failure(errno, "its terminal");
  Descriptor theirs(ioctl(ours.get(), TIOCGPTPEER, flags));
  if (!theirs) return plan.failure(errno, "its terminal");
  resize(ours.get(), size);
  plan.terminal = theirs.get();
  for (int target = 0; target <= 2; ++target) plan.give(target, theirs.get());
  auto stream = std::make_unique<PipeStream>(loop_, std::move(ours), PipeStream::Use::terminal);
  terminal_ = stream.get();
  pipes_.push_back({std::move(stream), protocol_for_terminal(), std::move(theirs)});
  return {};
}

Result<void> ChildProcess::watch(ProcessPlan const& plan) {
  auto const error = loop_.set().watch(*this, handle_.get(), EPOLLIN);
  if (error == 0) return {};
  kill(pid_, SIGKILL);
  take_status(pid_, true);
  unreaped_ = false;
  return plan.failure(error, "");
}

// --- its life and end ---

void ChildProcess::ready(std::uint32_t) {
  auto const status = take_status(pid_, false);
  if (!status) return;
  unreaped_ = false;
  loop_.set().remove(*this);
  handle_.reset();
  if (terminal_ && pipe(1)) terminal_->child_exited();
  exited(*status);
}

void ChildProcess::send_signal(int number) {
  auto const error = twx::send_signal(handle_.get(), number);
  if (error == ESRCH) throw ProcessExitedAlready();
  if (error != 0) throw std::system_error(error, std::system_category(), "signal");
}

void ChildProcess::set_window_size(WindowSize size) {
  if (terminal_ && pipe(1)) resize(terminal_->fd(), size);
}

void ChildProcess::over() { family_.forget(*this); }

Result<ProcessTransport*> Children::spawn(std::unique_ptr<ProcessProtocol> protocol,
                                          std::string const& executable,
                                          SpawnOptions const& options) {
  decltype(all_) mine;
  auto owned = std::make_unique<ChildProcess>(*this, loop_, std::move(protocol));
  auto& child = *owned;
  mine.emplace(&child, std::move(owned));
  if (auto started = child.start(executable, options); !started) return started.failure();
  all_.merge(mine);
  return &child;
}

void Children::forget(ChildProcess& child) {
  auto const found = all_.find(&child);
  auto owned = std::move(found->second);
  all_.erase(found);
  loop_.bury(std::move(owned));
}

}  // namespace twx
