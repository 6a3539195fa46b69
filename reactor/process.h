// Public. Child processes: what one is started with, how it is spoken to, and what it tells.
//
//   struct Sorted final : ProcessProtocol {
//     void out_received(Bytes data) override { ... }
//     void process_ended(ProcessStatus const& status) override { ... }
//   };
//   auto child = reactor.spawn_process(std::make_unique<Sorted>(), "sort", {.arguments = {"-n"}});
//   if (!child) return child.failure();  // "run sort: No such file or directory"
//   (*child)->write("2\n1\n");
//   (*child)->close_stdin();
//
// get_process_output and its like (process_output.h) do the usual in one call.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/failure.h"
#include "reactor/transport.h"

namespace twx {

// signal() to a process that has ended.
struct ProcessExitedAlready : std::logic_error {
  ProcessExitedAlready() : std::logic_error("the process has exited already") {}
};

// How a process ended.
struct ProcessStatus {
  int exit_code = 0;  // what it gave to exit(); -1 if a signal ended it
  int signal = 0;     // what ended it; 0 if it exited

  // It exited with 0.
  bool done() const { return exit_code == 0 && signal == 0; }
  // Error::process_done, or Error::process_terminated with a text that tells how. A code of -1
  // without a signal: somebody else in this program has taken the status.
  Failure failure() const;
};
// Of a terminal, in characters.
struct WindowSize {
  unsigned short rows = 24;
  unsigned short columns = 80;
};
// Names and values; names hold no "=".
using Environment = std::map<std::string, std::string>;

// What this side does with its end of a pipe.
enum class PipeEnd { write, read };
// How a process is started.
struct SpawnOptions {
  std::vector<std::string> arguments = {};  // those after argv[0]
  std::optional<std::string> name = {};     // argv[0]; nothing: the executable as it was asked for
  // Nothing: that of this process. An empty one is empty.
  std::optional<Environment> environment = {};
  std::string working_directory = {};  // empty: that of this process
  // The user, with all groups that the system knows of them; without `gid` the main one of these.
  std::optional<unsigned> uid = {};
  std::optional<unsigned> gid = {};
  // The child's descriptors: pipes, or descriptors of this process, which keeps them. Of 0, 1 and 2
  // those that are missing here are /dev/null; no others are open in the child.
  std::map<int, std::variant<PipeEnd, int>> descriptors = {{0, PipeEnd::write},
                                                           {1, PipeEnd::read},
                                                           {2, PipeEnd::read}};
  // A terminal of this size for 0, 1 and 2, in a session of the child's own. All output comes as
  // that of descriptor 1. There is no half-close: the end of input is a written "\x04".
  std::optional<WindowSize> pty = {};
};

// A child from this side. No call here runs a callback of the protocol. Valid from spawn_process
// until process_ended returns, for use in the reactor's thread only.
class ProcessTransport {
 public:
  virtual ~ProcessTransport() = default;

  virtual int pid() const = 0;

  // Queues for the child's standard input, or descriptor `fd`, as Transport::write does. Dropped
  // after the end of the pipe. Throws std::invalid_argument if it never was one to write to.
  virtual void write_to_child(int fd, Bytes data) = 0;
  void write_to_child(int fd, std::string_view data) { write_to_child(fd, bytes(data)); }
  void write(Bytes data) { write_to_child(0, data); }
  void write(std::string_view data) { write_to_child(0, bytes(data)); }

  // Closes this side's end of the pipe, after what was written has left. What the child still sends
  // there is lost, and ends the child if it does not know of SIGPIPE. Nothing where there is no
  // such pipe (any more), nor for the three of a terminal.
  virtual void close_child_fd(int fd) = 0;
  void close_stdin() { close_child_fd(0); }
  void close_stdout() { close_child_fd(1); }
  void close_stderr() { close_child_fd(2); }
  // All of them, and the terminal. The child lives on, if it can.
  virtual void lose_connection() = 0;

  // Stops and restarts reading from all pipes; the child is slowed down by that.
  virtual void pause_producing() = 0;
  virtual void resume_producing() = 0;

  // The pipe as a transport: for water marks, producers, shared messages, traffic, forwarding.
  // nullptr where there is none (any more). Valid until child_connection_lost for it returns.
  virtual Transport* pipe(int fd) const = 0;

  // Throws ProcessExitedAlready from process_exited on, and std::system_error where the system
  // refuses. By name, "TERM" or "SIGTERM": std::invalid_argument for an unknown one.
  virtual void signal(int number) = 0;
  void signal(std::string_view name);

  // The child is told by SIGWINCH. Nothing without a terminal.
  virtual void set_window_size(WindowSize) = 0;
};

// One object per process, owned by it and destroyed after process_ended. The calls come in this
// order, none of them inside a call of ProcessTransport:
//
//   connection_made  (child_data_received | pause_writing | resume_writing |
//   child_connection_lost)* process_ended
//
// with process_exited at any place between. What child_data_received, pause_writing and
// resume_writing throw is logged and closes their pipe; what the others throw is logged.
class ProcessProtocol {
 public:
  virtual ~ProcessProtocol() = default;
  // The process runs.
  virtual void connection_made() {}
  // The same promises as in Protocol::data_received.
  virtual void out_received(Bytes /*data*/) {}
  virtual void err_received(Bytes /*data*/) {}
  // Of any descriptor: as it stands 1 and 2 go to the two above, others are dropped.
  virtual void child_data_received(int fd, Bytes data);

  // More than the high mark is unsent to `fd`: the child does not read. Whoever produces for it
  // should wait until resume_writing; above the hard limit the pipe is closed.
  virtual void pause_writing(int /*fd*/) {}
  virtual void resume_writing(int /*fd*/) {}

  // The pipe is closed, by either side: once for each pipe.
  virtual void in_connection_lost() {}
  virtual void out_connection_lost() {}
  virtual void err_connection_lost() {}
  // Of any descriptor: as it stands 0, 1 and 2 go to the three above. Error::connection_done for an
  // orderly end, a broken pipe where the child closed what is written to, Error::connection_lost at
  // the shutdown of the reactor.
  virtual void child_connection_lost(int fd, Failure const& reason);

  // The process is dead. Its last output may still come, and that of others that it left its
  // descriptors to.
  virtual void process_exited(ProcessStatus const&) {}
  // It is dead and all pipes are closed: the last call.
  virtual void process_ended(ProcessStatus const&) {}

  // Called by whoever connects the two, before any other call.
  void make_connection(ProcessTransport& transport) {
    transport_ = &transport;
    connection_made();
  }

 protected:
  ProcessTransport& transport() const {
    if (!transport_) throw std::logic_error("the protocol has no process yet");
    return *transport_;
  }

 private:
  ProcessTransport* transport_ = nullptr;
};

}  // namespace twx
