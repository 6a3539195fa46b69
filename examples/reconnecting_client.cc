// A client that comes back: prints what it receives, and what happens to its connection.
//   reconnecting_client localhost 1234
#include <cstdio>
#include <string>

#include "reactor/reactor.h"
#include "reactor/reconnecting.h"

using namespace twx;

struct Echo : Protocol {
  void data_received(Bytes data) override { std::fwrite(data.data(), 1, data.size(), stdout); }
};

class EchoClientFactory : public ReconnectingClientFactory {
 public:
  using ReconnectingClientFactory::ReconnectingClientFactory;

  void started_connecting(Connector&) override { std::puts("Started to connect."); }
  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    std::puts("Connected.");
    std::puts("Resetting reconnection delay");
    reset_delay();
    return std::make_unique<Echo>();
  }
  void client_connection_lost(Connector& connector, Failure const& reason) override {
    std::printf("Lost connection. Reason: %s\n", reason.message().c_str());
    ReconnectingClientFactory::client_connection_lost(connector, reason);
  }
  void client_connection_failed(Connector& connector, Failure const& reason) override {
    std::printf("Connection failed. Reason: %s\n", reason.message().c_str());
    ReconnectingClientFactory::client_connection_failed(connector, reason);
  }
};

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: %s HOST PORT\n", argv[0]), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  auto const reactor = make_reactor();
  reactor->connect_tcp(argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])),
                       std::make_shared<EchoClientFactory>(*reactor));
  reactor->run();  // until Control-C
}
