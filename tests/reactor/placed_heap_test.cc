// What a pending call costs: counted, not timed.
#include "reactor/placed_heap.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Item {
  std::uint32_t key = 0;
  std::size_t place = 0;
};

struct Counting {
  std::size_t* comparisons;
  bool operator()(Item const& a, Item const& b) const {
    ++*comparisons;
    return a.key < b.key;
  }
};

// The most comparisons that one call of `operation` took, over all items.
std::size_t most(std::vector<Item>& items, std::size_t& comparisons, auto operation) {
  std::size_t found = 0;
  for (auto& item : items) {
    comparisons = 0;
    operation(item);
    found = std::max(found, comparisons);
  }
  return found;
}

TEST_CASE("with a million pending, adding, moving and taking out cost O(log n) comparisons each",
          "[clock][cost]") {
  auto const count = GENERATE(std::size_t{1'000}, std::size_t{1'000'000});
  auto const levels = static_cast<std::size_t>(std::bit_width(count));  // 10 and 20
  std::minstd_rand random(20240117);
  std::size_t comparisons = 0;
  PlacedHeap<Item, Counting> heap(Counting{&comparisons});
  std::vector<Item> items(count);
  auto order = count;

  // Each before all that are there: the dearest way to add.
  CHECK(most(items, comparisons, [&](Item& item) {
          item.key = static_cast<std::uint32_t>(order--);
          heap.push(item);
        }) <= levels);
  for (int pass = 0; pass < 2; ++pass)
    CHECK(most(items, comparisons, [&](Item& item) {
            item.key = static_cast<std::uint32_t>(random());
            heap.moved(item);
          }) <= 3 * levels);
  CHECK(std::ranges::is_heap(heap.elements(),
                             [](Item const* a, Item const* b) { return a->key > b->key; }));
  CHECK(most(items, comparisons, [&](Item& item) { heap.remove(item); }) <= 3 * levels);
  CHECK(heap.empty());
}

}  // namespace
