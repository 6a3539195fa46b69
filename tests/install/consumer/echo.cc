// A server and its client in one program, on any free port. Ends with the answer.
#include <twx/reactor/client_creator.h>

#include <iostream>

struct Echo : twx::Protocol {
  void data_received(twx::Bytes data) override { transport().write(data); }
};

struct Greeter : twx::Protocol {
  explicit Greeter(twx::Reactor& owner) : reactor(owner) {}
  void connection_made() override { transport().write("hello"); }
  void data_received(twx::Bytes data) override {
    std::cout << twx::text(data);
    reactor.stop();
  }
  twx::Reactor& reactor;
};

int main() {
  auto const reactor = twx::make_reactor();
  auto* const port = reactor->listen_tcp(0, twx::factory_for<Echo>(), {}, "127.0.0.1").value();
  twx::ClientCreator<Greeter, std::reference_wrapper<twx::Reactor>> creator(*reactor, *reactor);
  auto const made = creator.connect_tcp("127.0.0.1", port->host().port());
  reactor->run();
}
