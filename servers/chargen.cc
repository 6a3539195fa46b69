// Character Generator Protocol, RFC 864: lines of 72 characters, as fast as the client reads. Each
// begins one further in the ring of the 95 printing characters than the line before.
#include <random>

#include "servers/serve.h"
#include "servers/served_datagrams.h"

namespace twx {
namespace {

constexpr std::size_t printing = 95;  // ' ' to '~'
constexpr std::size_t line_length = 72;

// Some turns of the ring, so that a write is large: about 63 kB, shared by all clients.
SharedBytes make_noise() {
  std::string noise;
  for (std::size_t line = 0; line < 9 * printing; ++line) {
    for (std::size_t i = 0; i < line_length; ++i)
      noise += static_cast<char>(' ' + (line + i) % printing);
    noise += "\r\n";
  }
  return std::make_shared<std::string const>(std::move(noise));
}

class CharacterGenerator final : public ServedProtocol, private Producer {
 public:
  CharacterGenerator(std::shared_ptr<ServeOptions> options, SharedBytes noise)
      : ServedProtocol(std::move(options)), noise_(std::move(noise)) {}

  void data_received(Bytes) override {}
  // Who has nothing more to say may still listen.
  void eof_received() override {}

 private:
  void admitted(std::uint64_t) override { transport().register_producer(*this, false); }
  void resume_producing() override {
    // A server that is asked to stop lets its clients go.
    if (transport().disconnecting()) return transport().unregister_producer();
    transport().write(noise_);
  }

  SharedBytes noise_;
};

// A random number of characters, 0 to 512, for each datagram.
class CharacterGeneratorDatagrams final : public ServedDatagrams {
 public:
  explicit CharacterGeneratorDatagrams(SharedBytes noise) : noise_(std::move(noise)) {}

 private:
  void asked(Bytes, Address const& from) override {
    std::uniform_int_distribution<std::size_t> size(0, 512);
    static_cast<void>(transport().write(bytes(*noise_).first(size(random_)),
                                        from));  // what is lost is asked for again
  }

  SharedBytes noise_;
  std::minstd_rand random_{std::random_device{}()};
};

Action declare(Options& options) {
  auto const noise = make_noise();
  auto const serving =
      declare_serve(options, {.datagrams = datagrams_for<CharacterGeneratorDatagrams>(noise)});
  options.example("twx serve chargen 19", "Send lines to whoever connects to port 19");
  options.example("twx serve chargen udp://:19 19", "Answer datagrams as well");
  return [serving, noise](Reactor& reactor) {
    return serve(reactor, "serve chargen", serving,
                 factory_for<CharacterGenerator>(serving, noise));
  };
}

}  // namespace

extern constinit Command const serve_chargen{
    "serve chargen", "send lines without end",
    "Sends lines of 72 printing characters, ended by CR LF, as fast as the client reads them, "
    "until "
    "it closes; what it sends is thrown away (RFC 864).\n\n"
    "On udp:// and unix-dgram: endpoints each datagram is answered by one of 0 to 512 of these "
    "characters, except to ports below 1024 and when it was sent to a broadcast or multicast "
    "address.",
    declare};

}  // namespace twx
