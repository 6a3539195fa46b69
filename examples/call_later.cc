// Calls that come later, and one that ends it all.
//   call_later [SECONDS]   the end; 4 unless given
#include <cstdio>
#include <string>

#include "reactor/reactor.h"

using namespace twx;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  std::chrono::duration<double> const last(argc > 1 ? std::stod(argv[1]) : 4);
  auto const reactor = make_reactor();
  auto const end = std::chrono::duration_cast<Duration>(last);
  auto const stop = reactor->call_later(end, [&] {
    std::puts("stop");
    reactor->stop();
  });
  auto never = reactor->call_later(end / 2, [] { std::puts("never"); });
  auto const half = reactor->call_later(end / 4, [&] {
    std::puts("cancelled in time");
    never.cancel();
  });
  auto const now = reactor->call_later(0s, [] { std::puts("in the next turn"); });
  reactor->run();
}
