#include "reactor/process.h"

#include <csignal>
#include <cstring>

namespace twx {
namespace {

std::string signal_name(int number) {
  auto const* const abbreviated = sigabbrev_np(number);
  return abbreviated ? std::string("SIG") + abbreviated : "signal " + std::to_string(number);
}

int signal_number(std::string_view name) {
  auto bare = name;
  if (bare.starts_with("SIG")) bare.remove_prefix(3);
  for (int number = 1; number < NSIG; ++number)
    if (auto const* const known = sigabbrev_np(number); known && bare == known) return number;
  throw std::invalid_argument("no such signal: " + std::string(name));
}

}  // namespace

Failure ProcessStatus::failure() const {
  if (done()) return Error::process_done;
  std::string text = "Process ended in a way that is not known";
  if (signal != 0)
    text = "Process ended by " + signal_name(signal);
  else if (exit_code >= 0)
    text = "Process ended with exit code " + std::to_string(exit_code);
  return Failure::with_message(Error::process_terminated, std::move(text));
}

void ProcessTransport::signal(std::string_view name) { signal(signal_number(name)); }

void ProcessProtocol::child_data_received(int fd, Bytes data) {
  if (fd == 1) out_received(data);
  if (fd == 2) err_received(data);
}

void ProcessProtocol::child_connection_lost(int fd, Failure const&) {
  if (fd == 0) in_connection_lost();
  if (fd == 1) out_connection_lost();
  if (fd == 2) err_connection_lost();
}

}  // namespace twx
