#include <unistd.h>

#include <vector>

#include "load.h"
#include "load_wire.h"
#include "net.h"

namespace {

// A reset, not a close: 9,500 ports in TIME_WAIT would be missing in the next round.
void reset(int fd) {
  linger const at_once{.l_onoff = 1, .l_linger = 0};
  bench::check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "SO_LINGER");
  close(fd);
}

void limit_patience(int fd) {
  timeval const limit{.tv_sec = bench::patience.count(), .tv_usec = 0};
  bench::check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
}

void exchange_byte(bench::Wire& wire) {
  char byte = 'x';
  bench::check(static_cast<int>(wire.send(&byte, 1)), "send");
  if (wire.receive(&byte, 1) != 1) bench::fail("no echo on an idle connection");
}

}  // namespace

void bench::run_idle(std::uint16_t port, std::size_t connections, bool speak, bool tls) {
  std::vector<Wire> open;
  open.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    auto const fd = connect_to(port);
    limit_patience(fd);
    open.emplace_back(fd, tls);
  }
  gate();
  if (speak) {
    for (auto& wire : open) exchange_byte(wire);
    gate();
  }
  for (auto const& wire : open) reset(wire.fd());
}
