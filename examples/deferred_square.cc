// A Deferred fired by hand.
//   deferred_square              prints: Square of 4 is 16
//   deferred_square call_error   prints: Error with process
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "reactor/deferred.h"

using namespace twx;

int main(int argc, char** argv) {
  Deferred<int> deferred;
  auto promise = deferred.promise();
  auto const printed = std::move(deferred).add_callbacks(
      [](int n) { std::printf("Square of %d is %d\n", n, n * n); },
      [](Failure const&) { std::puts("Error with process "); });
  if (argc > 1 && argv[1] == std::string_view("call_error"))
    promise.errback(std::runtime_error("my Exception"));
  else
    promise.callback(4);
}
