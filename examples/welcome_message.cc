// Connects, says hello and goes: the smallest client, without a factory of its own.
//   welcome_message localhost 1234
#include <cstdio>
#include <string>

#include "reactor/client_creator.h"

using namespace twx;

class WelcomeMessage : public Protocol {
 public:
  explicit WelcomeMessage(Reactor& reactor) : reactor_(reactor) {}

  void connection_made() override {
    transport().write("Hello server, I am the client!\r\n");
    transport().lose_connection();
  }
  void connection_lost(Failure const&) override { reactor_.stop(); }

 private:
  Reactor& reactor_;
};

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: %s HOST PORT\n", argv[0]), 2;
  auto const reactor = make_reactor();
  int status = 0;
  auto const connected = connect_protocol(*reactor, Endpoint::parse(argv[1], argv[2]).value(),
                                          std::make_unique<WelcomeMessage>(*reactor))
                             .add_errback([&](Failure const& failure) -> WelcomeMessage* {
                               if (failure.is(Error::connection_done))
                                 return nullptr;  // said all, and gone already
                               std::fprintf(stderr, "%s\n", failure.message().c_str());
                               status = 1;
                               if (reactor->running()) reactor->stop();
                               return nullptr;
                             });
  reactor->run();
  return status;
}
