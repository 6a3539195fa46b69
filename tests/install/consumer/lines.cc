// A line protocol of a user's, tested without a network.
#include <twx/protocols/line_only_receiver.h>
#include <twx/reactor/fakes/fake_transport.h>

#include <iostream>

struct Shout : twx::LineOnlyReceiver {
  void line_received(std::string_view line) override { send_line(std::string(line) + "!"); }
};

int main() {
  twx::FakeTransport wire;
  wire.connect(std::make_unique<Shout>());
  wire.deliver("he");
  wire.deliver("llo\r\nthere");
  std::cout << wire.take();
}
