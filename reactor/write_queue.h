// Internal to reactor/. The unsent output of one stream: a list of segments that one gathered write
// sends. Small writes share a block; a message for many peers is a segment that only refers to it.
#pragma once

#include <sys/uio.h>

#include <cstdint>

#include "reactor/bytes.h"

namespace twx {

// A piece of output. Its bytes lie in the block that it ends, or in `shared`.
struct Segment {
  Segment* next = nullptr;
  std::byte const* data = nullptr;
  std::size_t size = 0;
  std::size_t room = 0;  // free bytes behind the data, in a block
  SharedBytes shared;
};

// Blocks and shared segments for the streams of one reactor: freed ones are used again, so that a
// busy loop allocates nothing. Blocks are page-aligned, which the kernel copies from best.
class SegmentPool {
 public:
  static constexpr std::size_t block_size = 16384;

  SegmentPool() = default;
  ~SegmentPool();
  SegmentPool(SegmentPool const&) = delete;
  SegmentPool& operator=(SegmentPool const&) = delete;

  Segment* block();  // empty, with room
  Segment* share(SharedBytes);
  void give_back(Segment*) noexcept;

 private:
  static constexpr int most_kept = 128;
  Segment* free_blocks_ = nullptr;
  Segment* free_shared_ = nullptr;
  int kept_blocks_ = 0;
  int kept_shared_ = 0;
};

class WriteQueue {
 public:
  WriteQueue() = default;
  ~WriteQueue();  // must be empty: clear(pool) gives everything back
  WriteQueue(WriteQueue const&) = delete;
  WriteQueue& operator=(WriteQueue const&) = delete;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // On std::bad_alloc the bytes already taken stay queued: the stream must then be given up.
  void append(SegmentPool&, Bytes);
  void append(SegmentPool&, SharedBytes);
  // Up to `most` pieces from the front; returns how many.
  int gather(iovec* pieces, int most) const;
  void consume(SegmentPool&, std::size_t count) noexcept;
  void clear(SegmentPool& pool) noexcept { consume(pool, size_); }

 private:
  void push(Segment*) noexcept;

  Segment* first_ = nullptr;
  Segment* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace twx
