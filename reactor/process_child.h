// Internal to reactor/. The children of one reactor. Their death is noticed by a pidfd in its epoll
// set, so SIGCHLD stays the program's own, and nobody else's child is ever waited for.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "reactor/loop.h"
#include "reactor/pipe_stream.h"
#include "reactor/process_launch.h"
#include "reactor/process_pipes.h"

namespace twx {

class Children;

class ChildProcess final : public PipedProcess, public Watched {
 public:
  ChildProcess(Children& family, Loop& loop, std::unique_ptr<ProcessProtocol> protocol)
      : PipedProcess(std::move(protocol)), family_(family), loop_(loop) {}
  ~ChildProcess() override;

  // Once. After a failure the object is of no use.
  Result<void> start(std::string const& executable, SpawnOptions const&);

  int pid() const override { return pid_; }
  void set_window_size(WindowSize) override;

 private:
  // A pipe whose other end the child will have.
  struct Pipe {
    std::unique_ptr<PipeStream> stream;
    std::unique_ptr<Protocol> protocol;
    Descriptor theirs;
  };

  void ready(std::uint32_t) override;
  void over() override;
  void send_signal(int number) override;
  Result<void> open_pipes(ProcessPlan&, SpawnOptions const&);
  Result<void> open_pipe(ProcessPlan&, int target, PipeEnd);
  Result<void> open_terminal(ProcessPlan&, WindowSize);
  Result<void> watch(ProcessPlan const&);

  Children& family_;
  Loop& loop_;
  std::vector<Pipe> pipes_;  // until start() is done
  PipeStream* terminal_ = nullptr;
  DelayedCall begin_;
  int pid_ = -1;
  bool unreaped_ = false;  // started, and its status not taken yet
  Descriptor handle_;
};

class Children {
 public:
  explicit Children(Loop& loop) : loop_(loop) {}

  Result<ProcessTransport*> spawn(std::unique_ptr<ProcessProtocol>, std::string const& executable,
                                  SpawnOptions const&);
  // Destroys the child at the end of the turn.
  void forget(ChildProcess&);

 private:
  Loop& loop_;
  std::map<ChildProcess*, std::unique_ptr<ChildProcess>> all_;  // the started ones
};

}  // namespace twx
