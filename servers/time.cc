// Time Protocol, RFC 868: each client gets the seconds since 1900 as 32 bits, big-endian.
#include <ctime>

#include "servers/serve.h"
#include "servers/served_datagrams.h"

namespace twx {
namespace {

constexpr std::uint32_t from_1900_to_1970 = 2'208'988'800;

std::string seconds_since_1900() {
  // Wraps in 2036, as every server of this protocol does.
  auto const seconds = static_cast<std::uint32_t>(std::time(nullptr)) + from_1900_to_1970;
  std::string octets;
  for (auto const shift : {24, 16, 8, 0}) octets += static_cast<char>(seconds >> shift & 0xff);
  return octets;
}

class TimeOfDay final : public ServedProtocol {
 public:
  using ServedProtocol::ServedProtocol;

 private:
  void admitted(std::uint64_t) override {
    transport().write(seconds_since_1900());
    transport().lose_connection();
  }
};

class TimeOfDayDatagrams final : public ServedDatagrams {
  void asked(Bytes, Address const& from) override {
    static_cast<void>(transport().write(bytes(seconds_since_1900()), from));
  }
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.datagrams = datagrams_for<TimeOfDayDatagrams>()});
  options.example("twx serve time 37", "Tell the time on port 37");
  options.example("twx serve time udp://:37 37", "Datagrams that ask get it, too");
  return [serving](Reactor& reactor) {
    return serve(reactor, "serve time", serving, factory_for<TimeOfDay>(serving));
  };
}

}  // namespace

extern constinit Command const serve_time{
    "serve time", "tell the time, for machines",
    "Sends each client the seconds since 1900-01-01 00:00 UTC as four octets, most significant "
    "first, and closes the connection (RFC 868). The number wraps in 2036.\n\n"
    "On udp:// and unix-dgram: endpoints each datagram is answered by one with these octets, "
    "except "
    "to ports below 1024 and when it was sent to a broadcast or multicast address.",
    declare};

}  // namespace twx
