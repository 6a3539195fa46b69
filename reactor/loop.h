// Internal to reactor/. Loop: what streams, ports and connectors of one reactor share. A turn is:
// wait, delayed calls, what is ready, the flush of every stream that was touched.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <span>

#include "reactor/descriptor.h"
#include "reactor/epoll_set.h"
#include "reactor/reactor.h"
#include "reactor/stream.h"
#include "reactor/write_queue.h"

namespace twx {

class Loop : public Reactor {
 public:
  static constexpr std::size_t read_size = 65536;

  Loop();
  ~Loop() override;

  Time now() const override { return std::chrono::steady_clock::now(); }
  // The time at which this turn began to handle what was ready; costs nothing when asked again.
  Time turn_time();

  EpollSet& set() { return set_; }
  SegmentPool& segments() { return segments_; }
  std::span<std::byte> read_buffer() { return {read_buffer_.get(), read_size}; }

  // `counted`: it is a connection of the network.
  void add(std::unique_ptr<Stream>, bool counted);
  void mark_dirty(Stream&);
  // The stream is over: forgets it and destroys it at the end of the turn.
  void remove(Stream&);
  // adopt() for a listening port, in its own turn: connection_made follows at once.
  virtual void accepted(Descriptor, Address const& peer, Factory&) = 0;
  // Connectors live while they are busy, whether or not anybody else holds them.
  void hold(std::shared_ptr<Connector> connector) { busy_.insert(std::move(connector)); }
  void let_go(Connector& connector) { busy_.erase(connector.shared_from_this()); }
  // Destroys `garbage` at the end of the turn, when nothing of this turn can refer to it any more.
  void bury(std::unique_ptr<Watched> garbage) noexcept;

 protected:
  // One turn; waits only if `may_wait` and nothing is left to do at once.
  void turn(bool may_wait);
  Stream* streams() const { return first_; }
  static Stream* next(Stream const& stream) { return stream.next_; }
  static bool counted(Stream const& stream) { return stream.counted_; }
  std::size_t stream_count() const { return count_.load(std::memory_order_relaxed); }
  virtual void stream_removed() {}
  void abandon_connectors();

 private:
  void flush_dirty();
  void destroy_buried() noexcept;
  void destroy_ended() noexcept;
  int wait_time(bool may_wait) const;

  struct FreePages {
    void operator()(std::byte*) const noexcept;
  };

  EpollSet set_;
  SegmentPool segments_;
  std::unique_ptr<std::byte, FreePages> read_buffer_;
  Stream* first_ = nullptr;
  std::atomic<std::size_t> count_{0};  // written in the loop's thread only
  Stream* dirty_ = nullptr;
  Stream** last_dirty_ = &dirty_;
  Watched* buried_ = nullptr;  // linked by next_buried_
  std::set<std::shared_ptr<Connector>> busy_;
  Stream* ended_ = nullptr;  // to be destroyed, linked by next_
  Time turn_time_{};
};

}  // namespace twx
