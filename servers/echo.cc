// Echo Protocol, RFC 862: every byte goes back, in order, until the peer closes; so does every
// datagram.
#include "servers/serve.h"
#include "servers/served_datagrams.h"

namespace twx {
namespace {

class Echo final : public ServedProtocol {
 public:
  Echo(std::shared_ptr<ServeOptions> options, bool welcome)
      : ServedProtocol(std::move(options)), welcome_(welcome) {}

  void data_received(Bytes data) override { transport().write(data); }

 private:
  void admitted(std::uint64_t open) override {
    if (welcome_)
      transport().write("Welcome! There are currently " + std::to_string(open) +
                        " open connections.\n");
  }

  bool welcome_;
};

class EchoDatagrams final : public ServedDatagrams {
  void asked(Bytes data, Address const& from) override {
    static_cast<void>(transport().write(data, from));  // the transport counts what is lost
  }
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.datagrams = datagrams_for<EchoDatagrams>()});
  options.group("");
  auto const welcome = std::make_shared<bool>(false);
  options.flag("--welcome", *welcome, "Greet each client with the number of open connections");
  options.check([serving, welcome] { return check_connections(*serving, "--welcome", *welcome); });
  options.example("twx serve echo 9000", "Echo on port 9000 of all interfaces");
  options.example("twx serve echo 9000 --welcome --max-connections 100 --threads 4",
                  "Greet, refuse the 101st client, use four threads");
  options.example("twx serve echo unix:///run/echo.sock [::1]:9000",
                  "One server on a unix socket and on IPv6 loopback");
  options.example("twx serve echo --tls 9000",
                  "Encrypt; the pin that is shown is for connect --pin");
  options.example("twx serve echo udp://:9000 9000", "Echo datagrams and connections on port 9000");
  return [serving, welcome](Reactor& reactor) {
    return serve(reactor, "serve echo", serving, factory_for<Echo>(serving, *welcome));
  };
}

}  // namespace

extern constinit Command const serve_echo{
    "serve echo", "send every byte back",
    "Sends back every byte that a client sends, in order, until the client closes (RFC 862). A "
    "client that ends its input still gets all of its bytes. A client that does not read is not "
    "read from either, so it costs no memory.\n\n"
    "On udp:// and unix-dgram: endpoints each datagram goes back to its sender, except to ports "
    "below 1024, to the server's own port, and when it was sent to a broadcast or multicast "
    "address: no forged sender sets this server on itself or on the services of those ports, no "
    "question brings the answers of a whole network.",
    declare};

}  // namespace twx
