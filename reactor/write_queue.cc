#include "reactor/write_queue.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

namespace twx {
namespace {

constexpr std::align_val_t page{4096};
// The segment stands at the end of its block, so that the data begin on a page.
constexpr std::size_t capacity = SegmentPool::block_size - sizeof(Segment);

std::byte* begin_of(Segment* block) { return reinterpret_cast<std::byte*>(block) - capacity; }

void free_block(Segment* block) noexcept {
  auto* const memory = begin_of(block);
  block->~Segment();
  ::operator delete(memory, SegmentPool::block_size, page);
}

}  // namespace

SegmentPool::~SegmentPool() {
  while (free_blocks_) free_block(std::exchange(free_blocks_, free_blocks_->next));
  while (free_shared_) delete std::exchange(free_shared_, free_shared_->next);
}

Segment* SegmentPool::block() {
  Segment* block = free_blocks_;
  if (block) {
    free_blocks_ = block->next;
    --kept_blocks_;
  } else {
    auto* const memory = static_cast<std::byte*>(::operator new(block_size, page));
    block = ::new (memory + capacity) Segment;
  }
  block->next = nullptr;
  block->data = begin_of(block);
  block->size = 0;
  block->room = capacity;
  return block;
}

Segment* SegmentPool::share(SharedBytes message) {
  Segment* segment = free_shared_;
  if (segment) {
    free_shared_ = segment->next;
    --kept_shared_;
  } else {
    segment = new Segment;
  }
  auto const data = bytes(*message);
  segment->next = nullptr;
  segment->data = data.data();
  segment->size = data.size();
  segment->shared = std::move(message);
  return segment;
}

void SegmentPool::give_back(Segment* segment) noexcept {
  auto const is_block = !segment->shared;
  segment->shared.reset();
  auto& list = is_block ? free_blocks_ : free_shared_;
  auto& kept = is_block ? kept_blocks_ : kept_shared_;
  if (kept < most_kept) {
    segment->next = std::exchange(list, segment);
    ++kept;
  } else if (is_block) {
    free_block(segment);
  } else {
    delete segment;
  }
}

WriteQueue::~WriteQueue() { assert(empty()); }

void WriteQueue::push(Segment* segment) noexcept {
  (first_ ? last_->next : first_) = segment;
  last_ = segment;
}

void WriteQueue::append(SegmentPool& pool, Bytes data) {
  while (!data.empty()) {
    if (!first_ || last_->room == 0) push(pool.block());
    auto const count = std::min(last_->room, data.size());
    std::memcpy(const_cast<std::byte*>(last_->data) + last_->size, data.data(), count);
    last_->size += count;
    last_->room -= count;
    size_ += count;
    data = data.subspan(count);
  }
}

void WriteQueue::append(SegmentPool& pool, SharedBytes message) {
  if (!message || message->empty()) return;
  auto const count = message->size();
  push(pool.share(std::move(message)));
  size_ += count;
}

int WriteQueue::gather(iovec* pieces, int most) const {
  int count = 0;
  for (auto* segment = first_; segment && count < most; segment = segment->next)
    pieces[count++] = {const_cast<std::byte*>(segment->data), segment->size};
  return count;
}

void WriteQueue::consume(SegmentPool& pool, std::size_t count) noexcept {
  size_ -= count;
  while (first_ && count >= first_->size) {
    count -= first_->size;
    auto* const sent = std::exchange(first_, first_->next);
    pool.give_back(sent);
  }
  if (first_) {
    first_->data += count;
    first_->size -= count;
  } else {
    last_ = nullptr;
  }
}

}  // namespace twx
