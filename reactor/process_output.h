// Public. Processes that are run for what they say: the whole output, or the exit code, when it is
// there.
#pragma once

#include <string>

#include "reactor/deferred.h"
#include "reactor/process.h"

namespace twx {

class Reactor;

// What a process wrote, and how it ended.
struct ProcessOutput {
  std::string out;
  std::string err;
  ProcessStatus status;
};

// Most bytes of output and errors together.
constexpr std::size_t usual_output_limit = 16 * 1024 * 1024;

// All that follows: the process has nothing on its standard input (/dev/null) unless the options
// give it a descriptor of ours, and inherits the environment unless they give one. The Deferred
// fires when the process is dead and its pipes are closed. It fails as spawn_process does, with
// std::errc::value_too_large above the limit, with Error::connection_lost if the reactor shuts down
// before the end, or has begun to; in these cases and when it is cancelled the process is killed
// (SIGKILL), though not what it has started itself, nor one that has become another user's.
//
// With `pty` its standard input is the terminal too, on which nobody ever types; its errors are
// part of its output, and lines end as the terminal writes them ("\r\n").

// What it wrote to its standard output and standard error, however it ended.
Deferred<ProcessOutput> get_process_output_and_value(Reactor&, std::string const& executable,
                                                     SpawnOptions options = SpawnOptions(),
                                                     std::size_t limit = usual_output_limit);
// What it wrote to its standard output. Fails with Error::process_terminated, and the last line of
// its errors as the text, unless it exited with 0.
Deferred<std::string> get_process_output(Reactor&, std::string const& executable,
                                         SpawnOptions options = SpawnOptions(),
                                         std::size_t limit = usual_output_limit);
// Its exit code; what it writes is thrown away, unless the options give it descriptors of ours.
// Fails with Error::process_terminated if a signal ended it.
Deferred<int> get_process_value(Reactor&, std::string const& executable,
                                SpawnOptions options = SpawnOptions());

}  // namespace twx
