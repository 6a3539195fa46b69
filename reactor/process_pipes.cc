#include "reactor/process_pipes.h"

#include <algorithm>

#include "reactor/log.h"

namespace twx {

// The protocol of one pipe: passes on what happens there. What the process's protocol throws goes
// up to the pipe, which logs it and ends.
class PipedProcess::Relay final : public Protocol {
 public:
  Relay(PipedProcess& process, int fd, int input) : process_(process), fd_(fd), input_(input) {}

  void connection_made() override { process_.pipes_[fd_].transport = &transport(); }
  void data_received(Bytes data) override { told().child_data_received(fd_, data); }
  void write_connection_lost() override { transport().lose_connection(); }  // nothing is left
  void pause_writing() override { told().pause_writing(input_); }
  void resume_writing() override { told().resume_writing(input_); }
  void connection_lost(Failure const& reason) override { process_.pipe_lost(fd_, reason); }

 private:
  ProcessProtocol& told() {
    process_.begin();
    return *process_.protocol_;
  }

  PipedProcess& process_;
  int const fd_;
  int const input_;  // what the child calls the descriptor that is written to here
};

PipedProcess::PipedProcess(std::unique_ptr<ProcessProtocol> protocol)
    : protocol_(std::move(protocol)) {}

PipedProcess::~PipedProcess() = default;

std::unique_ptr<Protocol> PipedProcess::protocol_for(int fd, PipeEnd end) {
  pipes_[fd].end = end;
  return std::make_unique<Relay>(*this, fd, fd);
}

std::unique_ptr<Protocol> PipedProcess::protocol_for_terminal() {
  terminal_ = true;
  pipes_[1] = {};
  return std::make_unique<Relay>(*this, 1, 0);
}

// --- what is asked for ---

Transport* PipedProcess::pipe(int fd) const {
  auto const found = pipes_.find(terminal_ && fd >= 0 && fd <= 2 ? 1 : fd);
  return found == pipes_.end() ? nullptr : found->second.transport;
}

bool PipedProcess::writes_to(int fd) const {
  if (terminal_ && fd == 0) return true;
  auto const found = pipes_.find(fd);
  return found != pipes_.end() && found->second.end == PipeEnd::write;
}

void PipedProcess::write_to_child(int fd, Bytes data) {
  if (!writes_to(fd)) throw std::invalid_argument("no pipe to write to: " + std::to_string(fd));
  if (auto* const transport = pipe(fd)) transport->write(data);
}

void PipedProcess::close_child_fd(int fd) {
  if (terminal_ && fd >= 0 && fd <= 2) return;
  if (auto* const transport = pipe(fd)) transport->lose_connection();
}

void PipedProcess::lose_connection() {
  for (auto const& [fd, each] : pipes_)
    if (each.transport) each.transport->lose_connection();
}

void PipedProcess::pause_producing() {
  for (auto const& [fd, each] : pipes_)
    if (each.transport && each.end == PipeEnd::read) each.transport->pause_producing();
}

void PipedProcess::resume_producing() {
  for (auto const& [fd, each] : pipes_)
    if (each.transport && each.end == PipeEnd::read) each.transport->resume_producing();
}

void PipedProcess::signal(int number) {
  if (status_) throw ProcessExitedAlready();
  send_signal(number);
}

// --- what is told ---

template <class Call>
void PipedProcess::guarded(Call call) noexcept {
  try {
    call();
  } catch (...) {
    log_failure("a process protocol failed", Failure::from_current_exception());
  }
}

void PipedProcess::begin() {
  if (std::exchange(begun_, true)) return;
  guarded([this] { protocol_->make_connection(*this); });
}

void PipedProcess::exited(ProcessStatus status) {
  begin();
  status_ = status;
  guarded([this] { protocol_->process_exited(*status_); });
  end_if_all_is_over();
}

void PipedProcess::pipe_lost(int fd, Failure const& reason) {
  begin();
  pipes_[fd].transport = nullptr;
  guarded([&] { protocol_->child_connection_lost(fd, reason); });
  end_if_all_is_over();
}

void PipedProcess::end_if_all_is_over() {
  auto const open = [](auto const& each) { return each.second.transport != nullptr; };
  if (!status_ || ended_ || std::ranges::any_of(pipes_, open)) return;
  ended_ = true;
  guarded([this] { protocol_->process_ended(*status_); });
  over();
}

}  // namespace twx
