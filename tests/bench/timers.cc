// What it costs to drop a pending call and to ask for another, with few and with many pending: a
// Clock's calls, and the least that one would write oneself. The times are random, which is dearer
// than the equal time-outs of many connections.
#include <array>
#include <functional>
#include <map>
#include <random>
#include <string_view>
#include <vector>

#include "counted.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/placed_heap.h"

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t batch = 10'000;
int made = 0;

std::minstd_rand random_source(20240117);

nanoseconds random_delay() { return nanoseconds(1 + random_source() * 28LL); }  // up to a minute

std::size_t random_below(std::size_t limit) { return random_source() % limit; }

class Calls {
 public:
  explicit Calls(std::size_t pending) : handles_(pending) {
    for (auto& handle : handles_) handle = ask();
  }
  void change_one() {
    auto& handle = handles_[random_below(handles_.size())];
    handle.cancel();
    handle = ask();
  }

 private:
  twx::DelayedCall ask() {
    return clock_.call_later(random_delay(), [] { ++made; });
  }

  twx::FakeClock clock_;
  std::vector<twx::DelayedCall> handles_;
};

std::size_t comparisons = 0;

// A Clock's heap with an order that counts.
class CountedHeap {
 public:
  explicit CountedHeap(std::size_t pending) : items_(pending) {
    for (auto& item : items_) add(item);
  }
  void change_one() {
    auto& item = items_[random_below(items_.size())];
    heap_.remove(item);
    add(item);
  }
  void change_soonest() {
    auto& item = heap_.front();
    heap_.remove(item);
    add(item);
  }

 private:
  struct Item {
    nanoseconds time{};
    std::size_t place = 0;
  };
  struct Sooner {
    bool operator()(Item const& a, Item const& b) const {
      ++comparisons;
      return a.time < b.time;
    }
  };
  void add(Item& item) {
    item.time = random_delay();
    heap_.push(item);
  }

  twx::PlacedHeap<Item, Sooner> heap_;
  std::vector<Item> items_;
};

// The limit: a balanced tree, and its iterators as handles.
template <class Sooner>
class Tree {
 public:
  explicit Tree(std::size_t pending) : handles_(pending) {
    for (auto& handle : handles_) handle = ask();
  }
  void change_one() {
    auto& handle = handles_[random_below(handles_.size())];
    calls_.erase(handle);
    handle = ask();
  }
  void change_soonest() {  // from now on change_one() would meet handles that are gone
    calls_.erase(calls_.begin());
    ask();
  }

 private:
  using Calls = std::multimap<nanoseconds, std::function<void()>, Sooner>;
  typename Calls::iterator ask() {
    return calls_.emplace(random_delay(), [] { ++made; });
  }

  Calls calls_;
  std::vector<typename Calls::iterator> handles_;
};

struct CountedLess {
  bool operator()(nanoseconds a, nanoseconds b) const {
    ++comparisons;
    return a < b;
  }
};

// The most comparisons that one change took: of any call, and of the soonest, which is the dearest
// in a heap.
template <class Counted>
std::size_t most_comparisons(std::size_t pending) {
  Counted calls(pending);
  std::size_t most = 0;
  for (std::size_t i = 0; i < batch; ++i) {
    comparisons = 0;
    i < batch / 2 ? calls.change_one() : calls.change_soonest();
    most = std::max(most, comparisons);
  }
  return most;
}

template <class Timed, class Counted>
void measure(std::size_t pending, const char* name, std::size_t batches) {
  static const char* before = "{";
  Timed calls(pending);
  auto const found = bench::cost(batches, batch, [&] { calls.change_one(); });
  std::printf("%s\"ns %s\": %.1f, \"cmp %s\": %zu", before, name, found.ns, name,
              most_comparisons<Counted>(pending));
  before = ", ";
}

template <class Timed, class Counted>
void measure_all(std::size_t batches) {
  measure<Timed, Counted>(1'000, "1k", batches);
  measure<Timed, Counted>(100'000, "100k", batches);
  measure<Timed, Counted>(1'000'000, "1M", batches);
  std::puts("}");
}

}  // namespace

// timers twx|by_hand BATCHES
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto const batches = static_cast<std::size_t>(std::atoi(argv[2]));
  if (std::string_view(argv[1]) == "by_hand") {
    measure_all<Tree<std::less<>>, Tree<CountedLess>>(batches);
  } else {
    measure_all<Calls, CountedHeap>(batches);
  }
}
