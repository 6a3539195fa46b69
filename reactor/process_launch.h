// Internal to reactor/. fork and exec.
#pragma once

#include "reactor/descriptor.h"
#include "reactor/process_plan.h"

namespace twx {

struct Launched {
  int pid = -1;
  Descriptor handle;  // a pidfd: readable when the process is dead
};

// Starts the plan's process. What fails in the child before its program runs, the exec too, is a
// failure here, and nothing is left of it. Blocks until the exec.
//
// Needs pidfd_open (Linux 5.3) and CLOSE_RANGE_CLOEXEC (5.11). Debian 12 has 6.1, so there is no
// other way for where they are missing: then this fails.
Result<Launched> launch(ProcessPlan& plan);

// 0 or errno.
int send_signal(int handle, int number);

// The status of a child that is dead or, if `wait`, will be soon; nothing if it lives.
std::optional<ProcessStatus> take_status(int pid, bool wait);

}  // namespace twx
