// An error handler: where a page does not exist, or cannot be had, the errback is called and the
// callback is not. For get_page every status is a page, so a callback says which ones are errors.
//   get_page_error http://localhost:8080/does-not-exist
#include <cstdio>

#include "clients/get_page.h"

using namespace twx;

Result<std::string> contents_of(Page const& page) {
  if (page.status < 400) return page.body;
  return Failure::with_message(HttpError::status, std::to_string(page.status) + " " + page.reason);
}

void print_contents(std::string const& contents) {
  std::printf("The Deferred has called printContents with the following contents:\n%s\n",
              contents.c_str());
}

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s URL\n", argv[0]), 2;
  auto const reactor = make_reactor();
  int status = 0;
  auto const printed =
      get_page(*reactor, argv[1])
          .add_callback(contents_of)
          .add_callback(print_contents)
          .add_errback([&](Failure const& failure) {
            std::printf("An error has occurred: <%s>\n", failure.message().c_str());
            status = 1;
          })
          .add_callback([&] { reactor->stop(); });
  reactor->run();
  return status;
}
