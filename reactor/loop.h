// Internal to reactor/. Loop: what streams, ports and connectors of one reactor share. A turn is:
// wait, delayed calls, what is ready, the flush of every stream that was touched.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
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
  static constexpr std::size_t file_size = 1 << 20;

  Loop();
  ~Loop() override;

  Time now() const override { return std::chrono::steady_clock::now(); }
  // The time at which this turn began to handle what was ready; costs nothing when asked again.
  Time turn_time();

  EpollSet& set() { return set_; }
  EpollSet const& set() const { return set_; }
  SegmentPool& segments() { return segments_; }
  std::span<std::byte> read_buffer() { return {read_buffer_.get(), read_size}; }
  // For what goes straight into a file; made when first asked for.
  std::span<std::byte> file_buffer();

  // `counted`: it is a connection of the network.
  void add(std::unique_ptr<Stream>, bool counted);
  void mark_dirty(Stream&);
  // The stream is over: forgets it and destroys it at the end of the turn.
  void remove(Stream&);
  // adopt() for a listening port, in its own turn: connection_made follows at once, or after the
  // handshake, until which the factory is kept.
  virtual void accepted(Descriptor, Address const& peer, std::shared_ptr<Factory> const&,
                        std::shared_ptr<TlsContext> const&) = 0;
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

  bool hosted() const { return host_ != Host::none; }
  bool in_hosted_turn() const { return host_ == Host::in_turn; }
  // From here on another loop makes the turns; the first of them begins.
  void set_host(Function<void()> wake);
  void begin_hosted_turn() { host_ = Host::in_turn; }
  void end_hosted_turn();
  void lose_host();
  // What is wanted now is not known to a host that waits.
  void wake_host() noexcept {
    if (host_ == Host::waiting) tell_host();
  }
  // When a host must make a turn that no descriptor asks for.
  std::optional<Time> next_turn() const;

 private:
  // Whether another loop makes the turns, and where it stands: in a turn of ours, waiting for the
  // next, or told not to wait.
  enum class Host : std::uint8_t { none, in_turn, waiting, told };

  void sooner_call() noexcept final { wake_host(); }
  [[gnu::cold]] void tell_host() noexcept;
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
  std::unique_ptr<std::byte, FreePages> file_buffer_;
  Stream* first_ = nullptr;
  std::atomic<std::size_t> count_{0};  // written in the loop's thread only
  Stream* dirty_ = nullptr;
  Stream** last_dirty_ = &dirty_;
  Watched* buried_ = nullptr;  // linked by next_buried_
  std::set<std::shared_ptr<Connector>> busy_;
  Stream* ended_ = nullptr;  // to be destroyed, linked by next_
  Time turn_time_{};
  Function<void()> wake_;
  Host host_ = Host::none;
};

}  // namespace twx
