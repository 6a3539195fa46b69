#include <cstdio>

#include "cli/run.h"
#include "cli/standard_descriptors.h"

int main(int argc, char** argv) {
  if (!twx::open_standard_descriptors()) {
    std::perror("twx: cannot open /dev/null");
    return static_cast<int>(twx::ExitStatus::failed);
  }
  // exec(2) allows an empty argument vector.
  auto const first = argc > 0 ? 1 : 0;
  return twx::run(twx::commands(), {argv + first, static_cast<std::size_t>(argc - first)});
}
