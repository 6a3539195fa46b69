// Discard Protocol, RFC 863: what a client sends is thrown away.
#include "servers/serve.h"
#include "servers/served_datagrams.h"

namespace twx {
namespace {

class Discard final : public ServedProtocol {
 public:
  using ServedProtocol::ServedProtocol;

  void data_received(Bytes) override {}
};

class DiscardDatagrams final : public ServedDatagrams {
  void asked(Bytes, Address const&) override {}
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.datagrams = datagrams_for<DiscardDatagrams>()});
  options.example("twx serve discard 9", "Throw away whatever comes to port 9");
  options.example("twx serve discard udp://:9 9", "Datagrams as well");
  return [serving](Reactor& reactor) {
    return serve(reactor, "serve discard", serving, factory_for<Discard>(serving));
  };
}

}  // namespace

extern constinit Command const serve_discard{
    "serve discard", "throw away every byte",
    "Reads what a client sends and throws it away, until the client closes (RFC 863); on "
    "udp:// and unix-dgram: endpoints datagrams. None is ever answered.",
    declare};

}  // namespace twx
