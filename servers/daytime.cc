// Daytime Protocol, RFC 867: each client gets the date and time of day; what it sends is ignored.
#include <array>
#include <ctime>

#include "servers/serve.h"
#include "servers/served_datagrams.h"

namespace twx {
namespace {

// UTC, in the form of ctime(3): "Sat Nov 21 06:52:14 2026".
std::string time_of_day() {
  auto const now = std::time(nullptr);
  std::tm utc{};
  std::array<char, 64> text{};
  if (!gmtime_r(&now, &utc)) return {};  // a year that no int holds
  return {text.data(), std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &utc)};
}

class Daytime final : public ServedProtocol {
 public:
  using ServedProtocol::ServedProtocol;

 private:
  void admitted(std::uint64_t) override {
    transport().write(time_of_day() + "\r\n");
    transport().lose_connection();
  }
};

class DaytimeDatagrams final : public ServedDatagrams {
  void asked(Bytes, Address const& from) override {
    static_cast<void>(transport().write(bytes(time_of_day() + "\r\n"), from));
  }
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.datagrams = datagrams_for<DaytimeDatagrams>()});
  options.example("twx serve daytime 13", "Tell the time on port 13");
  options.example("twx serve daytime udp://:13 13", "Datagrams that ask get it, too");
  return [serving](Reactor& reactor) {
    return serve(reactor, "serve daytime", serving, factory_for<Daytime>(serving));
  };
}

}  // namespace

extern constinit Command const serve_daytime{
    "serve daytime", "tell the time, for people",
    "Sends each client the date and time in UTC as a line of text, ended by CR LF, and closes the "
    "connection (RFC 867): Sat Nov 21 06:52:14 2026.\n\n"
    "On udp:// and unix-dgram: endpoints each datagram is answered by one with that text, except "
    "to "
    "ports below 1024 and when it was sent to a broadcast or multicast address.",
    declare};

}  // namespace twx
