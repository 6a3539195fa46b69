// An echo server on several threads: one listens, each connection goes to the least busy and stays
// there.
//   threads 8883 4
#include <cstdio>
#include <string>

#include "reactor/reactor.h"
#include "reactor/reactor_pool.h"

using namespace twx;

struct Echo : Protocol {
  void connection_made() override {
    std::printf("connection from %s\n", transport().peer().to_string().c_str());
    std::fflush(stdout);
  }
  void data_received(Bytes data) override { transport().write(data); }
};

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: %s PORT THREADS\n", argv[0]), 2;
  auto const reactor = make_reactor();
  ReactorPool pool(*reactor, std::stoul(argv[2]));
  auto const port = reactor->listen_tcp(static_cast<std::uint16_t>(std::stoi(argv[1])),
                                        factory_for<Echo>(), {.pool = &pool});
  if (!port) return std::fprintf(stderr, "%s\n", port.failure().message().c_str()), 1;
  std::printf("listening on %s with %zu threads\n", (*port)->host().uri().c_str(), pool.size());
  std::fflush(stdout);
  reactor->run();
}
