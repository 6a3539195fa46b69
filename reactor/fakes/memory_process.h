// Public test double. MemoryProcess: a child that was asked for and that never runs. The test says
// what it sends, reads, closes, and how it ends.
//
//   reactor.spawn_process(std::make_unique<Sorted>(), "sort");
//   MemoryProcess& child = *reactor.processes().at(0);
//   CHECK(child.take() == "2\n1\n");
//   child.deliver(1, "1\n2\n");
//   child.end();  // exits with 0, and all its pipes are closed
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/fakes/fake_transport.h"
#include "reactor/process_pipes.h"

namespace twx {

// Delivering, closing and ending throw std::logic_error inside a callback of its protocol, as
// FakeTransport does. Stays until its reactor goes.
class MemoryProcess final : public PipedProcess {
 public:
  MemoryProcess(Clock&, std::unique_ptr<ProcessProtocol>, std::string executable, SpawnOptions,
                int pid);

  // --- what was asked for ---
  std::string const& executable() const { return executable_; }
  SpawnOptions const& options() const { return options_; }
  std::vector<int> const& signals() const { return signals_; }
  WindowSize window_size() const { return options_.pty.value_or(WindowSize{}); }

  // --- what the child does ---
  // The pipe of one of its descriptors, open or closed, for all that a network can do to it; that
  // of a terminal is 1. Throws std::out_of_range where there is none.
  FakeTransport& transport(int fd) { return *pipes_.at(fd); }
  // It sends to us.
  void deliver(int fd, std::string_view data) { transport(fd).deliver(data); }
  // What it has read since the last time. Of a terminal, fd is 1.
  std::string take(int fd = 0) { return transport(fd).take(); }
  // It closes its end: the end of input, or a broken pipe.
  void close(int fd);
  // It dies; its pipes stay open, as if others had them too.
  void exit(ProcessStatus status = {});
  // The same, and its pipes are closed.
  void end(ProcessStatus status = {});

  // The end of a turn of each pipe.
  void turn();
  bool busy() const;
  // The reactor shuts down.
  void lose();
  bool ended() const { return ended_; }

  // --- ProcessTransport ---
  int pid() const override { return pid_; }
  void set_window_size(WindowSize) override;

 private:
  void over() override { ended_ = true; }
  void send_signal(int number) override { signals_.push_back(number); }
  void open(Clock&, int fd, std::unique_ptr<Protocol>);

  std::string executable_;
  SpawnOptions options_;
  int pid_;
  std::map<int, std::unique_ptr<FakeTransport>> pipes_;
  std::vector<int> signals_;
  DelayedCall begin_;
  bool ended_ = false;
};

}  // namespace twx
