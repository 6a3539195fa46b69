// A server in one file: each client gets a quote (RFC 865).
//   quote_of_the_day 8007 ['configurable quote']
#include <cstdio>
#include <string>

#include "reactor/reactor.h"

using namespace twx;

class QuoteOfTheDay : public Protocol {
 public:
  explicit QuoteOfTheDay(std::string const& quote) : quote_(quote) {}

  void connection_made() override {
    transport().write(quote_ + "\r\n");
    transport().lose_connection();
  }

 private:
  std::string const& quote_;  // the factory's, which lives longer
};

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s PORT [QUOTE]\n", argv[0]), 2;
  std::string const quote = argc > 2 && *argv[2] ? argv[2] : "An apple a day keeps the doctor away";
  auto const reactor = make_reactor();
  auto const port = reactor->listen_tcp(static_cast<std::uint16_t>(std::stoi(argv[1])),
                                        factory_for<QuoteOfTheDay>(quote));
  if (!port) return std::fprintf(stderr, "%s\n", port.failure().message().c_str()), 1;
  std::printf("listening on %s\n", (*port)->host().uri().c_str());
  std::fflush(stdout);
  reactor->run();
}
