// Messages in time: a ClientCreator's Deferred gives the protocol, call_later the rhythm.
//   greeter localhost 1234
#include <cstdio>
#include <string>

#include "reactor/client_creator.h"

using namespace twx;
using namespace std::chrono_literals;

class Greeter : public Protocol {
 public:
  void send_message(std::string const& message) { transport().write("MESSAGE " + message + "\n"); }
  void greet(Reactor& reactor) {
    reactor_ = &reactor;
    send_message("Hello");
    second_ = reactor.call_later(1s, [this] { send_message("This is sent in a second"); });
    end_ = reactor.call_later(2s, [this] { transport().lose_connection(); });
  }
  void connection_lost(Failure const&) override {
    if (reactor_) reactor_->stop();
  }

 private:
  Reactor* reactor_ = nullptr;  // until greet the Deferred tells of the end
  DelayedCall second_;          // both are cancelled when the connection, and this with it, goes
  DelayedCall end_;
};

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: %s HOST PORT\n", argv[0]), 2;
  auto const reactor = make_reactor();
  ClientCreator<Greeter> creator(*reactor);
  int status = 0;
  auto const greeted = creator.connect_tcp(argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])))
                           .add_callback([&](Greeter* greeter) { greeter->greet(*reactor); })
                           .add_errback([&](Failure const& failure) {
                             std::fprintf(stderr, "%s\n", failure.message().c_str());
                             status = 1;
                             reactor->stop();
                           });
  reactor->run();
  return status;
}
