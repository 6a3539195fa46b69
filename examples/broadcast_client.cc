// A client of `twx serve spread`: prints what others say and answers each message after a while.
//   broadcast_client 127.0.0.1 8007 NAME [SECONDS]
#include <cstdio>
#include <ctime>
#include <string>

#include "reactor/reactor.h"

using namespace twx;
using Why = Failure const&;

struct Settings {
  Reactor& reactor;
  std::string name;
  Duration delay;  // before an answer
};
struct Client : Protocol {
  explicit Client(Settings const& given) : settings(given) {}
  void connection_made() override { std::puts("connect to server!"); }
  void data_received(Bytes data) override {
    std::printf("got message:  %s\n", std::string(text(data)).c_str());
    std::erase_if(answers, [](auto const& answer) { return !answer.active(); });
    answers.push_back(settings.reactor.call_later(settings.delay, [this] { say_hello(); }));
  }
  void connection_lost(Why) override { std::puts("Disconnected from server!"); }
  void say_hello() {
    char date[80];
    timespec now{};
    std::timespec_get(&now, TIME_UTC);
    std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S.", std::localtime(&now.tv_sec));
    auto const micros = std::to_string(1'000'000 + now.tv_nsec / 1000).substr(1);
    transport().write("hello, I'm " + settings.name + " " + date + micros);
  }
  Settings const& settings;
  std::vector<DelayedCall> answers;  // to come; they go with the connection
};
struct Clients : ClientFactory {
  explicit Clients(Settings given) : settings(std::move(given)) {}
  void started_connecting(Connector&) override { std::puts("Start to connect."); }
  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    return std::make_unique<Client>(settings);
  }
  void client_connection_lost(Connector&, Why why) override { end("Lost Connection", why); }
  void client_connection_failed(Connector&, Why why) override { end("Connection failed", why); }
  void end(char const* what, Why why) {
    std::printf("%s. Reason: %s\n", what, why.message().c_str());
    settings.reactor.stop();
  }
  Settings settings;
};

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: %s HOST PORT NAME [SECONDS]\n", argv[0]), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  auto const reactor = make_reactor();
  auto const seconds = argc > 4 ? std::stod(argv[4]) : 5;
  Settings const settings{*reactor, argv[3], Duration(static_cast<long>(seconds * 1e9))};
  reactor->connect(Endpoint::parse(argv[1], argv[2]).value(), std::make_shared<Clients>(settings));
  reactor->run();
}
