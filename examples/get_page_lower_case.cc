// A chain of callbacks: the contents of a page go through one that makes them lower case, and then
// to the one that prints them.
//   get_page_lower_case http://localhost:8080/
#include <algorithm>
#include <cstdio>

#include "clients/get_page.h"

using namespace twx;

std::string lower_case_contents(Page page) {
  std::ranges::transform(page.body, page.body.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::move(page.body);
}

void print_contents(std::string const& contents) {
  std::printf("The Deferred has called printContents with the following contents:\n%s\n",
              contents.c_str());
}

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s URL\n", argv[0]), 2;
  auto const reactor = make_reactor();
  int status = 0;
  auto const printed = get_page(*reactor, argv[1])
                           .add_callback(lower_case_contents)
                           .add_callback(print_contents)
                           .add_errback([&](Failure const& failure) {
                             std::fprintf(stderr, "%s\n", failure.message().c_str());
                             status = 1;
                           })
                           .add_callback([&] { reactor->stop(); });
  reactor->run();
  return status;
}
