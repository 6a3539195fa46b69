// What a result that comes later costs: a Deferred, and the least that could do its work.
#include "reactor/deferred.h"

#include <memory>
#include <string_view>

#include "counted.h"

namespace {

using bench::cost;
using bench::opaque;

constexpr std::size_t batch = 10'000;

// The limit: one object on the heap that knows whom to call, and is destroyed when it did.
struct Waiting {
  virtual ~Waiting() = default;
  virtual void fire(int value) = 0;
};
struct Adding final : Waiting {
  explicit Adding(int& sum) : sum_(sum) {}
  void fire(int value) override { sum_ += value; }
  int& sum_;
};

void by_hand(int& sum) {
  auto waiting = std::make_unique<Adding>(sum);
  auto* const hidden = static_cast<Waiting*>(opaque(static_cast<Waiting*>(waiting.release())));
  std::unique_ptr<Waiting>(hidden)->fire(4);
}

void one_callback(int& sum) {
  twx::Deferred<int> deferred;
  auto promise = deferred.promise();
  opaque(&promise);
  auto const end = std::move(deferred).add_callback([&sum](int n) { sum += n; });
  promise.callback(4);
}

void five_callbacks(int& sum) {
  twx::Deferred<int> deferred;
  auto promise = deferred.promise();
  auto const next = [](int n) { return n + 1; };
  auto const end = std::move(deferred)
                       .add_callback(next)
                       .add_callback(next)
                       .add_callback(next)
                       .add_callback(next)
                       .add_callback([&sum](int n) { sum += n; });
  promise.callback(4);
}

twx::Deferred<void> waits(twx::Deferred<int> deferred, int& sum) {
  sum += co_await std::move(deferred);
}

void one_await(int& sum) {
  twx::Deferred<int> deferred;
  auto promise = deferred.promise();
  auto const end = waits(std::move(deferred), sum);
  promise.callback(4);
}

using Operation = void (*)(int& sum);

void measure(const char* prefix, const char* name, Operation operation, std::size_t batches) {
  int sum = 0;
  auto const found = cost(batches, batch, [&] { operation(sum); });
  std::printf("%s\"%s ns\": %.1f, \"%s allocations\": %g", prefix, name, found.ns, name,
              found.allocations);
}

}  // namespace

// deferred twx|by_hand BATCHES
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto const batches = static_cast<std::size_t>(std::atoi(argv[2]));
  if (std::string_view(argv[1]) == "by_hand") {
    measure("{", "callback", by_hand, batches);
  } else {
    measure("{", "callback", one_callback, batches);
    measure(", ", "5 callbacks", five_callbacks, batches);
    measure(", ", "await", one_await, batches);
  }
  std::puts("}");
}
