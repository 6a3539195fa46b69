#include "reactor/loop.h"

#include <algorithm>
#include <climits>
#include <new>
#include <utility>

#include "reactor/log.h"

namespace twx {
namespace {
constexpr std::align_val_t page{4096};

std::byte* pages(std::size_t size) { return static_cast<std::byte*>(::operator new(size, page)); }
}  // namespace

void Loop::FreePages::operator()(std::byte* memory) const noexcept {
  ::operator delete(memory, page);
}

Loop::Loop() : read_buffer_(pages(read_size)) {}

Loop::~Loop() {
  drop_calls();  // they may refer to streams
  destroy_buried();
  // A protocol may call its transport at its end, and another's: all are there still, and as lost
  // they do nothing.
  for (auto* stream = first_; stream; stream = stream->next_) {
    stream->queue_.clear(segments_);
    stream->lost_ = true;
  }
  for (auto* stream = first_; stream; stream = stream->next_) stream->protocol_.reset();
  while (first_) {
    std::unique_ptr<Stream> const stream(first_);
    first_ = first_->next_;
  }
  while (ended_) {
    std::unique_ptr<Stream> const stream(ended_);
    ended_ = ended_->next_;
  }
}

std::span<std::byte> Loop::file_buffer() {
  if (!file_buffer_) file_buffer_.reset(pages(file_size));
  return {file_buffer_.get(), file_size};
}

Time Loop::turn_time() {
  if (turn_time_ == Time{}) turn_time_ = now();
  return turn_time_;
}

void Loop::add(std::unique_ptr<Stream> owned, bool counted) {
  auto* const stream = owned.release();
  stream->counted_ = counted;
  if (counted) count_.store(stream_count() + 1, std::memory_order_relaxed);
  stream->next_ = first_;
  if (first_) first_->previous_ = stream;
  first_ = stream;
}

void Loop::remove(Stream& stream) {
  (stream.previous_ ? stream.previous_->next_ : first_) = stream.next_;
  if (stream.next_) stream.next_->previous_ = stream.previous_;
  stream.next_ = std::exchange(ended_, &stream);
  if (stream.counted_) count_.store(stream_count() - 1, std::memory_order_relaxed);
  stream_removed();
}

void Loop::abandon_connectors() {
  for (auto const& connector : busy_) connector->abandon();
  busy_.clear();
}

void Loop::bury(std::unique_ptr<Watched> garbage) noexcept {
  garbage->next_buried_ = buried_;
  buried_ = garbage.release();
}

void Loop::destroy_buried() noexcept {
  while (buried_) {
    std::unique_ptr<Watched> const garbage(buried_);
    buried_ = buried_->next_buried_;
  }
}

void Loop::mark_dirty(Stream& stream) {
  *last_dirty_ = &stream;
  last_dirty_ = &stream.next_dirty_;
  wake_host();
}

void Loop::flush_dirty() {
  // What becomes dirty on the way waits for the next turn: no stream can keep the loop for itself.
  auto* stream = std::exchange(dirty_, nullptr);
  last_dirty_ = &dirty_;
  while (stream) {
    auto* const current = stream;
    stream = std::exchange(current->next_dirty_, nullptr);
    current->within_memory([current] { current->flush(); });
  }
}

int Loop::wait_time(bool may_wait) const {
  if (dirty_ || !may_wait) return 0;
  auto const next = next_call();
  if (!next) return -1;
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(*next - now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, INT_MAX));  // a longer wait is done in parts
}

void Loop::turn(bool may_wait) {
  set_.wait(wait_time(may_wait));
  turn_time_ = {};
  if (next_call()) make_due_calls(now());
  set_.tell();
  flush_dirty();
  destroy_buried();
  destroy_ended();
}

// --- on another loop ---

void Loop::set_host(Function<void()> wake) {
  wake_ = std::move(wake);
  host_ = Host::in_turn;
}

void Loop::end_hosted_turn() {
  turn_time_ = {};  // the host may take its time
  host_ = Host::waiting;
}

void Loop::lose_host() {
  host_ = Host::none;
  wake_ = {};
}

void Loop::tell_host() noexcept {
  host_ = Host::told;
  try {
    wake_();
  } catch (...) {
    host_ = Host::waiting;  // who asks next tries again
    log_failure("waking the loop of a host failed", Failure::from_current_exception());
  }
}

std::optional<Time> Loop::next_turn() const {
  if (dirty_ || set_.at_once()) return Time{};
  return next_call();
}

// --- the end of a turn ---

void Loop::destroy_ended() noexcept {
  for (auto** place = &ended_; *place;) {
    auto* const stream = *place;
    if (stream->dirty_) {  // stands in the list for the next flush
      place = &stream->next_;
      continue;
    }
    *place = stream->next_;
    delete stream;
  }
}

}  // namespace twx
