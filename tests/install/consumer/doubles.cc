// A protocol of a user's, tested without a network.
#include <twx/reactor/fakes/memory_reactor.h>

#include <iostream>

struct Echo : twx::Protocol {
  void data_received(twx::Bytes data) override { transport().write(data); }
};

int main() {
  twx::MemoryReactor reactor;
  reactor.listen_tcp(7, twx::factory_for<Echo>()).value();
  auto& peer = *reactor.ports().at(0)->accept();
  peer.deliver("hello");
  std::cout << peer.take();
}
