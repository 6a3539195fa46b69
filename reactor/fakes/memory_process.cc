#include "reactor/fakes/memory_process.h"

#include <algorithm>

namespace twx {

MemoryProcess::MemoryProcess(Clock& clock, std::unique_ptr<ProcessProtocol> protocol,
                             std::string executable, SpawnOptions options, int pid)
    : PipedProcess(std::move(protocol)),
      executable_(std::move(executable)),
      options_(std::move(options)),
      pid_(pid) {
  if (options_.pty) open(clock, 1, protocol_for_terminal());
  for (auto const& [fd, what] : options_.descriptors) {
    auto const* const end = std::get_if<PipeEnd>(&what);
    if (!end || (options_.pty && fd <= 2)) continue;
    open(clock, fd, protocol_for(fd, *end));
  }
  begin_ = clock.call_later(Duration::zero(), [this] { begin(); });
}

void MemoryProcess::open(Clock& clock, int fd, std::unique_ptr<Protocol> protocol) {
  auto& made = pipes_[fd] = std::make_unique<FakeTransport>(&clock);
  made->set_host({});
  made->set_peer({});
  made->connect(std::move(protocol));
}

void MemoryProcess::close(int fd) {
  auto const what = options_.descriptors.find(fd);
  auto const terminal = options_.pty && fd == 1;
  if (!terminal && what != options_.descriptors.end() &&
      what->second == std::variant<PipeEnd, int>(PipeEnd::write))
    return transport(fd).lose(std::make_error_code(std::errc::broken_pipe));
  transport(fd).deliver_eof();
  transport(fd).turn();
}

void MemoryProcess::exit(ProcessStatus status) {
  if (has_exited()) throw std::logic_error("the process is dead");
  exited(status);
}

void MemoryProcess::end(ProcessStatus status) {
  for (auto const& [fd, each] : pipes_)
    if (!each->lost()) close(fd);
  exit(status);
}

void MemoryProcess::turn() {
  for (auto const& [fd, each] : pipes_) each->turn();
}

bool MemoryProcess::busy() const {
  return std::ranges::any_of(pipes_, [](auto const& each) { return each.second->busy(); });
}

void MemoryProcess::lose() {
  for (auto const& [fd, each] : pipes_) each->lose();
}

void MemoryProcess::set_window_size(WindowSize size) {
  if (options_.pty) options_.pty = size;
}

}  // namespace twx
