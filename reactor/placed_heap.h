// Internal to reactor/. A binary heap of pointers to elements that know their place in it (a member
// `place`), so that any of them can be taken out or moved in O(log n).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace twx {

// sooner(a, b) is a strict order of T; the first element is one before which no other comes.
template <class T, class Sooner>
class PlacedHeap {
 public:
  explicit PlacedHeap(Sooner sooner = {}) : sooner_(std::move(sooner)) {}

  bool empty() const { return heap_.empty(); }
  T& front() const { return *heap_.front(); }
  T& back() const { return *heap_.back(); }
  std::vector<T*> const& elements() const { return heap_; }

  void push(T& element) {
    heap_.push_back(&element);
    sift_up(heap_.size() - 1);
  }
  void remove(T& element) noexcept {
    auto const place = element.place;
    auto* const last = heap_.back();
    heap_.pop_back();
    if (last == &element) return;
    put(last, place);
    moved(*last);
  }
  // The order of `element` among the others has changed.
  void moved(T& element) noexcept {
    sift_up(element.place);
    sift_down(element.place);
  }

 private:
  void put(T* element, std::size_t place) {
    heap_[place] = element;
    element->place = place;
  }

  void sift_up(std::size_t place) {
    auto* const element = heap_[place];
    while (place > 0 && sooner_(*element, *heap_[(place - 1) / 2])) {
      put(heap_[(place - 1) / 2], place);
      place = (place - 1) / 2;
    }
    put(element, place);
  }

  void sift_down(std::size_t place) {
    auto* const element = heap_[place];
    for (;;) {
      auto child = 2 * place + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && sooner_(*heap_[child + 1], *heap_[child])) ++child;
      if (!sooner_(*heap_[child], *element)) break;
      put(heap_[child], place);
      place = child;
    }
    put(element, place);
  }

  Sooner sooner_;
  std::vector<T*> heap_;
};

}  // namespace twx
