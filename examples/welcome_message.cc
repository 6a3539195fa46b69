// Connects, says hello and goes: the smallest client, without a factory of its own.
//   welcome_message localhost 1234
#include <cstdio>
#include <string>

#include "reactor/client_creator.h"

using namespace twx;

class WelcomeMessage : public Protocol {
 public:
  explicit WelcomeMessage(Function<void()> end) : end_(std::move(end)) {}

  void connection_made() override {
    transport().write("Hello server, I am the client!\r\n");
    transport().lose_connection();
  }
  void connection_lost(Failure const&) override { end_(); }

 private:
  Function<void()> end_;
};

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: %s HOST PORT\n", argv[0]), 2;
  auto const reactor = make_reactor();
  int status = 0;
  bool over = false;  // told twice, if the connection is lost before there is word of it
  auto const end = [&] {
    if (!std::exchange(over, true)) reactor->stop();
  };
  auto const connected = connect_protocol(*reactor, Endpoint::parse(argv[1], argv[2]).value(),
                                          std::make_unique<WelcomeMessage>(end))
                             .add_errback([&](Failure const& failure) -> WelcomeMessage* {
                               if (!failure.is(Error::connection_done)) {  // else it said all
                                 std::fprintf(stderr, "%s\n", failure.message().c_str());
                                 status = 1;
                               }
                               end();
                               return nullptr;
                             });
  reactor->run();
  return status;
}
