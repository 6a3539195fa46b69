// A client of `twx serve spread`: prints what others say and answers each message after a while.
//   broadcast_client 127.0.0.1 8007 NAME [SECONDS]
#include <cstdio>
#include <ctime>
#include <string>

#include "reactor/reactor.h"

using namespace twx;

struct Settings {
  Reactor& reactor;
  std::string name;
  std::chrono::duration<double> delay;
};

struct Client : Protocol {
  explicit Client(Settings const& given) : settings(given) {}
  void connection_made() override { std::puts("connect to server!"); }
  void data_received(Bytes data) override {
    std::printf("got message:  %s\n", std::string(text(data)).c_str());
    auto const delay = std::chrono::duration_cast<Duration>(settings.delay);
    answer = settings.reactor.call_later(delay, [this] { say_hello(); });
  }
  void connection_lost(Failure const&) override { std::puts("Disconnected from server!"); }
  void say_hello() {
    timespec now{};
    char date[80];
    if (std::timespec_get(&now, TIME_UTC) != TIME_UTC) return;
    std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S.", std::localtime(&now.tv_sec));
    auto const micros = std::to_string(1'000'000 + now.tv_nsec / 1000).substr(1);
    transport().write("hello, I'm " + settings.name + " " + date + micros);
  }
  Settings const& settings;
  DelayedCall answer;
};

struct Broadcast : ClientFactory {
  explicit Broadcast(Settings given) : settings(std::move(given)) {}
  void started_connecting(Connector&) override { std::puts("Start to connect."); }
  std::unique_ptr<Protocol> build_protocol(Address const&) override {
    return std::make_unique<Client>(settings);
  }
  void client_connection_lost(Connector&, Failure const& why) override {
    end("Lost Connection", why);
  }
  void client_connection_failed(Connector&, Failure const& why) override {
    end("Connection failed", why);
  }
  void end(char const* what, Failure const& why) {
    std::printf("%s. Reason: %s\n", what, why.message().c_str());
    settings.reactor.stop();
  }
  Settings settings;
};

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: %s HOST PORT NAME [SECONDS]\n", argv[0]), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  auto const reactor = make_reactor();
  Settings const settings{*reactor, argv[3],
                          std::chrono::duration<double>(argc > 4 ? std::stod(argv[4]) : 5)};
  reactor->connect_tcp(argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])),
                       std::make_shared<Broadcast>(settings));
  reactor->run();
}
