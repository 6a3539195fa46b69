// Internal to reactor/. PipedProcess: what a process tells its protocol, and in which order, over
// any Transports: those of a real child (process_child.h) or of a recorded one
// (fakes/memory_process.h).
#pragma once

#include <memory>

#include "reactor/process.h"
#include "reactor/protocol.h"

namespace twx {

class PipedProcess : public ProcessTransport {
 public:
  explicit PipedProcess(std::unique_ptr<ProcessProtocol> protocol);
  ~PipedProcess() override;
  PipedProcess(PipedProcess const&) = delete;
  PipedProcess& operator=(PipedProcess const&) = delete;

  using ProcessTransport::signal;
  using ProcessTransport::write_to_child;
  void write_to_child(int fd, Bytes data) override;
  void close_child_fd(int fd) override;
  void lose_connection() override;
  void pause_producing() override;
  void resume_producing() override;
  Transport* pipe(int fd) const override;
  void signal(int number) override;

 protected:
  // What the Transport of `fd` calls: to be connected at once, before anything can happen there.
  std::unique_ptr<Protocol> protocol_for(int fd, PipeEnd end);
  // The same for a terminal, the descriptors 0, 1 and 2 in one.
  std::unique_ptr<Protocol> protocol_for_terminal();

  // Reports, from the reactor's own turn. begin() lets connection_made come, unless it has.
  void begin();
  void exited(ProcessStatus);
  bool has_exited() const { return status_.has_value(); }
  // process_ended was told; the object may go with this turn.
  virtual void over() = 0;
  virtual void send_signal(int number) = 0;

 private:
  class Relay;
  struct Pipe {
    PipeEnd end = PipeEnd::read;
    Transport* transport = nullptr;  // from its start to its end
  };

  template <class Call>
  void guarded(Call call) noexcept;
  bool writes_to(int fd) const;
  void pipe_lost(int fd, Failure const& reason);
  void end_if_all_is_over();

  std::unique_ptr<ProcessProtocol> protocol_;
  std::map<int, Pipe> pipes_;  // a terminal is 1
  std::optional<ProcessStatus> status_;
  bool terminal_ = false;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace twx
