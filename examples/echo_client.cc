// An echo client: says something, prints what comes back, goes.
//   echo_client localhost 9000 ['hello world']
#include <cstdio>
#include <string>

#include "reactor/reactor.h"

using namespace twx;

class EchoClient : public Protocol {
 public:
  explicit EchoClient(std::string message) : message_(std::move(message)) {}

  void connection_made() override {
    std::puts("client send data to server");
    transport().write(message_);
  }
  void data_received(Bytes data) override {
    std::printf("Server said %s\n", std::string(text(data)).c_str());
    transport().lose_connection();
  }
  void connection_lost(Failure const&) override { std::puts("Connection lost"); }

 private:
  std::string message_;
};

class EchoFactory : public ClientFactory {
 public:
  EchoFactory(Reactor& reactor, std::string message)
      : reactor_(reactor), message_(std::move(message)) {}

  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    return std::make_unique<EchoClient>(message_);
  }
  void client_connection_failed(Connector&, Failure const&) override {
    std::puts("Connection failed - goodbye");
    failed = true;
    reactor_.stop();
  }
  void client_connection_lost(Connector&, Failure const&) override {
    std::puts("Connection lost - goodbye");
    reactor_.stop();
  }

  bool failed = false;

 private:
  Reactor& reactor_;
  std::string message_;
};

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: %s HOST PORT [MESSAGE]\n", argv[0]), 2;
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<EchoFactory>(*reactor, argc > 3 ? argv[3] : "hello world");
  reactor->connect_tcp(argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])), factory);
  reactor->run();
  return factory->failed ? 1 : 0;
}
