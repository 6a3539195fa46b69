// A chain of callbacks, fired by the clock after two seconds: each gets what the one before
// returned.
//   deferred_chain [SECONDS]
#include <cstdio>
#include <string>

#include "reactor/deferred.h"
#include "reactor/reactor.h"

using namespace twx;

int main(int argc, char** argv) {
  std::chrono::duration<double> const delay(argc > 1 ? std::stod(argv[1]) : 2);
  auto const reactor = make_reactor();
  Deferred<int> deferred;
  auto const fire =
      reactor->call_later(std::chrono::duration_cast<Duration>(delay),
                          [promise = deferred.promise()]() mutable { promise.callback(5); });
  auto const printed = std::move(deferred)
                           .add_callback([](int n) {
                             std::printf("Square of %d is %d\n", n, n * n);
                             return n;
                           })
                           .add_callback([&](int n) {
                             std::printf("Twice of %d is %d\n", n, 2 * n);
                             reactor->stop();
                           });
  reactor->run();
}
