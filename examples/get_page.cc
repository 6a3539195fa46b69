// A page by its URL: get_page gives a Deferred, whose callback is called with the contents.
//   get_page http://localhost:8080/
#include "clients/get_page.h"

#include <cstdio>

using namespace twx;

void print_contents(std::string const& contents) {
  std::printf("The Deferred has called printContents with the following contents:\n%s\n",
              contents.c_str());
}

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s URL\n", argv[0]), 2;
  auto const reactor = make_reactor();
  int status = 0;
  auto const printed = get_page(*reactor, argv[1])
                           .add_callback([](Page const& page) { print_contents(page.body); })
                           .add_errback([&](Failure const& failure) {
                             std::fprintf(stderr, "%s\n", failure.message().c_str());
                             status = 1;
                           })
                           .add_callback([&] { reactor->stop(); });
  reactor->run();
  return status;
}
